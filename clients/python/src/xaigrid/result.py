"""The results of a run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import frames
from .cache import Array
from .errors import XaigridError
from .reading import Json, Reader

if TYPE_CHECKING:
    from .plots import Plots


class Result:
    """What is stored of a run. Everything is read when it is first asked for, and kept.

    Attributes:
        run_id: the id of the run, by which the command finds it too: ``xaigrid table RUN_ID``.
        notes: what was said before the run: layouts that were guessed, samples that were chosen, how a model was exported.

    """

    def __init__(
        self,
        reader: Reader,
        details: Json,
        *,
        rows: Sequence[Json] | None = None,
        notes: Sequence[str] = (),
        samples: Path | None = None,
    ) -> None:
        self._reader = reader
        self._details = details
        self._given_rows = rows
        self._samples = samples
        self.run_id: str = details["id"]
        self.notes = tuple(notes)

    @property
    def state(self) -> str:
        """``done``, or what else the run was when it was read, such as ``done-with-failures``."""
        return str(self._details["state"])

    @property
    def spec(self) -> str:
        """The spec as YAML; ``xaigrid run`` of it gives the same."""
        return str(self._details["specText"])

    @property
    def counters(self) -> dict[str, int]:
        """How many maps and scores were computed, and how many were found in the store."""
        return dict(self._details["counters"])

    @property
    def methods(self) -> list[str]:
        """The names of the methods, as they stand in tables."""
        return list(dict.fromkeys(evaluation["label"] for evaluation in self._details["evaluations"]))

    @cached_property
    def _rows(self) -> list[Json]:
        return list(self._given_rows if self._given_rows is not None else self._reader.table(self.run_id))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a method, metric and setting; see `xaigrid.frames.table_frame`."""
        return frames.table_frame(self._rows)

    @property
    def warnings(self) -> list[str]:
        """What speaks against trusting rows of the table, in sentences."""
        return [
            f"{row['label']}, {frames.setting_name(row['metric'], row['setting'])}: {reason['text']}"
            for row in self._rows
            for reason in row["against"]
        ]

    @property
    def failures(self) -> pd.DataFrame:
        """One row a part of the run that failed; no rows if nothing did."""
        return frames.failure_frame(self._details)

    def scores(self, measure: str) -> pd.DataFrame:
        """One row a sample, method and setting, with a measure such as ``drop``.

        Raises:
            XaigridError: USAGE, with the measures of the run, if it has no such measure.

        """
        metrics = dict.fromkeys(row["metric"] for row in self._rows if measure in row["measures"])
        if not metrics:
            known = dict.fromkeys(name for row in self._rows for name in row["measures"])
            raise XaigridError(
                "USAGE", f'No metric of this run has the measure "{measure}". Measures: {", ".join(known) or "none"}.'
            )
        return frames.score_frame((row for metric in metrics for row in self._reader.scores(self.run_id, metric)), measure)

    def maps(self, method: str | None = None) -> Array:
        """The maps of a method: float32 ``[n, ...positions]``, or with channels last. Row i is of sample ``samples(method)[i]``.

        Of a run on this machine the array is mapped from a file and cannot be written to. Rows of samples that failed are NaN.

        Args:
            method: a name as in tables; not needed if the run has one method.

        Raises:
            XaigridError: USAGE if no evaluation, or more than one, has this name; MAP_NOT_FOUND if nothing is stored.

        """
        return self._maps_of(method)[0]

    def samples(self, method: str | None = None) -> Array:
        """The indices of the samples whose maps `maps` has, int64 ``[n]``."""
        return self._maps_of(method)[1]

    @cached_property
    def _read_maps(self) -> dict[int, tuple[Array, Array]]:
        return {}

    def _maps_of(self, method: str | None) -> tuple[Array, Array]:
        evaluation = self._evaluation(method)
        ordinal = evaluation["ordinal"]
        if ordinal not in self._read_maps:
            self._read_maps[ordinal] = self._reader.maps(self._details, evaluation)
        return self._read_maps[ordinal]

    def _evaluation(self, method: str | None) -> Json:
        every: list[Json] = self._details["evaluations"]
        found = [one for one in every if method is None or one["label"] == method]
        found = found or [one for one in every if one["method"] == method]
        if len(found) == 1:
            return found[0]
        known = ", ".join(self.methods)
        if found and method is not None:
            raise XaigridError(
                "USAGE", f"{len(found)} evaluations are of {method}: {known}. Name one; a spec names them by name."
            )
        wanted = "Name a method" if method is None else f'No evaluation is called "{method}". Name one'
        raise XaigridError("USAGE", f"{wanted}: {known}.")

    def rank(self, *, all: bool = False) -> pd.DataFrame:  # noqa: A002 (the name of the command's option)
        """One row a method, best first, with its rank by each metric.

        Args:
            all: by every measure that has a direction, at every setting; otherwise each metric's headline measure at one.

        """
        return frames.rank_frame(self._reader.rankings(self.run_id, all))

    def compare(self, method: str | None = None) -> pd.DataFrame:
        """Methods in pairs, sample by sample, with tests; all pairs, or those of one method with the others."""
        return frames.comparison_frame(self._reader.comparisons(self.run_id, method))

    @property
    def plot(self) -> Plots:
        """Pictures of the table; needs matplotlib."""
        from .plots import Plots

        return Plots(self)

    def show(self, sample: int, methods: Sequence[str] | None = None) -> Any:
        """A figure of matplotlib: a sample and its map by each method.

        Args:
            sample: the index of the sample in x.
            methods: names as in tables; default all.

        """
        from .plots import show_sample

        return show_sample(self, sample, methods)

    def sample_values(self, sample: int) -> Array | None:
        """A sample as it was given, or None where the run was not made from arrays."""
        return None if self._samples is None else np.asarray(np.load(self._samples, mmap_mode="r")[sample])

    def __repr__(self) -> str:
        return f"<xaigrid run {self.run_id}, {self.state}: {', '.join(self.methods)}>"

    def _repr_html_(self) -> str:
        heading = f"<p><b>Run {escape(self.run_id)}</b>, {escape(self.state)}</p>"
        warned = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.warnings)
        table = frames.readable_frame(self.table).to_html(index=False, escape=True)
        return heading + table + (f"<ul>{warned}</ul>" if warned else "")
