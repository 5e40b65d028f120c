from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import MODEL, Floats

import xaigrid
from xaigrid import XaigridError

KEEP: dict[str, Any] = {"keepFractions": [0.3]}


def test_the_signature_is_that_of_quantus() -> None:
    parameters = inspect.signature(xaigrid.quantus("complexity")).parameters
    # Quantus 0.6.0, quantus.metrics.base.Metric.__call__; but for model, x_batch and y_batch each has a default.
    assert list(parameters) == [
        *("model", "x_batch", "y_batch", "a_batch", "s_batch", "channel_first", "explain_func", "explain_func_kwargs"),
        *("model_predict_kwargs", "softmax", "device", "batch_size", "custom_batch"),
    ]
    assert [name for name, one in parameters.items() if one.default is inspect.Parameter.empty] == ["model", "x_batch", "y_batch"]


def test_it_gives_the_scores_of_score_in_order(x: Floats, y: npt.NDArray[np.int64], store: Path) -> None:
    maps = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    scores = xaigrid.quantus("drop-increase", store=store, **KEEP)(MODEL, x, y, maps)
    wanted = xaigrid.score(
        MODEL, x, y, maps={"m": maps}, metrics=[{"metric": "drop-increase", **KEEP}], explainedClass="label", store=store
    )
    assert scores == pytest.approx(wanted.scores("drop").sort_values("sample")["drop"].to_list())


def test_it_draws_the_maps_that_it_does_not_get(x: Floats, y: npt.NDArray[np.int64], store: Path) -> None:
    maps = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    asked: dict[str, Any] = {}

    def explain(**given: Any) -> Floats:
        asked.update(given)
        return maps

    metric = xaigrid.quantus("complexity", store=store)
    drawn = metric(MODEL, x, y, explain_func=explain, explain_func_kwargs={"method": "mine"}, device="cpu")
    assert drawn == metric(MODEL, x, y, maps)
    assert list(asked) == ["model", "inputs", "targets", "method", "device"]


def test_what_it_cannot_do_is_said(x: Floats, y: npt.NDArray[np.int64], store: Path) -> None:
    with pytest.raises(XaigridError, match=r"There are no maps\. Give a_batch or explain_func"):
        xaigrid.quantus("complexity")(MODEL, x, y)
    with pytest.raises(XaigridError, match="takes no s_batch"):
        xaigrid.quantus("complexity")(MODEL, x, y, x, s_batch=x)
    with pytest.raises(XaigridError, match="gives 2 settings"):
        xaigrid.quantus("drop-increase", store=store, keepFractions=[0.1, 0.3])(MODEL, x, y, x)


@pytest.mark.quantus
@pytest.mark.filterwarnings("ignore")
def test_quantus_calls_it(x: Floats, y: npt.NDArray[np.int64], store: Path) -> None:
    quantus = pytest.importorskip("quantus")
    metric = xaigrid.quantus("drop-increase", model=MODEL, store=store, **KEEP)
    found = quantus.evaluate({"ours": metric}, {"mine": x}, None, x, y)
    assert found["mine"]["ours"] == metric(None, x, y, x)
