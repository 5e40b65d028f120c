"""What is stored already on this machine."""

from __future__ import annotations

import os

import pandas as pd

from .frames import run_frame
from .place import place_of
from .reading import CommandReader
from .result import Result


class Store:
    """Runs that are kept in a store. Nothing is computed."""

    def __init__(self, reader: CommandReader) -> None:
        self._reader = reader

    def runs(self, limit: int = 20) -> pd.DataFrame:
        """One row a run, newest first."""
        return run_frame(self._reader.runs(limit))

    def result(self, run_id: str = "latest") -> Result:
        """The results of a run, by its id, a unique beginning of one, or ``latest``."""
        return Result(self._reader, self._reader.details(run_id))


def store(path: str | os.PathLike[str] | None = None) -> Store:
    """A store by its folder; default the one that the command uses here."""
    return Store(CommandReader(place_of(path, None, None)))
