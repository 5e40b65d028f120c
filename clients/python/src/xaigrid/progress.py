"""A bar of progress, for terminals and notebooks."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol

_BAR_CHARACTERS = 24


class Bar(Protocol):
    """Shows how far a run is."""

    def update(self, percent: int, text: str) -> None:
        """Shows whole percent of the work, and what else is known."""

    def close(self) -> None:
        """Ends the line."""


def reading_of(line: str) -> tuple[int, str] | None:
    """Percent and words of a line of ``--progress json``; None for any other line."""
    if not line.startswith('{"percent":'):
        return None
    reading = json.loads(line)
    return reading["percent"], reading["left"] if reading["waits"] else in_words(reading, reading["left"])


def in_words(counts: Mapping[str, Any], more: str) -> str:
    """How many maps and scores there are, and what else is known."""
    samples, failed = counts["samples"], counts["failed"]
    parts = [f"maps {counts['explained']}/{samples}", f"scored {counts['scored']}/{samples}"]
    return "  ".join([*parts, *([f"failed {failed}"] if failed else []), *([more] if more else [])])


def make_bar(shown: bool) -> Bar:
    """A bar of tqdm if it is installed, else a plain one. In logs, and if it is not wanted, nothing is drawn."""
    if not shown or not (sys.stderr.isatty() or "ipykernel" in sys.modules):
        return _NoBar()
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _PlainBar()
    return _TqdmBar(tqdm(total=100, bar_format="{bar} {n_fmt} %  {desc}", leave=False))


class _NoBar:
    def update(self, percent: int, text: str) -> None:
        pass

    def close(self) -> None:
        pass


class _PlainBar:
    def __init__(self) -> None:
        self._width = 0

    def update(self, percent: int, text: str) -> None:
        full = round(percent / 100 * _BAR_CHARACTERS)
        line = f"{'█' * full}{'░' * (_BAR_CHARACTERS - full)} {percent} %  {text}"
        self._write(line)
        self._width = len(line)

    def close(self) -> None:
        self._write("")
        sys.stderr.write("\r")
        sys.stderr.flush()

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r{line.ljust(self._width)}")
        sys.stderr.flush()


class _TqdmBar:
    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def update(self, percent: int, text: str) -> None:
        self._bar.n = percent
        self._bar.set_description_str(text)

    def close(self) -> None:
        self._bar.close()
