"""Writes specs as YAML."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import XaigridError

#: Readers of YAML 1.1 take y and n for truth values.
_NO_TEXT = r"(?!(?:y|n|yes|no|on|off|true|false|null|nan|inf)$)"
_PLAIN_KEY = re.compile(rf"^{_NO_TEXT}[A-Za-z][A-Za-z0-9_-]*$", re.IGNORECASE)
_PLAIN_TEXT = re.compile(rf"^{_NO_TEXT}[A-Za-z/][A-Za-z0-9_./-]*$", re.IGNORECASE)
#: Short lists and mappings stay on one line.
_LONGEST_LINE = 100


def plain(value: Any, path: str = "spec") -> Any:
    """The value in the types of JSON. Keys and values stay as they are; numpy's numbers and arrays become numbers and lists.

    Raises:
        XaigridError: SPEC_INVALID, with the path of what a spec cannot hold.

    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise XaigridError("SPEC_INVALID", f"{path} is {value}. Give a finite number.")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {str(key): plain(entry, f"{path}.{key}") for key, entry in value.items()}
    if isinstance(value, list | tuple | range | set | frozenset):
        return [plain(entry, f"{path}.{at}") for at, entry in enumerate(value)]
    raise XaigridError("SPEC_INVALID", f"{path} is of type {type(value).__name__}. A spec holds numbers, text, lists and dicts.")


def yaml_text(document: Mapping[str, Any]) -> str:
    """A spec in the types of JSON as YAML: block style, with what is short on one line."""
    return "".join(f"{line}\n" for line in _block(document))


def _block(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [line for key, entry in value.items() for line in _entry(f"{_key(key)}:", entry)]
    return [line for entry in value for line in _entry("-", entry)]


def _entry(start: str, value: Any) -> list[str]:
    line = f"{start} {_flow(value)}"
    if not isinstance(value, Mapping | list) or not value or (len(line) <= _LONGEST_LINE and not _nested(value)):
        return [line]
    first, *others = _block(value)
    if start == "-":
        return [f"- {first}", *(f"  {line}" for line in others)]
    return [start, *(f"  {line}" for line in (first, *others))]


def _nested(value: Any) -> bool:
    entries = value.values() if isinstance(value, Mapping) else value
    return any(isinstance(entry, Mapping) for entry in entries)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)}: {_flow(entry)}" for key, entry in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN_TEXT.match(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if _PLAIN_KEY.match(key) else json.dumps(key, ensure_ascii=False)
