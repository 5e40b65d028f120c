"""FullGrad of pytorch-grad-cam, and of the paper's authors: full_grad.json, beside this file. The networks are in float64.

`authors` follows https://github.com/idiap/fullgrad-saliency (fullgrad.py), written here from its definition: sizes of a layer scaled
together, resized with aligned corners. `complete` is Σ input × gradient + Σ bias × gradient of a network that is piecewise linear.
"""

import json
import pathlib

import numpy as np
import torch
from networks import CLASSES, Plain, ResNet, channels_last, exported, made, rounded
from pytorch_grad_cam import FullGrad
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

SAMPLES = 3
classes = [sample % CLASSES for sample in range(SAMPLES)]


class Mobile(nn.Module):
    """Depthwise convolutions with batch norms, piecewise linear; a batch norm that follows no convolution."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pool = nn.MaxPool2d(2, stride=1)
        self.bn3 = nn.BatchNorm2d(8)
        self.conv3 = nn.Conv2d(8, 9, 3)
        self.head = nn.Linear(9 * 2, CLASSES)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.bn3(self.pool(torch.relu(self.conv2(x))))
        return self.head(torch.relu(self.conv3(x)).flatten(1))


def authors(network, samples):
    biases, hooks = [], []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d) and module.bias is not None:
            bias = module.bias
            if isinstance(module, nn.BatchNorm2d):
                bias = bias - module.running_mean * module.weight / torch.sqrt(module.running_var + module.eps)

            def keep(_module, _inputs, output, bias=bias):
                output.retain_grad()
                biases.append((bias.detach(), output))

            hooks.append(module.register_forward_hook(keep))
    x = samples.clone().requires_grad_()
    outputs = network(x)
    sum(outputs[sample, index] for sample, index in enumerate(classes)).backward()
    for hook in hooks:
        hook.remove()

    def processed(values):
        values = values.abs()
        values = values - values.amin((1, 2, 3), keepdim=True)
        return values / (values.amax((1, 2, 3), keepdim=True) + 1e-6)

    maps = processed(x.grad * samples).sum(1)
    sums = (x.grad * samples).sum((1, 2, 3))
    for bias, output in biases:
        product = output.grad * bias[None, :, None, None]
        sums = sums + product.sum((1, 2, 3))
        maps = maps + nn.functional.interpolate(processed(product), size=samples.shape[2:], mode="bilinear", align_corners=True).sum(1)
    return maps, sums, outputs


def network(kind, seed):
    made_network, samples = made(kind, seed, (SAMPLES, 2, 8, 10))
    maps, sums, outputs = authors(made_network, samples)
    with FullGrad(made_network, []) as cam:
        theirs = cam(samples.clone(), [ClassifierOutputTarget(index) for index in classes])
    return {
        **{"name": kind.__name__, "model": exported(made_network, samples), "inputs": channels_last(samples), "classes": classes},
        "maps": {
            **{"channel": rounded(np.asarray(theirs)), "layer": rounded(maps)},
            **{"sums": rounded(sums), "logits": rounded(outputs), "headBias": rounded(made_network.head.bias)},
        },
    }


torch.set_default_dtype(torch.float32)
networks = [network(Plain, 3), network(ResNet, 4), network(Mobile, 6)]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"settings": {"pytorch-grad-cam": "1.5.7"}, "networks": networks}) + "\n")
