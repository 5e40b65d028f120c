from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import REPOSITORY

import xaigrid
from xaigrid import XaigridError
from xaigrid.command import call, command
from xaigrid.errors import error_from
from xaigrid.progress import _NoBar, _PlainBar, make_bar, reading_of


def program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return path


def test_the_version_is_that_of_the_command() -> None:
    package = json.loads((REPOSITORY / "package.json").read_text())
    assert xaigrid.__version__ == package["version"] == call(["--version"]).strip()


def test_the_named_command_comes_before_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = program(tmp_path, "xaigrid", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XAIGRID_COMMAND", 'node "/some where/xaigrid.js"')
    assert command() == ("node", "/some where/xaigrid.js")
    monkeypatch.delenv("XAIGRID_COMMAND")
    assert command() == (str(found),)


def test_npx_is_the_last_way_and_downloads_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    npx = program(tmp_path, "npx", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("XAIGRID_COMMAND")
    assert command() == (str(npx), "--no-install", "xaigrid")


def test_without_node_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XAIGRID_COMMAND", "node xaigrid.js")
    with pytest.raises(XaigridError, match="node cannot be started: No such file or directory") as caught:
        call(["list"])
    assert caught.value.code == "COMMAND_NOT_FOUND"
    monkeypatch.delenv("XAIGRID_COMMAND")
    with pytest.raises(XaigridError, match="neither xaigrid nor npx on the PATH") as caught:
        call(["list"])
    assert "Node 20.19 or newer" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "code", "sentence"),
    [
        ("print('9.1.0')", "VERSION_MISMATCH", "The command has version 9.1.0, and this package is"),
        ("print('hello')", "COMMAND_NOT_FOUND", "is not the command xaigrid; it said: hello"),
        ("raise SystemExit('no such module')", "COMMAND_NOT_FOUND", "it said: no such module"),
    ],
)
def test_another_command_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, code: str, sentence: str) -> None:
    monkeypatch.setenv("XAIGRID_COMMAND", str(program(tmp_path, "other", body)))
    with pytest.raises(XaigridError, match=sentence) as caught:
        call(["list"])
    assert caught.value.code == code


def test_an_error_of_the_command_has_code_sentence_hint_and_exit_status(store: Path) -> None:
    with pytest.raises(XaigridError) as caught:
        xaigrid.run(store / "none.yaml", store=store)
    error = caught.value
    assert (error.code, error.exit_status) == ("SPEC_UNREADABLE", 2)
    assert error.message.startswith(error.sentence)
    assert error.sentence == f"There is no spec {store / 'none.yaml'}."
    assert error.hint.startswith("Correct the path, or write one")
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.message, again.exit_status) == (error.code, error.message, 2)


def test_what_the_command_says_beside_its_error_is_not_part_of_it() -> None:
    error = error_from("a note\n57 %  maps 1/2\nxaigrid: SPEC_INVALID: One: is wrong.\n  Two: too.\n", 2)
    assert (error.code, error.message) == ("SPEC_INVALID", "One: is wrong.\n  Two: too.")
    usage = error_from("error: missing required argument 'spec'\n(xaigrid --help lists commands and options)\n", 2)
    assert usage.code == "USAGE"
    assert error_from("", 137).message == "The command ended with status 137. It said: nothing"


def test_progress_is_read_from_lines_and_drawn_over_itself(capsys: pytest.CaptureFixture[str]) -> None:
    line = '{"percent":57,"samples":24,"explained":12,"scored":0,"failed":1,"left":"about 10 s left","waits":false}'
    assert reading_of(line) == (57, "maps 12/24  scored 0/24  failed 1  about 10 s left")
    assert reading_of(line.replace("false", "true")) == (57, "about 10 s left")
    assert reading_of("Data set x: 12 of 1000 samples.") is None
    bar = _PlainBar()
    bar.update(50, "maps 12/24, a few seconds left")
    bar.update(100, "maps 24/24")
    bar.close()
    drawn = capsys.readouterr().err
    assert "\n" not in drawn
    first, second, last = drawn.split("\r")[1:4]
    assert first.startswith("████████████░░░░░░░░░░░░ 50 %  maps 12/24")
    assert second == "████████████████████████ 100 %  maps 24/24".ljust(len(first))
    assert last.strip() == ""


def test_notebooks_get_a_bar_of_tqdm_or_a_plain_one_and_logs_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(make_bar(True), _NoBar)
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    assert isinstance(make_bar(False), _NoBar)
    bar = make_bar(True)
    bar.update(57, "maps 12/24")
    bar.close()
    assert "57 %  maps 12/24" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert isinstance(make_bar(True), _PlainBar)
