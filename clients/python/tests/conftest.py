from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import xaigrid
from xaigrid.command import command

REPOSITORY = Path(__file__).resolve().parents[3]
MODEL = REPOSITORY / "models" / "mnist1d-cnn" / "model.json"

Floats = npt.NDArray[np.float32]
METHODS = ["grad-cam", "occlusion", "shap-deep"]
METRICS: list[str | dict[str, Any]] = [{"metric": "drop-increase", "keepFractions": [0.1, 0.3]}, "complexity"]


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the tests' own: neither caches nor stores of the user are touched."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("MPLBACKEND", "agg")
        for name in ("XAIGRID_STORE", "XAIGRID_SERVER", "XAIGRID_TOKEN", "DATABASE_URL", "NATS_URL"):
            patch.delenv(name, raising=False)
        if "XAIGRID_COMMAND" not in os.environ:
            patch.setenv("XAIGRID_COMMAND", f"node {REPOSITORY / 'apps' / 'cli' / 'bin' / 'xaigrid.js'}")
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="session")
def store(home: Path) -> Path:
    return home / "store"


@pytest.fixture(scope="session")
def x() -> Floats:
    return np.random.default_rng(0).normal(size=(12, 40, 1)).astype(np.float32)


@pytest.fixture(scope="session")
def y() -> npt.NDArray[np.int64]:
    return np.arange(12) % 10


@pytest.fixture(scope="session")
def result(x: Floats, y: npt.NDArray[np.int64], store: Path) -> xaigrid.Result:
    return xaigrid.evaluate(MODEL, x, y, methods=METHODS, metrics=METRICS, background=x[:3], store=store)


def said_by_command(*arguments: str | Path, store: Path | None = None) -> str:
    """What the command writes, without this package in between."""
    place = [] if store is None else ["--store", str(store)]
    return subprocess.run(
        [*command(), *map(str, arguments), *place],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    ).stdout
