"""Metrics of xaigrid where Quantus expects one of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .arrays import as_array
from .errors import XaigridError
from .evaluation import catalog, score


def quantus(
    metric: str,
    *,
    measure: str | None = None,
    model: Any = None,
    data: Mapping[str, Any] | None = None,
    model_options: Mapping[str, Any] | None = None,
    store: Any = None,
    seed: int = 0,
    **parameters: Any,
) -> Callable[..., list[float]]:
    """A metric of xaigrid as a callable with the signature of Quantus 0.6, such as ``quantus.evaluate`` calls.

    Args:
        metric: the name of a metric.
        measure: which of its measures the scores are, such as ``drop``; default its headline measure.
        model: the model for xaigrid, as `xaigrid.evaluate` takes it; default the one that Quantus passes.
        data: more keys of the data set, such as ``{"layout": "channels-first"}``.
        model_options: more keys of the model.
        store: the folder of a store.
        seed: the seed of the run.
        parameters: parameters of the metric, by their names in a spec; they must leave one setting, such as one keep fraction.

    Returns:
        A callable. It gives one score a sample, in the order of ``x_batch``; NaN for a sample that has none.

    Raises:
        XaigridError: as `xaigrid.score`, when it is called; USAGE for several settings, or for neither maps nor a function.

    """
    entry = {"metric": metric, **parameters}
    own_model, options = model, {"data": data, "model_options": model_options, "store": store, "seed": seed}

    def metric_of(
        model: Any,
        x_batch: Any,
        y_batch: Any,
        a_batch: Any = None,
        s_batch: Any = None,
        channel_first: bool | None = None,
        explain_func: Callable[..., Any] | None = None,
        explain_func_kwargs: Mapping[str, Any] | None = None,
        model_predict_kwargs: Mapping[str, Any] | None = None,
        softmax: bool | None = None,
        device: str | None = None,
        batch_size: int = 64,
        custom_batch: Any = None,
    ) -> list[float]:
        """One score a sample. The maps are about the labels, as those of Quantus are.

        The command computes on this machine's CPU in its own batches, so ``device`` and ``batch_size`` change no score;
        ``device`` is passed on to ``explain_func``.
        """
        for name, value in {
            "s_batch": s_batch,
            "model_predict_kwargs": model_predict_kwargs,
            "custom_batch": custom_batch,
        }.items():
            if value is not None:
                raise XaigridError("USAGE", f"A metric of xaigrid takes no {name}. Leave it out.")
        if softmax is not None:
            raise XaigridError("USAGE", 'A metric of xaigrid takes no softmax. Name the output by model_options={"output": …}.')
        if a_batch is None:
            if explain_func is None:
                raise XaigridError("USAGE", "There are no maps. Give a_batch or explain_func.")
            more = dict(explain_func_kwargs or {})
            if device is not None:
                more["device"] = device
            a_batch = explain_func(model=model, inputs=x_batch, targets=y_batch, **more)
        samples, maps = as_array(x_batch, "x_batch"), as_array(a_batch, "a_batch")
        # Quantus gives maps one channel where samples have several.
        axis = 1 if channel_first is not False else maps.ndim - 1
        if maps.ndim == samples.ndim and maps.shape != samples.shape and maps.shape[axis] == 1:
            maps = np.squeeze(maps, axis)
        asked = dict(options)
        if channel_first is not None:
            layout = "channels-first" if channel_first else "channels-last"
            asked["data"] = {"layout": layout, **(data or {})}
        result = score(
            model if own_model is None else own_model,
            samples,
            y_batch,
            **{"maps": {"quantus": maps}, "metrics": [entry], "explainedClass": "label", "progress": False, **asked},
        )
        table = result.table
        wanted = measure or _headline(metric)
        if len(table) > 1:
            raise XaigridError(
                "USAGE",
                f"{metric} gives {len(table)} settings, and Quantus takes one score a sample. Give parameters that leave one.",
            )
        scores = result.scores(wanted)
        found = dict(zip(scores["sample"], scores[wanted], strict=True))
        return [float(found.get(index, np.nan)) for index in range(len(samples))]

    return metric_of


def _headline(metric: str) -> str:
    return str(catalog(metric)["headline"])
