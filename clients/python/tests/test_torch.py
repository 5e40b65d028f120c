from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xaigrid
from xaigrid.models import model_entry

pytestmark = pytest.mark.torch
torch: Any = pytest.importorskip("torch", reason="torch is not installed here (it takes 3 GB)")
pytest.importorskip("onnxscript", reason="onnxscript is not installed here")


def network() -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Dropout(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 4),
    )


IMAGES = np.random.default_rng(0).normal(size=(8, 3, 16, 16)).astype(np.float32)
LABELS = np.arange(8) % 4


def test_a_module_is_exported_compared_and_its_gradients_are_torchs(store: Path) -> None:
    module = network()
    images = torch.from_numpy(IMAGES)
    result = xaigrid.evaluate(
        module,
        images,
        torch.from_numpy(LABELS),
        methods={"method": "gradient", "absolute": False, "target": "logit", "explainedClass": "label"},
        metrics="complexity",
        store=store,
    )
    assert module.training
    assert "differ by at most" in result.notes[0]
    module.eval()
    images.requires_grad_()
    module(images)[range(8), LABELS].sum().backward()
    np.testing.assert_allclose(result.maps(), np.moveaxis(images.grad.numpy(), 1, -1), atol=1e-6)


def test_the_same_module_is_the_same_file() -> None:
    first, second = (model_entry(network(), IMAGES[:4], {}).digest for _ in range(2))
    assert first == second
    other = network()
    with torch.no_grad():
        other[0].weight[0, 0, 0, 0] += 1
    assert model_entry(other, IMAGES[:4], {}).digest != first


def test_a_module_that_cannot_be_exported_names_two_ways_out() -> None:
    class Branches(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def forward(self, x: Any) -> Any:
            return x.flatten(1)[:, :4] * (1 if x.sum() > 0 else 2)

    with pytest.raises(xaigrid.XaigridError, match=r"torch cannot export this module to ONNX: .*Two ways out") as caught:
        model_entry(Branches(), IMAGES[:4], {})
    assert caught.value.code == "MODEL_UNSUPPORTED"


def test_samples_that_the_module_does_not_take_are_refused() -> None:
    with pytest.raises(xaigrid.XaigridError, match=r"does not take samples of shape \[16, 16, 3\]") as caught:
        model_entry(network(), np.moveaxis(IMAGES, 1, -1).copy(), {})
    assert caught.value.code == "SHAPE_MISMATCH"
