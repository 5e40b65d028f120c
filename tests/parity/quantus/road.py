"""ROAD of Quantus, and its noisy linear imputation: road.json, beside this file.

Noise is left out, so that both can be compared; all samples are one batch, as Quantus looks at the first alone.
"""

import json
import pathlib
import warnings

import numpy as np
import quantus
from quantus.functions.perturb_func import noisy_linear_imputation

from network import Network, channels_last

warnings.filterwarnings("ignore")
SAMPLES, CLASSES, EXTENT = 6, 3, 10

generator = np.random.default_rng(8)
shape = (SAMPLES, 1, EXTENT, EXTENT)
inputs = (0.2 * generator.normal(size=shape)).astype(np.float32).astype(np.float64)
maps = generator.normal(size=shape).astype(np.float32).astype(np.float64)
classes = np.arange(SAMPLES) % CLASSES
network = Network(1, EXTENT, EXTENT, CLASSES).eval()
metric = quantus.ROAD(noise=0, disable_warnings=True)
accuracy = metric(
    **{"model": network, "x_batch": inputs.copy(), "y_batch": classes, "a_batch": maps.copy(), "device": "cpu"},
    **{"channel_first": True, "batch_size": SAMPLES},
)

# Two channels; a block at a border, scattered positions, and all but one.
image = generator.normal(size=(2, EXTENT, EXTENT)).astype(np.float32).astype(np.float64)
missing = [
    np.array([row * EXTENT + column for row in range(7) for column in range(3, 9)]),
    np.sort(generator.choice(EXTENT * EXTENT, 40, replace=False)),
    np.delete(np.arange(EXTENT * EXTENT), 37),
]
imputed = [noisy_linear_imputation(image, indices, noise=0) for indices in missing]

pathlib.Path(__file__).with_name("road.json").write_text(
    json.dumps(
        {
            **{"quantus": "0.6.0", "inputShape": [EXTENT, EXTENT, 1]},
            **{"inputs": channels_last(inputs), "maps": channels_last(maps), "accuracy": list(accuracy.values())},
            "imputation": {
                "image": image.reshape(2, -1).tolist(),
                "cases": [
                    {"missing": indices.tolist(), "imputed": found.reshape(2, -1).tolist()}
                    for indices, found in zip(missing, imputed)
                ],
            },
        },
        default=float,
    )
    + "\n"
)
