"""Arrays of numpy and tensors of other libraries."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cache import Array
from .errors import XaigridError


def as_array(value: Any, name: str) -> Array:
    """A C-ordered array in the byte order of this machine, from an array, a tensor of torch or TensorFlow, or a list.

    bfloat16 becomes float32, and truth values become 0 and 1. Other types stay as they are.

    Raises:
        XaigridError: DATASET_UNREADABLE for what is no array of numbers or names.

    """
    array = np.asarray(_detached(value))
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    elif array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.kind not in "iufU":
        raise XaigridError(
            "DATASET_UNREADABLE",
            f"{name} is no array of numbers, but {type(value).__name__} of {array.dtype}. Give an ndarray or a tensor [n, ...].",
        )
    if array.dtype.byteorder not in "=|" and array.dtype.kind != "U":
        array = array.astype(array.dtype.newbyteorder("="))
    return np.ascontiguousarray(array)


def _detached(value: Any) -> Any:
    if type(value).__module__.split(".")[0] != "torch":
        return value
    plain = value.detach().cpu()
    return (plain.float() if str(plain.dtype) == "torch.bfloat16" else plain).numpy()


def samples_and_labels(x: Any, y: Any) -> tuple[Array, Array]:
    """Samples ``[n, ...]`` and labels ``[n]`` or ``[n, classes]``.

    Raises:
        XaigridError: DATASET_UNREADABLE; SHAPE_MISMATCH if their numbers differ.

    """
    samples, labels = as_array(x, "x"), as_array(y, "y")
    if samples.ndim < 2:
        raise XaigridError(
            "SHAPE_MISMATCH", f"x has shape {list(samples.shape)}, but needs one more axis. Give samples as [n, ...]."
        )
    if labels.ndim == 0 or len(labels) != len(samples):
        raise XaigridError(
            "SHAPE_MISMATCH",
            f"x has {len(samples)} samples and y has shape {list(labels.shape)}. Give one label for each sample: [{len(samples)}].",
        )
    return samples, labels
