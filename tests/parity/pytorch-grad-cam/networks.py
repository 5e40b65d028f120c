"""A plain CNN and a small ResNet with batch norm, whose weights hang on a seed alone, and their exports. Other folders use them too."""

import base64
import io

import torch
from torch import nn
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

# Looks for functions of onnxscript with the package onnx. There are none here, and the package is not needed for anything else.
onnx_proto_utils._add_onnxscript_fn = lambda model, _: model

CLASSES = 5


class Plain(nn.Module):
    """Convolutions with Tanh, ReLU and pooling. `axes` 1 is for signals."""

    def __init__(self, axes=2):
        super().__init__()
        conv, pool, mean = (nn.Conv1d, nn.AvgPool1d, nn.AdaptiveAvgPool1d) if axes == 1 else (nn.Conv2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
        self.conv1 = conv(2, 6, 3, padding=1)
        self.act1 = nn.Tanh()
        self.pool = pool(2)
        self.conv2 = conv(6, 7, 3, padding=1)
        self.act2 = nn.ReLU()
        # Not over all positions: the gradient is not the same everywhere.
        self.coarse = mean(1) if axes == 1 else pool((2, 1))
        self.head = nn.LazyLinear(CLASSES)

    def forward(self, x):
        x = self.pool(self.act1(self.conv1(x)))
        return self.head(self.coarse(self.act2(self.conv2(x))).flatten(1))


class Block(nn.Module):
    """A residual block, with a convolution in its shortcut."""

    def __init__(self, of, to, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(of, to, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(to)
        self.act1 = nn.ReLU()
        self.conv2 = nn.Conv2d(to, to, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(to)
        self.short = nn.Conv2d(of, to, 1, stride=stride)
        self.act2 = nn.ReLU()

    def forward(self, x):
        return self.act2(self.bn2(self.conv2(self.act1(self.bn1(self.conv1(x))))) + self.short(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = Block(2, 6, 1)
        self.block2 = Block(6, 8, 2)
        # Later layers bend, so that no two positions of a feature map have one gradient.
        self.conv3 = nn.Conv2d(8, 6, 3, padding=1)
        self.act3 = nn.SiLU()
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = self.act3(self.conv3(self.block2(self.block1(x))))
        return self.head(x.mean((2, 3)))


def made(kind, seed, shape):
    """A network in float64, and samples of it. Weights and samples are float32 numbers."""
    torch.manual_seed(seed)
    network = kind()
    samples = torch.randn(*shape)
    network(samples)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
        network.head.weight *= 4
    return network.double().eval(), samples.double()


def exported(network, samples):
    """The network with a softmax at its end, as ONNX in base64, in float32."""
    single = nn.Sequential(network, nn.Softmax(dim=1)).float().eval()
    with io.BytesIO() as file:
        torch.onnx.export(
            single, (samples[:1].float(),), file, dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"]
        )
        network.double()
        return base64.b64encode(file.getvalue()).decode()


def channels_last(values):
    """[n, c, ...] → [n, ..., c], rounded to float32's digits."""
    return rounded(torch.as_tensor(values).movedim(1, -1))


def rounded(values):
    def digits(value):
        return [digits(one) for one in value] if isinstance(value, list) else float(f"{value:.9g}")

    return digits(torch.as_tensor(values).detach().tolist())
