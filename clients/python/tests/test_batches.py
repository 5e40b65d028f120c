from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import MODEL, Floats

import xaigrid
from xaigrid import XaigridError
from xaigrid.batches import is_batches, keep_batches


class Loader:
    """It iterates as a DataLoader does: over lists of two, the last one shorter."""

    def __init__(self, x: Any, y: Any, size: int) -> None:
        self.x, self.y, self.size = x, y, size

    def __iter__(self) -> Iterator[list[Any]]:
        for at in range(0, len(self.x), self.size):
            yield [self.x[at : at + self.size], self.y[at : at + self.size]]


def test_batches_become_the_whole_arrays_whatever_their_size(x: Floats, y: npt.NDArray[np.int64]) -> None:
    files = [keep_batches(Loader(x, y, size)) for size in (5, 12)]
    assert files[0][:2] == files[1][:2]
    np.testing.assert_array_equal(np.load(files[0][0]), x)
    np.testing.assert_array_equal(np.load(files[0][1]), y)


def test_a_run_of_batches_is_that_of_the_arrays(x: Floats, y: npt.NDArray[np.int64], store: Path) -> None:
    asked: dict[str, Any] = {"methods": "grad-cam", "metrics": "complexity", "store": store}
    ours = xaigrid.evaluate(MODEL, Loader(x, y, 5), None, **asked)
    np.testing.assert_array_equal(ours.maps(), xaigrid.evaluate(MODEL, x, y, **asked).maps())
    assert xaigrid.evaluate(MODEL, Loader(x, y, 4), None, **asked).run_id == ours.run_id


def test_arrays_and_lists_are_no_batches(x: Floats) -> None:
    assert [is_batches(one) for one in (x, x.tolist(), {"kind": "npy"}, "file", 3)] == [False] * 5


@pytest.mark.parametrize(
    ("batches", "sentence"),
    [
        ([np.zeros((2, 3))], "Batch 0 is no pair, but ndarray"),
        ([(np.zeros((2, 3)), 1)], "Batch 0 has one label and no axis of samples"),
        ([(np.zeros((2, 3)), [0, 1]), (np.zeros((2, 4)), [0, 1])], "x of batch 1 has samples"),
        ([], "x gives no batch"),
    ],
)
def test_what_are_no_batches_is_said(batches: Any, sentence: str) -> None:
    with pytest.raises(XaigridError, match=sentence):
        keep_batches(iter(batches))


def test_labels_beside_batches_are_refused(x: Floats, y: npt.NDArray[np.int64]) -> None:
    with pytest.raises(XaigridError, match="have their own labels"):
        xaigrid.evaluate(MODEL, Loader(x, y, 5), y, methods="grad-cam", metrics="complexity")
