"""MaxSensitivity and AvgSensitivity of Quantus on xaigrid's noise: max_sensitivity.json, beside this file."""

import functools

import quantus

from draws import NOISE, uniforms
from robustness import SAMPLES, SEED, moved, scores, write

PERTURBATIONS, RADIUS = 9, 0.2


def perturbed():
    numbers = [uniforms(SEED, sample, NOISE) for sample in range(SAMPLES)]
    noise = lambda sample, count: [RADIUS * (2 * next(numbers[sample]) - 1) for _ in range(count)]
    return [moved(noise) for _ in range(PERTURBATIONS)]


def asked(metric):
    return scores(functools.partial(metric, nr_samples=PERTURBATIONS), perturbed())


write(
    __file__,
    {
        "perturbations": PERTURBATIONS,
        "radius": RADIUS,
        "maxSensitivity": asked(quantus.MaxSensitivity),
        "averageSensitivity": asked(quantus.AvgSensitivity),
    },
)
