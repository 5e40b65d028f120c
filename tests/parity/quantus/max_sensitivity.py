"""MaxSensitivity and AvgSensitivity of Quantus on xaigrid's noise: max_sensitivity.json, beside this file."""

import quantus

from draws import uniforms
from robustness import SAMPLES, SEED, handing, moved, samples, score, write

PERTURBATIONS, RADIUS = 9, 0.2
OPTIONS = dict(nr_samples=PERTURBATIONS, lower_bound=RADIUS, disable_warnings=True)


def perturbed(stream):
    numbers = [uniforms(SEED, sample, stream) for sample in range(SAMPLES)]
    noise = lambda sample, count: [RADIUS * (2 * next(numbers[sample]) - 1) for _ in range(count)]
    return [moved(samples(), noise) for _ in range(PERTURBATIONS)]


write(
    __file__,
    {
        "perturbations": PERTURBATIONS,
        "radius": RADIUS,
        "maxSensitivity": score(quantus.MaxSensitivity(perturb_func=handing(perturbed(0x3E75)), **OPTIONS)),
        "averageSensitivity": score(quantus.AvgSensitivity(perturb_func=handing(perturbed(0x3E76)), **OPTIONS)),
    },
)
