"""What zennit gives for each composite, over four architectures: relevance.json, beside this file.

The networks are in float64 with weights that were rounded to float32; their exports end in Softmax and are in float32. zennit gets
the canonizers that it has for such networks: SequentialMergeBatchNorm, and ResNetCanonizer for the residual blocks of torchvision.
"""

import base64
import contextlib
import io
import json
import pathlib

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import (
    COMPOSITES,
    LayerMapComposite,
    SpecialFirstLayerMapComposite,
    layer_map_base,
)
from zennit.layer import Sum
from zennit.rules import Epsilon, WSquare, ZBox, ZPlus
from zennit.torchvision import ResNetCanonizer
from zennit.types import Convolution, Linear

SAMPLES, CLASSES, SIZE, LENGTH = 2, 4, 10, 24
FOLDER = pathlib.Path(__file__).parent


class Residual(nn.Module):
    """x plus what a branch makes of it; as a sum along an axis for zennit, as it writes residual sums."""

    def __init__(self, branch):
        super().__init__()
        self.branch = branch
        self.sum = Sum()
        self.stacked = True

    def forward(self, x):
        y = self.branch(x)
        return self.sum(torch.stack([x, y], dim=-1)) if self.stacked else x + y


def plain():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 2, bias=False),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(8, 10),
        nn.ReLU(),
        nn.Linear(10, CLASSES),
    )


def resnet():
    down = nn.Sequential(nn.Conv2d(4, 8, 1, stride=2, bias=False), nn.BatchNorm2d(8))
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
        BasicBlock(4, 4),
        BasicBlock(4, 8, stride=2, downsample=down),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, CLASSES),
    )


def mobilenet():
    def inverted(channels, wide):
        return Residual(
            nn.Sequential(
                nn.Conv2d(channels, wide, 1, bias=False),
                nn.BatchNorm2d(wide),
                nn.ReLU6(),
                nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False),
                nn.BatchNorm2d(wide),
                nn.ReLU6(),
                nn.Conv2d(wide, channels, 1, bias=False),
                nn.BatchNorm2d(channels),
            )
        )

    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU6(),
        inverted(4, 8),
        inverted(4, 8),
        nn.AvgPool2d(2, padding=1),
        nn.Conv2d(4, 8, 1, groups=2),
        nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, CLASSES),
    )


def signals():
    return nn.Sequential(
        nn.Conv1d(2, 5, 5, stride=2),
        nn.Tanh(),
        nn.AvgPool1d(2),
        nn.ConvTranspose1d(5, 6, 3, stride=2, bias=False),
        nn.BatchNorm1d(6),
        nn.LeakyReLU(0.1),
        nn.MaxPool1d(2),
        nn.Flatten(),
        nn.Linear(30, 7),
        nn.BatchNorm1d(7),
        nn.ELU(),
        nn.Linear(7, CLASSES),
    )


def filled(network):
    """Batch norms get statistics and weights as after a training; all numbers are rounded to float32."""
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.running_mean.normal_(std=0.3)
                module.running_var.uniform_(0.3, 2)
                module.weight.normal_(1, 0.4)
                module.bias.normal_(std=0.3)
        # Logits of the size of 1.
        list(network.children())[-1].weight *= 3
    return network.double().eval()


def composite(name, canonizers, settings):
    numbers = {key: settings[key] for key in ("epsilon", "gamma") if key in settings}
    bounds = {key: torch.tensor(settings[key]).double() for key in ("low", "high") if key in settings}
    shaped = {key: value if value.ndim == 0 else value[None, :, None, None] for key, value in bounds.items()}
    epsilon = settings.get("epsilon", 1e-6)
    first = settings.get("first")
    if first is not None:
        rule = WSquare() if first == "w-squared" else ZBox(**shaped)
        layers = [(Convolution, ZPlus()), (nn.Linear, Epsilon(epsilon))]
        return SpecialFirstLayerMapComposite(layer_map_base() + layers, [(Linear, rule)], canonizers=canonizers)
    if name == "epsilon":
        return LayerMapComposite(layer_map_base() + [(Linear, Epsilon(epsilon))], canonizers=canonizers)
    return COMPOSITES[name.replace("-", "_")](**numbers, **shaped, canonizers=canonizers)


def cases(channels):
    lows = [-2.5 - channel / 4 for channel in range(channels)]
    highs = [3 + channel / 8 for channel in range(channels)]
    yield "epsilon-plus", {}
    yield "epsilon-plus", {"epsilon": 0.25, "start": "one"}
    yield "epsilon-plus", {"contrasted": True}
    yield "epsilon-plus", {"first": "w-squared"}
    yield "epsilon-gamma-box", {"low": -3.5, "high": 3.5}
    if channels == 3:
        yield "epsilon-gamma-box", {"low": lows, "high": highs, "gamma": 1.5}
        yield "epsilon-plus", {"first": "box", "low": lows, "high": highs}
    yield "epsilon-alpha2-beta1", {}
    yield "epsilon-plus-flat", {}
    yield "epsilon-alpha2-beta1-flat", {"epsilon": 0.01}
    yield "epsilon", {}
    yield "epsilon", {"epsilon": 0.25}


classes = torch.tensor([1, 3])
contrasts = torch.tensor([2, 0])


@contextlib.contextmanager
def exact_batch_norms(network):
    """A merged batch norm of zennit still divides by sqrt(1 + eps), which makes maps differ by 1e-5. Here it divides by 1."""
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    try:
        for norm in norms:
            norm.eps = 0
        yield
    finally:
        for norm in norms:
            norm.eps = 1e-5


def relevance(network, canonizers, name, settings):
    def start(output):
        chosen = torch.nn.functional.one_hot(classes, CLASSES).to(output)
        if settings.get("contrasted", False):
            chosen = chosen - torch.nn.functional.one_hot(contrasts, CLASSES).to(output)
        return chosen if settings.get("start") == "one" else chosen * output.detach()

    with Gradient(network, composite(name, canonizers, settings)) as attributor, exact_batch_norms(network):
        _, found = attributor(inputs_of[network], start)
    # `[n, ...positions, channels]`
    return [float(f"{value:.9g}") for value in found.movedim(1, -1).flatten().tolist()]


def stacked(network, are):
    for module in network.modules():
        if isinstance(module, Residual):
            module.stacked = are


def exported(network):
    stacked(network, False)
    with io.BytesIO() as file:
        with_softmax = nn.Sequential(network, nn.Softmax(dim=1)).eval().float()
        sample = inputs_of[network][:1].float()
        torch.onnx.export(
            with_softmax,
            (sample,),
            file,
            dynamo=False,
            dynamic_axes={"x": {0: "n"}},
            input_names=["x"],
            # Otherwise it merges batch norms itself.
            training=torch.onnx.TrainingMode.PRESERVE,
        )
        network.double()
        stacked(network, True)
        return base64.b64encode(file.getvalue()).decode()


torch.manual_seed(16)
inputs_of = {}
models = []
for make, shape, canonizer in (
    (plain, (3, SIZE, SIZE), None),
    (resnet, (3, SIZE, SIZE), ResNetCanonizer),
    (mobilenet, (3, SIZE, SIZE), SequentialMergeBatchNorm),
    (signals, (2, LENGTH), SequentialMergeBatchNorm),
):
    network = filled(make())
    inputs_of[network] = torch.randn(SAMPLES, *shape).clamp(-2.5, 3).double()
    models.append(
        {
            "name": make.__name__,
            "model": exported(network),
            "inputShape": [*shape[1:], shape[0]],
            "inputs": inputs_of[network].float().movedim(1, -1).flatten().tolist(),
            "cases": [
                {
                    "composite": name,
                    **settings,
                    "map": relevance(network, [] if canonizer is None else [canonizer()], name, settings),
                }
                for name, settings in cases(shape[0])
            ],
        }
    )

(FOLDER / "relevance.json").write_text(
    json.dumps(
        {
            "zennit": "0.5.1",
            "classes": classes.tolist(),
            "contrasts": contrasts.tolist(),
            "models": models,
        }
    )
    + "\n"
)
