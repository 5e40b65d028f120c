from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MODEL, Floats

import xaigrid

LABELS = np.arange(12) % 10
GOOD: dict[str, Any] = {"methods": "gradient", "metrics": "complexity"}


@pytest.mark.parametrize(
    ("changed", "code", "sentence"),
    [
        ({"y": LABELS[:11]}, "SHAPE_MISMATCH", r"x has 12 samples and y has shape \[11\]"),
        ({"y": None}, "USAGE", "y is missing"),
        ({"x": np.zeros(12)}, "SHAPE_MISMATCH", r"x has shape \[12\]"),
        ({"x": {"kind": "mnist1d"}}, "USAGE", "x is a data set of a spec and has its own labels"),
        ({"model": "none.onnx"}, "MODEL_UNREADABLE", "There is no model .*none.onnx"),
        ({"model": 3}, "MODEL_UNREADABLE", "The model is of type builtins.int"),
        ({"model": {"file": "a"}}, "MODEL_UNREADABLE", r"Add path: the file of the model"),
        ({"methods": []}, "USAGE", "methods is empty"),
        ({"metrics": [{"keepFractions": [0.1]}]}, "SPEC_INVALID", "names no metric"),
        ({"background": np.zeros(3)}, "SHAPE_MISMATCH", r"background has shape \[3\]"),
        ({"server": "http://127.0.0.1:1"}, "USAGE", "store and server name two places"),
        ({"token": "t"}, "USAGE", "token is for a server"),
        ({"datasets": {}}, "USAGE", "datasets is made from the model, x and y"),
        ({"seed": float("inf")}, "SPEC_INVALID", "spec.seed is inf"),
    ],
)
def test_what_no_spec_can_say_is_refused_at_once(
    x: Floats, tmp_path: Path, changed: dict[str, Any], code: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No command is needed to see what is wrong.
    monkeypatch.setenv("XAIGRID_COMMAND", "none")
    arguments = {"model": MODEL, "x": x, "y": LABELS, "store": tmp_path, **GOOD, **changed}
    with pytest.raises(xaigrid.XaigridError, match=sentence) as caught:
        xaigrid.evaluate(**arguments)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("changed", "code", "sentence"),
    [
        ({"x": np.zeros((12, 7, 40, 1), np.float32)}, "SHAPE_MISMATCH", "40"),
        ({"y": LABELS + 5}, "SHAPE_MISMATCH", '15 classes; model "model" knows 10'),
        ({"methods": "grad-camm"}, "SPEC_INVALID", 'grad-cam"'),
        ({"limits": 3}, "SPEC_INVALID", "limit"),
    ],
)
def test_what_the_command_refuses_is_an_exception(
    x: Floats, tmp_path: Path, changed: dict[str, Any], code: str, sentence: str
) -> None:
    arguments = {"model": MODEL, "x": x, "y": LABELS, "store": tmp_path / "store", **GOOD, **changed}
    with pytest.raises(xaigrid.XaigridError, match=sentence) as caught:
        xaigrid.evaluate(**arguments)
    assert (caught.value.code, caught.value.exit_status) == (code, 2)


def test_maps_without_an_array_are_refused(x: Floats) -> None:
    with pytest.raises(xaigrid.XaigridError, match="maps is empty"):
        xaigrid.score(MODEL, x, LABELS, maps={}, metrics="complexity")
    with pytest.raises(xaigrid.XaigridError, match=r'maps\["mine"\] has the keys') as caught:
        xaigrid.score(MODEL, x, LABELS, maps={"mine": {"layout": "channels-first"}}, metrics="complexity")
    assert caught.value.code == "MAPS_UNREADABLE"
    with pytest.raises(xaigrid.XaigridError, match="grid makes several"):
        xaigrid.explain(MODEL, x, LABELS, method={"method": "gradient", "grid": {"absolute": [True, False]}})


def test_a_picture_without_matplotlib_says_what_to_install(result: xaigrid.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(xaigrid.XaigridError, match="pip install matplotlib") as caught:
        result.plot.curves()
    assert caught.value.code == "PACKAGE_MISSING"
