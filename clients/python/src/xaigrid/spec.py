"""Makes specs from arrays, models, methods and metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import as_array, samples_and_labels
from .batches import is_batches, keep_batches
from .cache import Array, keep_array
from .command import call, command_version
from .errors import XaigridError
from .models import model_entry
from .place import Place
from .yaml_text import plain, yaml_text

#: What ``methods`` and ``metrics`` take: a name, or a dict as in a spec.
Entry = str | Mapping[str, Any]
Entries = Entry | Sequence[Entry]

_OURS = ("datasets", "models", "evaluations")


@dataclass(frozen=True)
class Spec:
    """A spec, and what it was made of.

    Attributes:
        text: YAML, with absolute paths.
        digest: a hash of the spec and of all its files; None if it names a data set that only the command reads.
        samples: the file of the samples, or None.
        notes: sentences for the user.

    """

    text: str
    digest: str | None
    samples: Path | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What is asked: everything of a spec but the model and the data."""

    methods: Entries
    metrics: Entries
    background: Any
    data: Mapping[str, Any]
    model_options: Mapping[str, Any]
    keys: Mapping[str, Any]


def make_spec(model: Any, x: Any, y: Any, asked: Question) -> Spec:
    """Keeps arrays and the model in the cache, and writes the spec that names them.

    Raises:
        XaigridError: for what no spec can say; everything else the command checks.

    """
    refused = [key for key in asked.keys if key in _OURS]
    if refused:
        raise XaigridError(
            "USAGE",
            f"{refused[0]} is made from the model, x and y. To write it yourself, call xaigrid.run with a whole spec.",
        )
    dataset, samples = _dataset(x, y, asked.data)
    chosen = model_entry(model, None if samples is None else samples[:4], asked.model_options)
    datasets = {"data": dataset}
    explainers = [_entry(entry, "method") for entry in _listed(asked.methods, "methods")]
    if asked.background is not None:
        references, size = _references(asked.background, dataset)
        datasets["background"] = references
        explainers = [_with_background(entry, size) for entry in explainers]
    document = {
        "name": "python",
        **asked.keys,
        "datasets": datasets,
        "models": {"model": chosen.entry},
        "evaluations": [
            {
                "dataset": "data",
                "model": "model",
                "explainers": explainers,
                "metrics": [_entry(entry, "metric") for entry in _listed(asked.metrics, "metrics")],
            }
        ],
    }
    text = yaml_text(plain(document))
    path = Path(dataset["x"]) if samples is not None else None
    return Spec(text, _digest(text, chosen.digest) if path is not None else None, path, chosen.notes)


def reuse_key(digest: str, place: Place) -> str:
    """What a finished run is found by again: spec and files, the place, and the version of the command."""
    return _digest(digest, command_version(), *place.identity())


def stored_entry(name: str, maps: Any, explained_class: str | int) -> dict[str, Any]:
    """The entry of maps that were made elsewhere: an array, or a dict with ``maps`` and more keys of the method ``stored``."""
    more: Mapping[str, Any] = {}
    if isinstance(maps, Mapping):
        if "maps" not in maps:
            raise XaigridError("MAPS_UNREADABLE", f'maps["{name}"] has the keys {list(maps)}. Add maps: the array.')
        more = {key: value for key, value in maps.items() if key != "maps"}
        maps = maps["maps"]
    array = as_array(maps, f'maps["{name}"]')
    if array.dtype.kind != "f":
        array = array.astype(np.float32)
    entry = {"method": "stored", "name": name, "path": str(keep_array(array)), "explainedClass": explained_class}
    return {**entry, **more}


def _dataset(x: Any, y: Any, more: Mapping[str, Any]) -> tuple[dict[str, Any], Array | None]:
    if isinstance(x, Mapping):
        if y is not None:
            raise XaigridError("USAGE", "x is a data set of a spec and has its own labels. Give y=None.")
        return _absolute({**x, **more}), None
    if is_batches(x):
        if y is not None:
            raise XaigridError("USAGE", "x iterates over batches, which have their own labels. Give y=None.")
        kept, kept_labels, mapped = keep_batches(x)
        return {"kind": "npy", "x": str(kept), "y": str(kept_labels), **more}, mapped
    if y is None:
        raise XaigridError("USAGE", "y is missing. Give one label for each sample of x.")
    samples, labels = samples_and_labels(x, y)
    return {"kind": "npy", "x": str(keep_array(samples)), "y": str(keep_array(labels)), **more}, samples


def _absolute(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The data set with the paths that start at the current folder made absolute: the spec lies elsewhere."""
    # `x` and `y` are files in `npy`, and names of arrays in other kinds.
    keys = ("path", "x", "y") if dataset.get("kind") == "npy" else ("path",)
    return {
        key: str(Path(value).expanduser().resolve()) if key in keys and isinstance(value, str | Path) else value
        for key, value in dataset.items()
    }


def _references(background: Any, dataset: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    if isinstance(background, Mapping):
        raise XaigridError(
            "USAGE",
            "background is an array of samples. To name a data set of a spec instead, call xaigrid.run with a whole spec.",
        )
    references = as_array(background, "background")
    if references.ndim < 2:
        raise XaigridError(
            "SHAPE_MISMATCH",
            f"background has shape {list(references.shape)}. Give references as samples are given: [n, ...].",
        )
    # Their labels are never read.
    labels = keep_array(np.zeros(len(references), np.int64))
    shared = {key: dataset[key] for key in ("addChannel", "layout") if key in dataset}
    return {"kind": "npy", "x": str(keep_array(references)), "y": str(labels), **shared}, len(references)


def _with_background(entry: dict[str, Any], size: int) -> dict[str, Any]:
    if "background" in entry or not _takes_background(entry):
        return entry
    return {**entry, "background": {"dataset": "background", "size": size, "selection": "first"}}


def _takes_background(entry: Mapping[str, Any]) -> bool:
    if "background" in json.dumps(plain(entry.get("baseline"))):
        return True
    return "background" in _needs().get(str(entry["method"]), ())


@cache
def _needs() -> dict[str, tuple[str, ...]]:
    return {method["name"]: tuple(method["needs"]) for method in json.loads(call(["catalog", "methods", "--json"]))}


def _listed(entries: Entries, name: str) -> list[Entry]:
    listed = [entries] if isinstance(entries, str | Mapping) else list(entries)
    if not listed:
        raise XaigridError("USAGE", f"{name} is empty. Name at least one; xaigrid.catalog() lists what there is.")
    return listed


def _entry(entry: Entry, key: str) -> dict[str, Any]:
    if isinstance(entry, str):
        return {key: entry}
    if isinstance(entry, Mapping) and isinstance(entry.get(key), str):
        return dict(entry)
    raise XaigridError("SPEC_INVALID", f'{entry!r} names no {key}. Give a name, or a dict as in a spec: {{"{key}": NAME, …}}.')


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
