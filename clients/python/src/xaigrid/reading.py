"""What can be read of a run, whatever it is read from."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .cache import Array, cache_folder
from .command import call
from .errors import XaigridError
from .place import Place

Json = dict[str, Any]
#: Scores that are read at a time.
PAGE = 10_000


class Reader(Protocol):
    """Reads runs and their results."""

    def details(self, run: str) -> Json:
        """A run with everything about it but its results."""

    def table(self, run: str) -> list[Json]:
        """The rows of its table."""

    def scores(self, run: str, metric: str) -> list[Json]:
        """All scores by a metric."""

    def rankings(self, run: str, every_measure: bool) -> list[Json]:
        """The ranks of methods, for each model and data set."""

    def comparisons(self, run: str, method: str | None) -> list[Json]:
        """Methods in pairs."""

    def maps(self, run: Json, evaluation: Json) -> tuple[Array, Array]:
        """The maps of an evaluation ``[n, ...]``, and the indices of their samples ``[n]``."""


@dataclass(frozen=True)
class CommandReader:
    """Reads through the command ``xaigrid``."""

    place: Place

    def _json(self, *arguments: str) -> Any:
        return json.loads(self._call(*arguments))

    def _call(self, *arguments: str) -> str:
        return call([*arguments, *self.place.arguments()], env=self.place.environment())

    def runs(self, limit: int) -> list[Json]:
        """Summaries of runs, newest first."""
        return list(self._json("list", "--json", "--limit", str(limit)))

    def details(self, run: str) -> Json:
        """A run with everything about it but its results."""
        return dict(self._json("show", run, "--json"))

    def table(self, run: str) -> list[Json]:
        """The rows of its table."""
        return list(self._json("table", run, "--format", "json"))

    def scores(self, run: str, metric: str) -> list[Json]:
        """All scores by a metric."""
        found: list[Json] = []
        while True:
            page = ["--limit", str(PAGE), "--offset", str(len(found))]
            rows = self._json("scores", run, "--metric", metric, "--format", "json", *page)
            found.extend(rows)
            if len(rows) < PAGE:
                return found

    def rankings(self, run: str, every_measure: bool) -> list[Json]:
        """The ranks of methods, for each model and data set."""
        return list(self._json("rank", run, "--format", "json", *(["--all"] if every_measure else [])))

    def comparisons(self, run: str, method: str | None) -> list[Json]:
        """Methods in pairs."""
        chosen = [] if method is None else ["--method", method]
        return list(self._json("compare", run, "--format", "json", *chosen))

    def maps(self, run: Json, evaluation: Json) -> tuple[Array, Array]:
        """The maps of an evaluation, in a file of the cache that is mapped into memory."""
        ordinal = evaluation["ordinal"]
        folder = cache_folder() / "maps" / f"{run['id']}-{ordinal}"
        # A run that is done does not change.
        if run["state"] != "done" or not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as new:
                made = Path(new) / "export"
                self._call("export", run["id"], str(made), "--evaluation", str(ordinal))
                shutil.rmtree(folder, ignore_errors=True)
                made.replace(folder)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))["maps"][0]
        if "file" not in manifest:
            raise no_maps(evaluation["label"])
        maps: Array = np.load(folder / manifest["file"], mmap_mode="r")
        return maps, np.asarray(manifest.get("sampleIndices", range(manifest["samples"])), np.int64)


def no_maps(label: str) -> XaigridError:
    """The error for an evaluation without maps."""
    return XaigridError(
        "MAP_NOT_FOUND", f"No map of {label} is stored. result.failures says why; the same call goes on with the run."
    )
