"""Three small networks that scripts of several libraries explain: classifiers.json, beside this file.

A plain CNN and a residual network with batch norms for images of 12×12, and a CNN for signals of 24 values. Each ends in
Softmax. Inputs are channels first, as the networks take them.
"""

import base64
import io
import json
import pathlib

import torch
from torch import nn
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

# The exporter looks for operators of onnxscript, which the networks do not have, and needs the package onnx to look.
onnx_proto_utils._add_onnxscript_fn = lambda model, _: model

SAMPLES, CLASSES = 3, 4


class Block(nn.Module):
    """Two convolutions with batch norms beside a shortcut with one."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.shortcut = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


def plain():
    return nn.Sequential(
        *(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, padding=1), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, CLASSES)),
    )


def residual():
    return nn.Sequential(
        *(nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(), Block(6, 6, 1), Block(6, 10, 2)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(10, CLASSES)),
    )


def signal():
    return nn.Sequential(
        *(nn.Conv1d(2, 6, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(6, 8, 3, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(96, CLASSES)),
    )


def smooth(count, shape):
    """Inputs with some noise, in which superpixels find something."""
    coarse = torch.rand(count, shape[0], *(extent // 3 for extent in shape[1:]))
    mode = "bilinear" if len(shape) == 3 else "linear"
    return 0.8 * nn.functional.interpolate(coarse, shape[1:], mode=mode) + 0.2 * torch.rand(count, *shape)


def made(build, shape, seed):
    """With weights that tell samples and positions apart: probabilities are far from flat."""
    torch.manual_seed(seed)
    network = build()
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
        elif isinstance(module, (nn.Conv1d, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight)
    network = network.eval()
    inputs = smooth(SAMPLES, shape).mul(1e6).round() / 1e6
    with torch.no_grad():
        logits = network(smooth(64, shape))
        network[-1].weight /= logits.std(0).mean() / 1.5
        network[-1].bias -= network(smooth(64, shape)).mean(0)
    return nn.Sequential(network, nn.Softmax(1)), inputs


NETWORKS = {
    "plain": made(plain, (3, 12, 12), 1),
    "residual": made(residual, (3, 12, 12), 2),
    "signal": made(signal, (2, 24), 3),
}
CLASSES_EXPLAINED = [0, 1, 2]


def exported(network, inputs):
    with io.BytesIO() as file:
        torch.onnx.export(network, (inputs[:1],), file, dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"])
        return base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    pathlib.Path(__file__).with_suffix(".json").write_text(
        json.dumps(
            {
                "torch": torch.__version__,
                "classes": CLASSES_EXPLAINED,
                "networks": {
                    name: {"model": exported(network, inputs), "shape": list(inputs.shape), "inputs": [round(x, 6) for x in inputs.flatten().tolist()]}
                    for name, (network, inputs) in NETWORKS.items()
                },
            }
        )
        + "\n"
    )
