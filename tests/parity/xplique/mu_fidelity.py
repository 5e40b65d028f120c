"""What MuFidelity gives on the small network (tests/parity/quantus/network.py): mu_fidelity.json, beside this file.

Its random numbers are written down, so that the test can take the same cells out.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf
from xplique.metrics import MuFidelity

SAMPLES, CLASSES, SUBSETS, SHARE = 3, 3, 25, 0.3

tf.config.run_functions_eagerly(True)
rng = np.random.default_rng(4)


class Network(tf.keras.Model):
    """softmax(Σ_i x_i·cos(3i + 5c)), in float32."""

    def __init__(self, values):
        super().__init__()
        i, c = np.arange(values)[:, None], np.arange(CLASSES)[None]
        self.matrix = tf.constant(np.cos(3.0 * i + 5.0 * c), tf.float32)

    def call(self, x):
        return tf.nn.softmax(tf.reshape(x, (tf.shape(x)[0], -1)) @ self.matrix)


def score(shape, grid, positions_only):
    inputs = rng.uniform(-1, 1, (SAMPLES, *shape)).astype(np.float32)
    maps = rng.normal(size=(SAMPLES, *(shape[:-1] if positions_only else shape))).astype(np.float32)
    classes = np.arange(SAMPLES) % CLASSES
    model = Network(int(np.prod(shape)))
    model(inputs)
    subsets, scores = [], []
    uniform = tf.random.uniform
    for sample in range(SAMPLES):
        drawn = []

        def remembered(*args, **kwargs):
            drawn.append(uniform(*args, **kwargs))
            return drawn[-1]

        tf.random.uniform = remembered
        one = slice(sample, sample + 1)
        metric = MuFidelity(
            *(model, inputs[one], tf.one_hot(classes[one], CLASSES)),
            **{"batch_size": 64, "grid_size": grid, "subset_percent": SHARE, "nb_samples": SUBSETS},
        )
        scores.append(metric.evaluate(maps[one]))
        tf.random.uniform = uniform
        # Cells above the share stay.
        subsets.append([np.flatnonzero(row <= SHARE).tolist() for row in np.concatenate(drawn)])
    return {
        "shape": list(shape),
        "grid": grid,
        "mapShape": list(maps.shape[1:]),
        "inputs": inputs.reshape(-1).tolist(),
        "maps": maps.reshape(-1).tolist(),
        "classes": classes.tolist(),
        "subsets": subsets,
        "scores": scores,
    }


cases = [
    score((7, 5, 2), 3, True),
    score((7, 5, 2), 3, False),
    score((4, 4, 1), 9, True),
    score((11, 2), 4, True),
    score((11, 2), 4, False),
    score((9,), 9, False),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"xplique": "1.4.0", "cases": cases}) + "\n")
