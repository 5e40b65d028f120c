from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xaigrid
from xaigrid.models import model_entry

pytestmark = pytest.mark.keras
keras: Any = pytest.importorskip("keras", reason="Keras is not installed here")


def network() -> Any:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [layers.Input((16, 16, 3)), layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(3)]
    )


def test_a_model_is_saved_once_and_judged(store: Path) -> None:
    images = np.random.default_rng(0).normal(size=(6, 16, 16, 3)).astype(np.float32)
    result = xaigrid.evaluate(network(), images, np.arange(6) % 3, methods="grad-cam", metrics="complexity", store=store)
    assert result.maps().shape == (6, 16, 16)


def test_a_model_is_one_file_until_its_weights_change() -> None:
    model = network()
    first, second = (model_entry(model, None, {}) for _ in range(2))
    assert first.entry["path"] == second.entry["path"]
    model.set_weights([weight + 1 for weight in model.get_weights()])
    assert model_entry(model, None, {}).digest != first.digest
