"""The relative stabilities of Quantus on xaigrid's noise: relative_stability.json, beside this file.

Outputs are rounded to float32, as xaigrid's engines give them. The representation is two layers: the squares of the values, and the logits.
Where a draw changes the predicted class Quantus says NaN, here null.
"""

import functools
import math

import quantus
import torch

from draws import NOISE, uniforms
from robustness import NETWORK, SAMPLES, SEED, moved, scores, write

PERTURBATIONS, LEAST = 6, 0.02


class Squares(torch.nn.Module):
    def forward(self, x):
        return (x.to(torch.float64) ** 2).float().double()


class Logits(torch.nn.Module):
    def forward(self, x):
        return NETWORK(x).float().double()


class Layered(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.squares, self.logits = Squares(), Logits()

    def forward(self, x):
        self.squares(x)
        return self.logits(x)


def asked(metric, most):
    numbers = [uniforms(SEED, sample, NOISE) for sample in range(SAMPLES)]
    noise = lambda sample, count: [LEAST + (most - LEAST) * next(numbers[sample]) for _ in range(count)]
    perturbed = [moved(noise) for _ in range(PERTURBATIONS)]
    found = scores(functools.partial(metric, nr_samples=PERTURBATIONS), perturbed, Layered().eval())
    return [None if math.isnan(score) else score for score in found]


METRICS = {
    "relativeInputStability": quantus.RelativeInputStability,
    "relativeOutputStability": quantus.RelativeOutputStability,
    "relativeRepresentationStability": quantus.RelativeRepresentationStability,
}
write(
    __file__,
    {
        "perturbations": PERTURBATIONS,
        "scores": {
            str(most): {name: asked(metric, most) for name, metric in METRICS.items()} for most in (0.2, 1.5)
        },
    },
)
