"""An orchestrator, over HTTP. This needs neither Node nor the command."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pandas as pd

from .cache import Array
from .command import assert_fits
from .errors import XaigridError
from .frames import run_frame
from .operations import OPERATIONS
from .progress import in_words, make_bar
from .reading import PAGE, Json, no_maps
from .result import Result
from .yaml_text import plain

_UNDER_WAY = ("planned", "running")
_SECONDS_BETWEEN_LOOKS = 1.0
#: Planning a spec opens its files and models.
_SECONDS_TO_ANSWER = 300.0


def connect(url: str, token: str | None = None) -> Server:
    """Connects to an orchestrator, or to ``xaigrid ui``.

    Args:
        url: its address, such as ``http://host:8080``.
        token: its bearer token; default that of the environment variable XAIGRID_TOKEN.

    Raises:
        XaigridError: SERVER_UNREACHABLE, UNAUTHORIZED, or VERSION_MISMATCH.

    """
    return Server(url, token if token is not None else os.environ.get("XAIGRID_TOKEN"))


class Server:
    """A connection to an orchestrator. It may be used in a ``with`` statement, which closes it."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_SECONDS_TO_ANSWER)
            self.description: Json = self._answer("GET", "/openapi.json").json()
            assert_fits(str(self.description["info"]["version"]), f"The server {self.url}")
        except (httpx.InvalidURL, KeyError, TypeError, ValueError) as error:
            raise XaigridError(
                "SERVER_UNREACHABLE",
                f"{self.url} is not the address of an orchestrator of xaigrid. Give one such as http://host:8080.",
            ) from error

    def submit(self, spec: str | os.PathLike[str] | Mapping[str, Any]) -> Run:
        """Starts a run from a spec: a dict, YAML text, or the path of a file.

        The server opens the files that the spec names, in its folder for specs (XAIGRID_SPEC_ROOT). To send files of this
        machine, call ``xaigrid.evaluate(..., server=URL)`` or ``xaigrid.run(spec, server=URL)``, which use the command.

        Raises:
            XaigridError: what is wrong with the spec.

        """
        if isinstance(spec, Mapping):
            body = plain(spec)
        elif isinstance(spec, str) and "\n" in spec:
            body = spec
        else:
            path = Path(spec)
            if not path.is_file():
                raise XaigridError("SPEC_UNREADABLE", f"There is no spec {path.absolute()}. Correct the path.")
            body = path.read_text("utf-8")
        return Run(self, self.call("submitRun", body={"spec": body})["id"])

    def run(self, run_id: str) -> Run:
        """A stored run, by its id, a unique beginning of one, or ``latest``."""
        return Run(self, self.details(run_id)["id"])

    def runs(
        self, limit: int = 20, *, search: str | None = None, tags: Sequence[str] = (), states: Sequence[str] = ()
    ) -> pd.DataFrame:
        """The latest runs, newest first, one row each."""
        query = {"limit": limit, "search": search, "tags": list(tags), "states": list(states)}
        return run_frame(self.call("listRuns", query=query)["runs"])

    def catalog(self) -> Json:
        """The methods, metrics and kinds of data sets that a spec can name on this server."""
        return dict(self.call("catalog"))

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<xaigrid server {self.url}>"

    # What `Result` reads from.

    def details(self, run: str) -> Json:
        """A run with everything about it but its results."""
        return dict(self.call("showRun", id=run))

    def table(self, run: str) -> list[Json]:
        """The rows of its table."""
        return list(self.call("table", id=run)["rows"])

    def scores(self, run: str, metric: str) -> list[Json]:
        """All scores by a metric."""
        found: list[Json] = []
        while True:
            query = {"metric": metric, "limit": PAGE, "offset": len(found)}
            page = self.call("scores", id=run, query=query)["scores"]
            found.extend(page)
            if len(page) < PAGE:
                return found

    def rankings(self, run: str, every_measure: bool) -> list[Json]:
        """The ranks of methods, for each model and data set."""
        return list(self.call("ranking", id=run, query={"measures": "all" if every_measure else "headline"})["rankings"])

    def comparisons(self, run: str, method: str | None) -> list[Json]:
        """Methods in pairs."""
        return list(self.call("comparisons", id=run, query={"method": method})["comparisons"])

    def maps(self, run: Json, evaluation: Json) -> tuple[Array, Array]:
        """The maps of an evaluation, and the indices of their samples."""
        where = {"id": run["id"], "ordinal": evaluation["ordinal"]}
        samples = self._map_samples(where, evaluation["datasetSize"])
        if not samples:
            raise no_maps(evaluation["label"])
        parts: list[Array] = []
        start: int | None = samples[0]
        while start is not None:
            answer = self._operation("maps", query={"start": start, "end": samples[-1] + 1}, **where)
            parts.append(np.load(io.BytesIO(answer.content), allow_pickle=False))
            after = answer.headers.get("x-next-start")
            start = None if after is None or int(after) <= start else int(after)
        maps = np.concatenate(parts)
        if len(maps) != len(samples):
            raise XaigridError(
                "RUN_STATE", "Maps were stored while they were read. Wait until the run is done, and read them again."
            )
        return maps, np.asarray(samples, np.int64)

    def _map_samples(self, where: Json, size: int) -> list[int]:
        samples: list[int] = []
        start: int | None = 0
        while start is not None and start < size:
            page = self.call("mapRecords", query={"start": start, "end": size}, **where)
            samples.extend(record["sampleIndex"] for record in page["records"])
            start = page.get("next")
        return samples

    def call(self, name: str, *, query: Mapping[str, Any] | None = None, body: Any = None, **where: Any) -> Any:
        """Calls an operation by its id, and returns its answer from JSON.

        Raises:
            XaigridError: what the server reported, or SERVER_UNREACHABLE.

        """
        answer = self._operation(name, query=query, body=body, **where)
        return answer.json() if answer.content else None

    def _operation(self, name: str, *, query: Mapping[str, Any] | None = None, body: Any = None, **where: Any) -> httpx.Response:
        operation = OPERATIONS[name]
        path = operation.path.format(**{key: quote(str(value), safe="") for key, value in where.items()})
        asked = {key: value for key, value in (query or {}).items() if value is not None and value != []}
        return self._answer(operation.method, path, params=asked, json=body)

    def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        request = {key: value for key, value in request.items() if value is not None}
        try:
            answer = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise XaigridError(
                "SERVER_UNREACHABLE",
                f"{self.url} does not answer: {error}. Check the address, and that the orchestrator runs.",
            ) from error
        if answer.is_success:
            return answer
        try:
            reported = answer.json()["error"]
            code, message = str(reported["code"]), str(reported["message"])
        except (ValueError, KeyError, TypeError):
            raise XaigridError(
                "SERVER_UNREACHABLE",
                f"{self.url} answers {answer.status_code} to {method} {path}, not as an orchestrator. Check the address.",
            ) from None
        raise XaigridError(code, message)


class Run:
    """A run on a server.

    Attributes:
        id: its id.

    """

    def __init__(self, server: Server, run_id: str) -> None:
        self._server = server
        self.id = run_id

    @property
    def state(self) -> str:
        """``planned``, ``running``, ``done``, ``done-with-failures``, ``failed``, ``cancelled`` or ``interrupted``, as of now."""
        return str(self._server.details(self.id)["state"])

    def progress(self) -> Json:
        """How far it is: samples, explained, scored, failed, and work in passes through models."""
        return dict(self._server.details(self.id)["progress"])

    def wait(self, *, progress: bool = True, timeout: float | None = None) -> Result:
        """Waits until the run is over, and returns its results. An interrupt stops only the waiting.

        Args:
            progress: whether a bar is shown.
            timeout: seconds; default as long as it takes.

        Raises:
            XaigridError: the error of a run that failed; RUN_STATE for one that was cancelled or interrupted, or is not over
                in time.

        """
        bar = make_bar(progress)
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while True:
                details = self._server.details(self.id)
                if details["state"] not in _UNDER_WAY:
                    return self._over(details)
                bar.update(*_reading(details))
                if end is not None and time.monotonic() >= end:
                    raise XaigridError(
                        "RUN_STATE",
                        f"Run {self.id} is {details['state']}, not over, after {timeout} s. Wait for it again, or cancel it.",
                    )
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            bar.close()

    def results(self) -> Result:
        """What is stored of it so far."""
        return Result(self._server, self._server.details(self.id))

    def cancel(self) -> None:
        """Ends it early. Stored results are kept."""
        self._server.call("cancelRun", id=self.id)

    def resume(self, *, retry_failed: bool = False) -> None:
        """Goes on with a run that was interrupted, cancelled or failed; also with its failed samples."""
        self._server.call("resumeRun", id=self.id, body={"retryFailed": retry_failed})

    def edit(
        self, *, name: str | None = None, note: str | None = None, add_tags: Sequence[str] = (), remove_tags: Sequence[str] = ()
    ) -> None:
        """Changes its name, note or tags; what is not named stays."""
        changes = {"name": name, "note": note, "addTags": list(add_tags), "removeTags": list(remove_tags)}
        self._server.call("editRun", id=self.id, body={key: value for key, value in changes.items() if value is not None})

    def remove(self) -> None:
        """Removes it; it must not be under way. Its maps and scores stay until garbage is collected."""
        self._server.call("removeRun", id=self.id)

    def __repr__(self) -> str:
        return f"<xaigrid run {self.id} on {self._server.url}>"

    def _over(self, details: Json) -> Result:
        if details["state"] == "failed":
            error = details.get("error") or {"code": "INTERNAL", "message": f"Run {self.id} failed."}
            raise XaigridError(error["code"], error["message"])
        if details["state"] in ("cancelled", "interrupted"):
            raise XaigridError("RUN_STATE", f"Run {self.id} was {details['state']}. Call resume() and wait() to go on with it.")
        return Result(self._server, details)


def _reading(details: Json) -> tuple[int, str]:
    progress = details["progress"]
    work = progress["work"]
    percent = 0 if work["total"] == 0 else int(100 * (1 - work["open"] / work["total"]))
    waits = details.get("waits")
    return percent, in_words(progress, f"waits: {'; '.join(waits)}" if waits else "")
