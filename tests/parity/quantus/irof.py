"""IROF of Quantus: irof.json, beside this file.

One sample a batch: Quantus replaces segments by the mean of the batch, and fills up shorter curves to the longest of it.
"""

import json
import pathlib
import warnings

import numpy as np
import quantus
from scipy.ndimage import gaussian_filter

from network import Network, channels_last

warnings.filterwarnings("ignore")
SAMPLES, CLASSES, EXTENT = 3, 3, 16

generator = np.random.default_rng(7)
shape = (SAMPLES, 1, EXTENT, EXTENT)
smooth = np.stack([gaussian_filter(generator.normal(size=(EXTENT, EXTENT)), sigma) for sigma in (0.5, 1, 2)])[:, None]
inputs = (0.2 * smooth / np.abs(smooth).max(axis=(1, 2, 3), keepdims=True)).astype(np.float32).astype(np.float64)
maps = generator.normal(size=shape).astype(np.float32).astype(np.float64)
classes = np.arange(SAMPLES) % CLASSES
network = Network(1, EXTENT, EXTENT, CLASSES).eval()
metric = quantus.IROF(return_aggregate=False, disable_warnings=True)


def scores(batch_size):
    return metric(
        **{"model": network, "x_batch": inputs.copy(), "y_batch": classes, "a_batch": maps.copy(), "device": "cpu"},
        **{"channel_first": True, "batch_size": batch_size},
    )


pathlib.Path(__file__).with_name("irof.json").write_text(
    json.dumps(
        {
            **{"quantus": "0.6.0", "inputShape": [EXTENT, EXTENT, 1]},
            **{"inputs": channels_last(inputs), "maps": channels_last(maps)},
            **{"irof": scores(1), "inOneBatch": scores(SAMPLES)},
        },
        default=float,
    )
    + "\n"
)
