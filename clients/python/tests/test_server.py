from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import METHODS, REPOSITORY

import xaigrid
from xaigrid.command import command
from xaigrid.operations import OPERATIONS

#: The orchestrator of a cluster, whose folder for specs is ``models``; `npm test` starts it. Otherwise `xaigrid ui` answers.
CLUSTER = os.environ.get("XAIGRID_TEST_SERVER")
needs_cluster = pytest.mark.skipif(CLUSTER is None, reason="no orchestrator here: npx vitest run --project tests tests/python")

SPEC: dict[str, Any] = {
    "name": "over HTTP",
    "limit": 4,
    "datasets": {"digits": {"kind": "mnist1d"}},
    "models": {"cnn": {"path": "mnist1d-cnn/model.json"}},
    "evaluations": [
        {"dataset": "digits", "model": "cnn", "explainers": ["gradient", "random"], "metrics": ["complexity", "drop-increase"]}
    ],
}


@pytest.fixture(scope="module")
def page(result: xaigrid.Result, store: Path) -> Iterator[xaigrid.Server]:
    """The same API over the store of the other tests, whose run it shows."""
    words = [*command(), "ui", "--port", "0", "--no-open", "--store", str(store)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        with xaigrid.connect(process.stdout.readline().strip()) as server:
            yield server
        process.terminate()


def resolved(schema: Any, description: dict[str, Any]) -> Any:
    if "$ref" not in schema:
        return schema
    found: Any = description
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def described(server: xaigrid.Server) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in server.description["paths"].items()
        for method, operation in methods.items()
        # What GET answers, without the body.
        if method != "head"
    }


#: What this package leaves out: the command uploads files and plans, the page has views and sessions of its own, and probes are
#: for machines.
LEFT_OUT = {
    *{"events", "reuse", "planSpec", "storedInputs", "specSchema", "putArtifact", "collectGarbage"},
    *{"evaluations", "evaluation", "predictions", "modelQuality", "samples", "histogram", "samplePairs"},
    *{"sample", "region", "askModel", "thumbnail"},
    *{"session", "beginSession", "endSession", "activity", "storeHealth", "healthz", "metrics"},
}


def test_every_operation_is_in_the_description_and_none_is_new(page: xaigrid.Server) -> None:
    known = described(page)
    assert set(known) == set(OPERATIONS) | LEFT_OUT
    for name, operation in OPERATIONS.items():
        method, path, entry = known[name]
        assert (method, path) == (operation.method, operation.path), name
        queries = {parameter["name"] for parameter in entry.get("parameters", []) if parameter["in"] == "query"}
        assert set(operation.query) <= queries, name
        if operation.body:
            assert set(operation.body) <= body_keys(entry, page.description), name


def body_keys(entry: dict[str, Any], description: dict[str, Any]) -> set[str]:
    schema = entry["requestBody"]["content"]["application/json"]["schema"]
    every = [schema, *schema.get("anyOf", []), *schema.get("oneOf", [])]
    return {key for one in every for key in resolved(one, description).get("properties", {})}


def test_results_over_http_are_those_of_the_command(page: xaigrid.Server, result: xaigrid.Result) -> None:
    over_http = page.run(result.run_id).results()
    assert over_http.methods == METHODS
    assert over_http.spec == result.spec
    pd.testing.assert_frame_equal(over_http.table, result.table)
    pd.testing.assert_frame_equal(over_http.scores("drop"), result.scores("drop"))
    pd.testing.assert_frame_equal(over_http.rank(all=True), result.rank(all=True))
    pd.testing.assert_frame_equal(over_http.compare("occlusion"), result.compare("occlusion"))
    assert np.array_equal(over_http.maps("shap-deep"), result.maps("shap-deep"))
    assert over_http.samples("shap-deep").tolist() == list(range(12))
    assert result.run_id in set(page.runs(limit=1000)["id"])
    assert page.runs(search="no such words").empty
    assert len(page.catalog()["methods"]) == len(xaigrid.catalog("methods"))


def test_a_run_is_edited(page: xaigrid.Server, result: xaigrid.Result) -> None:
    run = page.run(result.run_id)
    run.edit(note="from Python", add_tags=["python"])
    assert page.runs(tags=["python"])["note"].tolist() == ["from Python"]
    run.edit(remove_tags=["python"], note="")
    assert page.runs(tags=["python"]).empty


def test_errors_of_the_server_are_exceptions(page: xaigrid.Server) -> None:
    with pytest.raises(xaigrid.XaigridError, match="No stored run has the id") as caught:
        page.run("nothing")
    assert (caught.value.code, caught.value.exit_status) == ("RUN_NOT_FOUND", None)
    with pytest.raises(xaigrid.XaigridError) as caught:
        page.submit({**SPEC, "limits": 3})
    assert caught.value.code == "SPEC_INVALID"
    with pytest.raises(xaigrid.XaigridError, match=r"There is no spec .*none\.yaml"):
        page.submit("none.yaml")


@needs_cluster
def test_a_run_of_a_cluster_is_submitted_awaited_and_read() -> None:
    assert CLUSTER is not None
    with xaigrid.connect(CLUSTER) as server:
        run = server.submit(SPEC)
        result = run.wait(progress=False, timeout=100)
        assert (run.state, result.state) == ("done", "done")
        assert run.progress()["scored"] == 8
        # A choice of samples: their indices come with the maps.
        assert result.maps("gradient").shape == (4, 40, 1)
        assert result.samples("gradient").tolist() == result.scores("complexity")["sample"].tolist()[:4]
        with pytest.raises(xaigrid.XaigridError, match="nothing to resume"):
            run.resume()
        run.remove()
        with pytest.raises(xaigrid.XaigridError, match="No stored run"):
            run.progress()


@needs_cluster
def test_arrays_are_sent_to_a_server(x: Any, y: Any) -> None:
    model = REPOSITORY / "models" / "mnist1d-cnn" / "model.json"
    options: dict[str, Any] = {"methods": "gradient", "metrics": "complexity", "server": CLUSTER}
    result = xaigrid.evaluate(model, x, y, **options)
    assert result.state == "done"
    assert result.maps().shape == (12, 40, 1)
    assert xaigrid.evaluate(model, x, y, **options).run_id == result.run_id


@pytest.fixture
def other_server() -> Iterator[tuple[str, dict[str, tuple[int, Any]]]]:
    """A server that answers what a test puts into the dict."""
    answers: dict[str, tuple[int, Any]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers["*"]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ((200, {"info": {"version": "0.9.3"}}), "VERSION_MISMATCH", r"The server http.* has version 0\.9\.3"),
        ((200, b"<html>"), "SERVER_UNREACHABLE", "is not the address of an orchestrator"),
        ((200, {"title": "another API"}), "SERVER_UNREACHABLE", "is not the address of an orchestrator"),
        ((404, b"<html>"), "SERVER_UNREACHABLE", "answers 404 to GET /openapi.json"),
        ((401, {"error": {"code": "UNAUTHORIZED", "message": "The token is wrong. Give another."}}), "UNAUTHORIZED", "wrong"),
    ],
)
def test_a_server_of_another_kind_or_version_is_refused(
    other_server: tuple[str, dict[str, tuple[int, Any]]], answer: tuple[int, Any], code: str, sentence: str
) -> None:
    url, answers = other_server
    answers["*"] = answer
    with pytest.raises(xaigrid.XaigridError, match=sentence) as caught:
        xaigrid.connect(url)
    assert caught.value.code == code


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "not an address", "ftp://host"])
def test_no_server_is_one_sentence(url: str) -> None:
    with pytest.raises(xaigrid.XaigridError) as caught:
        xaigrid.connect(url)
    assert caught.value.code == "SERVER_UNREACHABLE"
