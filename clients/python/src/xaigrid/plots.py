"""Pictures of results, by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .cache import Array
from .errors import XaigridError, missing_package

if TYPE_CHECKING:
    from .result import Result


class Plots:
    """Pictures of a result. Each returns a figure of matplotlib."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def curves(self, measure: str | None = None) -> Any:
        """A measure over keep fractions, a line a method, with its 95 % band.

        Args:
            measure: default ``drop``, or the first that has keep fractions.

        Raises:
            XaigridError: USAGE if no metric has keep fractions.

        """
        figures = _matplotlib()
        table = self._result.table
        kept = table[table["keepFraction"].notna()] if "keepFraction" in table else table.iloc[:0]
        chosen = measure or (
            "drop" if "drop" in kept else next((str(name)[:-3] for name in kept if str(name).endswith("Low")), None)
        )
        if kept.empty or chosen is None or chosen not in kept:
            raise XaigridError(
                "USAGE",
                f"No {measure or 'measure'} of this run has keep fractions. Score by drop-increase, for example.",
            )
        figure, axes = figures.subplots(layout="constrained")
        groups = [column for column in ("dataset", "model", "method") if column == "method" or kept[column].nunique() > 1]
        for name, rows in kept.dropna(subset=[chosen]).groupby(groups, sort=False):
            rows = rows.sort_values("keepFraction")
            axes.plot(rows["keepFraction"], rows[chosen], marker="o", label=" · ".join(map(str, name)))
            if f"{chosen}Low" in rows:
                axes.fill_between(rows["keepFraction"], rows[f"{chosen}Low"], rows[f"{chosen}High"], alpha=0.2)
        axes.set(xlabel="share of positions kept", ylabel=chosen)
        axes.legend()
        figures.close(figure)
        return figure


def show_sample(result: Result, sample: int, methods: Sequence[str] | None) -> Any:
    """A sample and its map by each method, side by side; signals below each other.

    Raises:
        XaigridError: MAP_NOT_FOUND if a method has no map of this sample.

    """
    figures = _matplotlib()
    maps = {method: _map_of(result, method, sample) for method in methods or result.methods}
    positions = min((one.ndim for one in maps.values()), default=0)
    summed = {method: one.sum(-1) if one.ndim > positions else one for method, one in maps.items()}
    first = next(iter(summed.values()))
    # A map with channels next to others without: one number a position. If all have three axes, the last one is channels.
    if first.ndim == 3 or (first.ndim == 2 and first.shape[-1] <= 4 < first.shape[0]):
        summed = {method: one.sum(-1) for method, one in summed.items()}
    shape = next(iter(summed.values())).shape
    values = result.sample_values(sample)
    drawn = None if values is None else _channels_last(values, shape)
    if len(shape) == 2:
        return _images(figures, drawn, summed, sample)
    return _signals(figures, drawn, summed, sample)


def _map_of(result: Result, method: str, sample: int) -> Array:
    row = np.flatnonzero(result.samples(method) == sample)
    if len(row) == 0:
        raise XaigridError("MAP_NOT_FOUND", f"{method} has no map of sample {sample}. Take one of result.samples({method!r}).")
    return np.asarray(result.maps(method)[row[0]], np.float64)


def _channels_last(values: Array, positions: tuple[int, ...]) -> Array | None:
    if values.shape[: len(positions)] == positions:
        return values
    if values.shape[1:] == positions:
        return np.moveaxis(values, 0, -1)
    return None


def _images(figures: Any, drawn: Array | None, maps: dict[str, Array], sample: int) -> Any:
    columns = len(maps) + (drawn is not None)
    figure, axes = figures.subplots(1, columns, figsize=(3 * columns, 3.2), squeeze=False, layout="constrained")
    places = list(axes[0])
    if drawn is not None:
        place = places.pop(0)
        low, high = float(drawn.min()), float(drawn.max())
        scaled = (drawn - low) / (high - low or 1)
        place.imshow(
            scaled if drawn.ndim == 3 and drawn.shape[-1] == 3 else scaled.reshape((*drawn.shape[:2], -1))[..., 0],
            cmap="gray",
        )
        place.set_title(f"sample {sample}")
    for place, (method, one) in zip(places, maps.items(), strict=True):
        largest = float(np.abs(one).max()) or 1
        signed = bool((one < 0).any())
        place.imshow(one, cmap="RdBu_r" if signed else "viridis", vmin=-largest if signed else 0, vmax=largest)
        place.set_title(method)
    for place in axes[0]:
        place.set_axis_off()
    figures.close(figure)
    return figure


def _signals(figures: Any, drawn: Array | None, maps: dict[str, Array], sample: int) -> Any:
    rows = len(maps) + (drawn is not None)
    figure, axes = figures.subplots(rows, 1, figsize=(7, 1.6 * rows), squeeze=False, sharex=True, layout="constrained")
    places = list(axes[:, 0])
    if drawn is not None:
        place = places.pop(0)
        place.plot(drawn.reshape(drawn.shape[0], -1))
        place.set_title(f"sample {sample}")
    for place, (method, one) in zip(places, maps.items(), strict=True):
        place.bar(range(len(one)), one)
        place.set_title(method)
    figures.close(figure)
    return figure


def _matplotlib() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise missing_package("matplotlib", "A picture", "matplotlib") from error
    return pyplot
