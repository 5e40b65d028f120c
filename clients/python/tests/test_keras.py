from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xaigrid
from xaigrid.models import model_entry

pytestmark = pytest.mark.keras
keras: Any = pytest.importorskip("keras", reason="Keras is not installed here")


def network(seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [layers.Input((16, 16, 3)), layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(3)]
    )


def test_a_model_is_saved_once_and_judged(store: Path) -> None:
    images = np.random.default_rng(0).normal(size=(6, 16, 16, 3)).astype(np.float32)
    result = xaigrid.evaluate(network(0), images, np.arange(6) % 3, methods="grad-cam", metrics="complexity", store=store)
    assert result.maps().shape == (6, 16, 16)


def test_equal_models_are_one_file() -> None:
    first, second, other = (model_entry(network(seed), None, {}) for seed in (0, 0, 1))
    assert first.entry["path"] == second.entry["path"]
    assert other.digest != first.digest
