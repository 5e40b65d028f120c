"""Files that are kept under the hash of their content, in the user's cache."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def cache_folder() -> Path:
    """``xaigrid/python`` in XDG_CACHE_HOME, or in the system's folder for caches. It may be deleted at any time."""
    named = os.environ.get("XDG_CACHE_HOME")
    if named:
        base = Path(named)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    else:
        base = Path.home() / ".cache"
    return base / "xaigrid" / "python"


def keep_array(array: Array) -> Path:
    """Saves an array as ``.npy`` under the hash of its type, shape and values; an array that is kept already is not written."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    digest = hashlib.sha256(header.getvalue())
    digest.update(array.reshape(-1).view(np.uint8).data)
    return _keep("arrays", f"{digest.hexdigest()}.npy", lambda file: np.save(file, array, allow_pickle=False))


def keep_bytes(kind: str, content: bytes, suffix: str) -> Path:
    """Saves bytes under their hash."""
    return _keep(kind, f"{hashlib.sha256(content).hexdigest()}{suffix}", lambda file: file.write(content))


def keep_named(kind: str, name: str, write: Callable[[Path], object]) -> Path:
    """Saves a file that ``write`` makes at the path that it gets, under a name that says all that it depends on."""
    final = cache_folder() / kind / name
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=final.parent) as folder:
            made = Path(folder) / name
            write(made)
            made.replace(final)
    return final


def digest_of(path: Path) -> str:
    """The hash of a file; of a model.json, of all files beside it too, because its weights lie there."""
    digest = hashlib.sha256()
    folder = path if path.is_dir() else path.parent
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if path.is_dir() or path.suffix == ".json" else [path]
    for file in files:
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as content:
            while chunk := content.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _keep(kind: str, name: str, write: Callable[[IO[bytes]], object]) -> Path:
    def to(path: Path) -> None:
        with path.open("wb") as file:
            write(file)

    return keep_named(kind, name, to)
