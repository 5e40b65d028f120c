"""AverageStability of Xplique on xaigrid's noise: average_stability.json, beside this file.

It takes one noise for all samples; here it is asked about one sample at a time, with that sample's own noise. Samples are those of
../quantus/max_sensitivity.json.
"""

import json
import pathlib
import sys

import numpy as np
from xplique.metrics import AverageStability

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "quantus"))

from draws import NOISE, rounded, uniforms  # noqa: E402

SEED, PERTURBATIONS, RADIUS = 7, 20, 0.1

given = json.loads((HERE.parent / "quantus" / "max_sensitivity.json").read_text())
samples, classes = np.array(given["inputs"]), np.array(given["classes"])
size = samples[0].size
weights = np.cos(3 * np.arange(size)[:, None] + 5 * np.arange(3)[None])


def explain(inputs, targets):
    """Gradient of the probability × input of the shared network (../quantus/network.py), rounded as maps are stored."""
    x = rounded(np.asarray(inputs)).reshape(-1, size)
    exponentials = np.exp(x @ weights)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    explained = np.asarray(targets).argmax(axis=1)
    own = np.take_along_axis(p, explained[:, None], axis=1)
    return rounded(own * (weights.T[explained] - p @ weights.T) * x).reshape(np.shape(inputs))


found = []
for index, (sample, label) in enumerate(zip(samples, np.eye(3)[classes])):
    numbers = uniforms(SEED, index, NOISE)
    metric = AverageStability(lambda x: x, sample[None], label[None], radius=RADIUS, nb_samples=PERTURBATIONS)
    # In float64, so that a sample and its noise are rounded once, as here.
    metric.inputs, metric.targets = sample[None], label[None]
    metric.noisy_masks = np.array([[RADIUS * next(numbers) for _ in range(size)] for _ in range(PERTURBATIONS)]).reshape(
        PERTURBATIONS, *sample.shape
    )
    found.append(metric.evaluate(explain))

(HERE / "average_stability.json").write_text(json.dumps({"xplique": "1.4.0", "averageStability": found}) + "\n")
