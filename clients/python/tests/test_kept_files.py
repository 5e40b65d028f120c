from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xaigrid import XaigridError
from xaigrid.arrays import as_array
from xaigrid.cache import digest_of, keep_array
from xaigrid.yaml_text import plain, yaml_text


def test_equal_arrays_are_one_file_and_others_are_not() -> None:
    values = np.arange(6, dtype=np.float32)
    kept = keep_array(values.reshape(2, 3))
    assert keep_array(np.asfortranarray(values.reshape(2, 3)).copy(order="C")) == kept
    assert np.array_equal(np.load(kept), values.reshape(2, 3))
    others: list[Any] = [values.reshape(3, 2), values.astype(np.float64).reshape(2, 3), values[::-1].copy().reshape(2, 3)]
    assert len({kept, *(keep_array(other) for other in others)}) == 4
    names = keep_array(np.array(["cat", "dog"]))
    assert np.load(names).tolist() == ["cat", "dog"]


def test_arrays_are_taken_in_any_order_byte_order_and_kind_of_number() -> None:
    swapped = np.arange(6, dtype=">f4").reshape(2, 3).T
    array = as_array(swapped, "x")
    assert array.flags.c_contiguous
    assert array.dtype == np.float32
    assert np.array_equal(array, [[0, 3], [1, 4], [2, 5]])
    assert as_array([True, False], "y").dtype == np.uint8
    assert as_array(["cat", "dog"], "y").dtype.kind == "U"
    with pytest.raises(XaigridError, match="x is no array of numbers, but list of object") as caught:
        as_array([{}, {}], "x")
    assert caught.value.code == "DATASET_UNREADABLE"


def test_the_weights_beside_a_model_json_count_as_its_content(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "weights.bin").write_bytes(b"1")
    before = digest_of(tmp_path / "model.json")
    (tmp_path / "weights.bin").write_bytes(b"2")
    assert digest_of(tmp_path / "model.json") != before


def test_a_spec_keeps_its_keys_and_loses_the_types_of_numpy() -> None:
    spec = {"seed": np.int64(3), "keepFractions": np.array([0.1, 0.25]), "path": Path("/a/b"), "window": (4, 4), "y": None}
    assert plain(spec) == {"seed": 3, "keepFractions": [0.1, 0.25], "path": "/a/b", "window": [4, 4], "y": None}
    with pytest.raises(XaigridError, match=r"spec\.metrics\.0\.threshold is nan") as caught:
        plain({"metrics": [{"threshold": float("nan")}]})
    assert caught.value.code == "SPEC_INVALID"
    with pytest.raises(XaigridError, match=r"spec\.layer is of type object"):
        plain({"layer": object()})


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"name": "a", "limit": {"samples": 5, "choose": "first"}}, "name: a\nlimit: { samples: 5, choose: first }\n"),
        ({"y": "yes", "path": "/a b/ü.npy"}, '"y": "yes"\npath: "/a b/ü.npy"\n'),
        ({"list": [{"a": {"b": 1}}, {"c": [1.5, True, None]}]}, "list:\n  - a: { b: 1 }\n  - { c: [1.5, true, null] }\n"),
        ({"empty": {}, "none": []}, "empty: {}\nnone: []\n"),
        ({"text": "a: # \n"}, f"text: {json.dumps('a: # ' + chr(10))}\n"),
    ],
)
def test_specs_are_written_as_yaml(document: dict[str, Any], text: str) -> None:
    assert yaml_text(document) == text
