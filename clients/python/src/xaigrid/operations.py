"""The operations of the HTTP API that this package calls, by their ids in ``/openapi.json``. Tests compare the two."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One operation: method, path with ``{parameters}``, and the keys of its query and body that this package uses."""

    method: str
    path: str
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()


OPERATIONS = {
    "submitRun": Operation("POST", "/v1/runs", body=("spec",)),
    "listRuns": Operation("GET", "/v1/runs", query=("limit", "search", "tags", "states")),
    "showRun": Operation("GET", "/v1/runs/{id}"),
    "editRun": Operation("PATCH", "/v1/runs/{id}", body=("name", "note", "addTags", "removeTags")),
    "cancelRun": Operation("POST", "/v1/runs/{id}/cancel"),
    "resumeRun": Operation("POST", "/v1/runs/{id}/resume", body=("retryFailed",)),
    "removeRun": Operation("DELETE", "/v1/runs/{id}"),
    "table": Operation("GET", "/v1/runs/{id}/table"),
    "comparisons": Operation("GET", "/v1/runs/{id}/comparisons", query=("method",)),
    "ranking": Operation("GET", "/v1/runs/{id}/ranking", query=("measures",)),
    "scores": Operation("GET", "/v1/runs/{id}/scores", query=("metric", "limit", "offset")),
    "maps": Operation("GET", "/v1/runs/{id}/evaluations/{ordinal}/maps", query=("start", "end")),
    "mapRecords": Operation("GET", "/v1/runs/{id}/evaluations/{ordinal}/map-records", query=("start", "end")),
    "catalog": Operation("GET", "/v1/catalog"),
}
