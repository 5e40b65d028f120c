"""LocalLipschitzEstimate of Quantus on xaigrid's noise: local_lipschitz_estimate.json, beside this file."""

import functools

import quantus

from draws import NOISE, normals, uniforms
from robustness import SAMPLES, SEED, moved, scores, write

PERTURBATIONS, DEVIATION = 9, 0.1

numbers = [uniforms(SEED, sample, NOISE) for sample in range(SAMPLES)]
noise = lambda sample, count: [DEVIATION * number for number in normals(numbers[sample], count)]
perturbed = [moved(noise) for _ in range(PERTURBATIONS)]

write(
    __file__,
    {
        "perturbations": PERTURBATIONS,
        "noise": DEVIATION,
        "localLipschitz": scores(functools.partial(quantus.LocalLipschitzEstimate, nr_samples=PERTURBATIONS), perturbed),
    },
)
