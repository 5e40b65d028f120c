"""Small networks that libraries and xaigrid explain alike: a plain CNN, a ResNet with batch norm, and a CNN of signals.

Weights are random, from fixed seeds, and rounded to float32. Libraries compute in float64, so that their own rounding is no part of a
comparison. Convolutions have biases in the plain networks and none in the ResNet, as in torchvision. Every ReLU is a module of its own,
because libraries look for modules.
"""

import base64

import torch
from onnx_export import onnx_bytes
from torch import nn

CLASSES = 4
SAMPLES = 2


class PlainNetwork(nn.Module):
    """Images `[n, 2, 8, 8]` to logits."""

    shape = (2, 8, 8)

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1),
            nn.ReLU(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 16, 12), nn.ReLU(), nn.Linear(12, CLASSES))

    def forward(self, x):
        return self.head(self.features(x))


class Block(nn.Module):
    """Two convolutions with batch norms, and a way around them."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.relu2 = nn.ReLU()
        self.around = (
            nn.Identity()
            if stride == 1 and before == after
            else nn.Sequential(nn.Conv2d(before, after, 1, stride=stride, bias=False), nn.BatchNorm2d(after))
        )

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + self.around(x))


class ResidualNetwork(nn.Module):
    """Images `[n, 3, 8, 8]` to logits."""

    shape = (3, 8, 8)

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(6)
        self.relu = nn.ReLU()
        self.block1 = Block(6, 6, 1)
        self.block2 = Block(6, 8, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.block2(self.block1(self.relu(self.bn(self.conv(x)))))
        return self.head(self.pool(x).flatten(1))


class SignalNetwork(nn.Module):
    """Signals `[n, 2, 16]` to logits."""

    shape = (2, 16)

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(2, 6, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv1d(6, 5, 3, stride=2, padding=1)
        self.relu2 = nn.ReLU()
        self.head = nn.Linear(5 * 8, CLASSES)

    def forward(self, x):
        return self.head(self.relu2(self.conv2(self.relu1(self.conv1(x)))).flatten(1))


def networks():
    """The networks by name, in float64, with statistics and weights that matter."""
    made = {}
    for seed, (name, kind) in enumerate({"plain": PlainNetwork, "residual": ResidualNetwork, "signal": SignalNetwork}.items()):
        torch.manual_seed(40 + seed)
        network = kind()
        with torch.no_grad():
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.running_mean.normal_(0, 0.3)
                    module.running_var.uniform_(0.5, 2)
                    module.weight.uniform_(0.5, 1.5)
                    module.bias.normal_(0, 0.3)
                if isinstance(module, nn.Linear):
                    module.weight *= 2
        made[name] = network.double().eval()
    return made


def inputs_of(network):
    """`[SAMPLES, channels, ...]`, rounded to float32."""
    generator = torch.Generator().manual_seed(7)
    return torch.randn(SAMPLES, *network.shape, generator=generator).float().double()


CLASSES_EXPLAINED = torch.arange(SAMPLES) % CLASSES


def exported(network):
    """The network with a Softmax at its end as ONNX, in base64. It computes in float32."""
    x = inputs_of(network)[:1].float()
    # In evaluation as a whole: the exporter puts every part back into the mode of the whole.
    model = nn.Sequential(network, nn.Softmax(dim=1)).float().eval()
    file = onnx_bytes(model, x)
    network.double()
    return base64.b64encode(file).decode()


def channels_last(values):
    """`[n, channels, ...]` as nested lists `[n, ..., channels]` of nine digits, which tell float32 numbers apart."""

    def rounded(nested):
        return float(f"{nested:.9g}") if isinstance(nested, float) else [rounded(one) for one in nested]

    return rounded(values.detach().movedim(1, -1).tolist())


def described(network):
    """What a golden says of a network besides maps."""
    return {
        "model": exported(network),
        "inputs": channels_last(inputs_of(network)),
        "classes": CLASSES_EXPLAINED.tolist(),
    }
