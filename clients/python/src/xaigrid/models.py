"""Turns what people have for a model into an entry of a spec."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cache import Array, digest_of, keep_bytes, keep_named
from .errors import XaigridError


@dataclass(frozen=True)
class ModelEntry:
    """A model of a spec.

    Attributes:
        entry: the entry of ``models``, with an absolute path.
        digest: a hash of the content of the file.
        notes: sentences for the user.

    """

    entry: dict[str, Any]
    digest: str
    notes: tuple[str, ...] = ()


def model_entry(model: Any, samples: Array | None, options: Mapping[str, Any]) -> ModelEntry:
    """The entry of a model.

    Args:
        model: a path of a file that the command reads, or a dict with ``path``; bytes of an ONNX file; a module of torch; a
            model of Keras.
        samples: a few samples as the model takes them. A module of torch is exported with them.
        options: more keys of the entry, such as ``inputShape``.

    Raises:
        XaigridError: MODEL_UNREADABLE, MODEL_UNSUPPORTED, MODEL_MISREAD, or PACKAGE_MISSING.

    """
    if isinstance(model, Mapping):
        if "path" not in model:
            raise XaigridError("MODEL_UNREADABLE", f"The model has the keys {list(model)}. Add path: the file of the model.")
        return model_entry(model["path"], samples, {**{k: v for k, v in model.items() if k != "path"}, **options})
    if isinstance(model, str | os.PathLike):
        path = Path(model).expanduser().resolve()
        if not path.exists():
            raise XaigridError("MODEL_UNREADABLE", f"There is no model {path}. Correct the path.")
        return ModelEntry({"path": str(path), **options}, digest_of(path))
    if isinstance(model, bytes | bytearray | memoryview):
        return _kept(keep_bytes("models", bytes(model), ".onnx"), options)
    families = {base.__module__.split(".")[0] for base in type(model).__mro__}
    # A model of Keras on torch is a module of torch too, and Keras's own file says more.
    if families & {"keras", "tf_keras"}:
        return _kept(_keep_keras(model), options)
    if "torch" in families:
        from .torch_export import export_module

        exported = export_module(model, samples)
        return _kept(keep_bytes("models", exported.onnx, ".onnx"), options, exported.notes)
    raise XaigridError(
        "MODEL_UNREADABLE",
        f"The model is of type {type(model).__module__}.{type(model).__name__}. "
        "Give the path of a .keras, .h5, model.json or .onnx file, bytes of an ONNX file, a torch module, or a Keras model.",
    )


def _kept(path: Path, options: Mapping[str, Any], notes: tuple[str, ...] = ()) -> ModelEntry:
    return ModelEntry({"path": str(path), **options}, path.stem, notes)


def _keep_keras(model: Any) -> Path:
    """The file of a Keras model, named by its structure and weights: two files of one model differ in the time of saving."""
    digest = hashlib.sha256(model.to_json().encode())
    for weight in model.get_weights():
        digest.update(f"{weight.dtype} {weight.shape}\0".encode())
        digest.update(weight.tobytes())
    return keep_named("models", f"{digest.hexdigest()}.keras", model.save)
