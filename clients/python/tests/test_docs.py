from __future__ import annotations

import re

import pytest
from conftest import REPOSITORY


def test_the_first_call_of_the_docs_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(REPOSITORY)
    text = (REPOSITORY / "docs" / "python.md").read_text("utf-8")
    first = re.search(r"## A first call\n\n```python\n(.*?)```", text, re.DOTALL)
    assert first is not None
    exec(first[1], {})
    assert "shap-deep" in capsys.readouterr().out
