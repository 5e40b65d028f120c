"""What Occlusion of Captum gives for every baseline of xaigrid: occlusion.json, beside this file."""

import numpy as np
import torch
from captum.attr import Occlusion
from explained import SampleRandom, case, write

SEED = 4
# libs/explainers/src/random-streams.ts
STREAM = 42


def blurred(x, sigma=1.5):
    """As scipy's gaussian_filter: cut off at 4 σ, with reflected borders (d c b a | a b c d | d c b a)."""
    values, radius = x.numpy().astype("float64"), int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    for axis in range(2, values.ndim):
        padded = np.pad(values, [(radius, radius) if a == axis else (0, 0) for a in range(values.ndim)], mode="symmetric")
        values = sum(w * padded.take(range(at, at + values.shape[axis]), axis) for at, w in enumerate(weights / weights.sum()))
    return torch.tensor(values)


def noise(x, sample):
    """Channels last, as xaigrid draws it."""
    random = SampleRandom(SEED, sample, STREAM)
    low, high = x.min().item(), x.max().item()
    drawn = torch.tensor([low + (high - low) * random.uniform() for _ in range(x.numel())], dtype=torch.float64)
    return drawn.reshape(*x.shape[2:], x.shape[1]).movedim(-1, 0)[None]


def mean(x):
    return x.flatten(2).mean(2).reshape(1, -1, *(1 for _ in x.shape[2:])).expand_as(x)


BASELINES = {
    "number": (0.25, lambda x, _: torch.full_like(x, 0.25)),
    "mean": ("mean", lambda x, _: mean(x)),
    "minimum": ("minimum", lambda x, _: x.min().expand_as(x)),
    "blur": ({"blur": 1.5}, lambda x, _: blurred(x)),
    "uniform": ("uniform", noise),
}


def occluded(window, of):
    def explain(network, x, wanted, sample):
        return Occlusion(network).attribute(
            x, (x.shape[1], *window), strides=(x.shape[1], *window), target=wanted, baselines=of(x, sample)
        )

    return explain


cases = [
    case(name, {"window": window, "baseline": baseline}, occluded(window, of), SEED)
    for name, window in (("plain", [4, 3]), ("residual", [3, 3]), ("signal", [3]))
    for baseline, of in BASELINES.values()
]
write(__file__, cases)
