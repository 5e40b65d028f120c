"""Samples and labels from what iterates over batches, such as a DataLoader of torch, written to disk as they come."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from .arrays import as_array, samples_and_labels
from .cache import Array, cache_folder
from .errors import XaigridError


def is_batches(x: Any) -> bool:
    """Whether ``x`` is no array and no list, but iterates: over batches ``(x [b, ...], y [b])``."""
    arrayish = hasattr(x, "__array__") or hasattr(x, "__array_interface__") or isinstance(x, list | tuple | str | bytes | Mapping)
    return not arrayish and isinstance(x, Iterable)


def keep_batches(batches: Iterable[Any]) -> tuple[Path, Path, Array]:
    """Writes all batches into two ``.npy`` files of the cache, one batch in memory at a time.

    Returns:
        The files of samples and of labels, under the hash of their content, and the samples, mapped from their file.

    Raises:
        XaigridError: DATASET_UNREADABLE for what are no pairs; SHAPE_MISMATCH for batches that differ in shape or type.

    """
    folder = cache_folder() / "arrays"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as new:
        samples, labels = _Column(Path(new) / "x.npy", "x"), _Column(Path(new) / "y.npy", "y")
        with samples, labels:
            for index, batch in enumerate(batches):
                if not isinstance(batch, list | tuple) or len(batch) != 2:
                    raise XaigridError(
                        "DATASET_UNREADABLE",
                        f"Batch {index} is no pair, but {type(batch).__name__}. Give what iterates over (x [b, ...], y [b]).",
                    )
                if np.ndim(batch[1]) == 0:
                    raise XaigridError(
                        "DATASET_UNREADABLE",
                        f"Batch {index} has one label and no axis of samples. Give batches: DataLoader(dataset, batch_size=64).",
                    )
                x, y = samples_and_labels(batch[0], as_array(batch[1], "y"))
                samples.add(x, index)
                labels.add(y, index)
        if samples.rows == 0:
            raise XaigridError("DATASET_UNREADABLE", "x gives no batch. If it is an iterator that was used up, make a new one.")
        kept = samples.keep(folder), labels.keep(folder)
    return (*kept, np.load(kept[0], mmap_mode="r"))


class _Column:
    """A ``.npy`` file that grows by rows. Its header is written last, when the number of rows is known."""

    #: Room for the header: ``.npy`` files of numpy align their data to 64 bytes, and headers of 1.0 may be filled up.
    HEADER = 512

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name, self.rows = path, name, 0
        self._first: Array | None = None
        self._digest = hashlib.sha256()
        self._file: IO[bytes]

    def __enter__(self) -> _Column:
        self._file = self.path.open("wb")
        self._file.write(b"\0" * self.HEADER)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._first is not None:
            shape = (self.rows, *self._first.shape[1:])
            said = f"{{'descr': {np.lib.format.dtype_to_descr(self._first.dtype)!r}, 'fortran_order': False, 'shape': {shape}, }}"
            header = (
                b"\x93NUMPY\x01\x00" + (self.HEADER - 10).to_bytes(2, "little") + said.encode().ljust(self.HEADER - 11) + b"\n"
            )
            self._digest.update(header)
            self._file.seek(0)
            self._file.write(header)
        self._file.close()

    def add(self, rows: Array, batch: int) -> None:
        if self._first is None:
            self._first = rows[:1].copy()
        if rows.shape[1:] != self._first.shape[1:] or rows.dtype != self._first.dtype:
            raise XaigridError(
                "SHAPE_MISMATCH",
                f"{self.name} of batch {batch} has samples {list(rows.shape[1:])} of {rows.dtype}, and those before have "
                f"{list(self._first.shape[1:])} of {self._first.dtype}. Make all alike, for example by a transform that resizes.",
            )
        data = rows.reshape(-1).view(np.uint8).data
        self._digest.update(data)
        self._file.write(data)
        self.rows += len(rows)

    def keep(self, folder: Path) -> Path:
        final = folder / f"{self._digest.hexdigest()}.npy"
        os.replace(self.path, final)
        return final
