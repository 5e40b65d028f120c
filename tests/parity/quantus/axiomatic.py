"""Completeness, non-sensitivity and input invariance of Quantus: axiomatic.json, beside this file.

Completeness and non-sensitivity on the network that the tests have too, with whole numbers in place of its weights: sums are then
exact, and a sum can be equal. Input invariance on a linear network whose first layer is a convolution as large as the image, as Quantus
wants a convolution first and corrects its bias rightly only where it does not pad. Samples are scored one by one.
"""

import json
import pathlib
from importlib.metadata import version

import numpy as np
import quantus
import torch
from network import channels_last

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES = 4, 2, 3, 3, 3
VALUES = CHANNELS * HEIGHT * WIDTH
QUIET = {"disable_warnings": True}
rng = np.random.default_rng(3)


class Whole(torch.nn.Module):
    """Logits of whole numbers: W[i][c] = (3i + 5c) mod 7 - 3, i counting channels last."""

    def __init__(self):
        super().__init__()
        i, c = torch.arange(VALUES)[:, None], torch.arange(CLASSES)[None]
        self.weight = torch.nn.Parameter(((3 * i + 5 * c) % 7 - 3).float())

    def forward(self, x):
        return x.float().permute(0, 2, 3, 1).flatten(1) @ self.weight


model = Whole().eval()
inputs = rng.integers(0, 5, (SAMPLES, CHANNELS, HEIGHT, WIDTH)).astype(np.float32)
inputs[:, :, 0, 0] = 0
classes = np.array([0, 1, 2, 0])
weights = model.weight.detach().numpy().reshape(HEIGHT, WIDTH, CHANNELS, CLASSES).transpose(3, 2, 0, 1)[classes]
# The last sample's map is a single 1: it stays as it is when it is divided by its largest value.
inputs[3] = 0
inputs[3, 0].flat[np.flatnonzero(weights[3, 0] == 1)[0]] = 1
# Exact for a baseline of 0; and the same without channels, for a baseline in the first channel only.
exact = weights * inputs
first_channel = np.concatenate([exact[:, :1] * 1, exact[:, 1:] * 0], axis=1).sum(1, keepdims=True)


def scored(metric, maps, softmax):
    return [
        metric(
            **{"model": model, "x_batch": inputs[at : at + 1].copy(), "y_batch": classes[at : at + 1]},
            **{"a_batch": maps[at : at + 1].copy(), "softmax": softmax, "channel_first": True},
        )[0]
        for at in range(SAMPLES)
    ]


def completeness(maps, normalise):
    return [bool(one) for one in scored(quantus.Completeness(normalise=normalise, **QUIET), maps, False)]


sparse = np.where(rng.uniform(size=exact.shape) < 0.5, exact, 0).astype(np.float32)
# Quantus takes no map of zeros only.
sparse[3] = exact[3]


class Convolution(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.convolution = torch.nn.Conv2d(CHANNELS, CLASSES, (HEIGHT, WIDTH))

    def forward(self, x):
        return self.convolution(x).flatten(1)


linear = Convolution().eval()
drawn = []


def gradient(times_input):
    def explain(model, inputs, targets, **_):
        samples = torch.tensor(np.asarray(inputs), dtype=torch.float32, requires_grad=True)
        outputs = model(samples).gather(1, torch.tensor(np.asarray(targets))[:, None]).sum()
        (found,) = torch.autograd.grad(outputs, samples)
        maps = (found * samples if times_input else found).detach().numpy()
        drawn.append((channels_last(maps), channels_last(samples.detach())))
        return maps

    return explain


def invariance(times_input):
    explain = gradient(times_input)
    own = explain(linear, inputs, classes)
    drawn.clear()
    found = quantus.InputInvariance(**QUIET)(
        **{"model": linear, "x_batch": inputs.copy(), "y_batch": classes, "a_batch": own.copy(), "explain_func": explain},
        **{"channel_first": True},
    )
    ((again, shifted),) = drawn
    return {"maps": channels_last(own), "again": again, "shifted": shifted, "invariant": [bool(one) for one in found]}


pathlib.Path(__file__).with_name("axiomatic.json").write_text(
    json.dumps(
        {
            "quantus": version("quantus"),
            "inputs": channels_last(inputs),
            "classes": classes.tolist(),
            "completeness": [
                {"maps": channels_last(maps), "normalised": completeness(maps, True), "plain": completeness(maps, False)}
                for maps in (exact, first_channel.astype(np.float32))
            ],
            "nonSensitivity": [
                {
                    **{"maps": channels_last(maps), "softmax": softmax},
                    "count": [int(one) for one in scored(quantus.NonSensitivity(**QUIET), maps, softmax)],
                }
                for maps in (sparse, sparse[:, :1])
                for softmax in (True, False)
            ],
            "invariance": [invariance(False), invariance(True)],
        }
    )
    + "\n"
)
