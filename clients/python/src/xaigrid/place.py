"""Where runs are computed and kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from .errors import XaigridError


@dataclass(frozen=True)
class Place:
    """A store on this machine, or a server. Without either the command decides, by the environment and the current folder."""

    store: str | None = None
    server: str | None = None
    token: str | None = field(default=None, repr=False)

    def arguments(self) -> list[str]:
        """The options that name the place to the command."""
        if self.server is not None:
            return ["--server", self.server]
        return [] if self.store is None else ["--store", self.store]

    def environment(self) -> dict[str, str]:
        """What the command needs to know but no list of processes should show."""
        return {} if self.token is None else {"XAIGRID_TOKEN": self.token}

    def identity(self) -> tuple[str, ...]:
        """What tells this place from others."""
        usual = [os.environ.get(name, "") for name in ("XAIGRID_SERVER", "XAIGRID_STORE", "DATABASE_URL", "XDG_DATA_HOME")]
        return (self.store or "", self.server or "", *usual, os.getcwd() if self.store is self.server is None else "")


def place_of(store: str | os.PathLike[str] | None, server: str | None, token: str | None) -> Place:
    """The place that these parameters name.

    Raises:
        XaigridError: USAGE for a store and a server, or a token without a server.

    """
    if store is not None and server is not None:
        raise XaigridError("USAGE", "store and server name two places where runs are kept. Give one of them.")
    if token is not None and server is None:
        raise XaigridError("USAGE", "token is for a server, and no server is named. Add server=, or leave token out.")
    return Place(None if store is None else str(Path(store).expanduser().resolve()), server, token)
