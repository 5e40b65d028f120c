"""What Deletion and Insertion of Xplique give for maps handed to them: deletion_insertion.json, beside this file.

The network is that of ../quantus/network.py, channels last as Keras has them.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf
from xplique.metrics import Deletion, Insertion

SAMPLES, HEIGHT, WIDTH, CHANNELS, CLASSES = 4, 3, 3, 2, 3

random = np.random.default_rng(6)
count = HEIGHT * WIDTH * CHANNELS
weight = np.cos(3 * np.arange(count)[:, None] + 5 * np.arange(CLASSES)[None]).astype(np.float32)
inputs = (random.random((SAMPLES, HEIGHT, WIDTH, CHANNELS)) - 0.5).astype(np.float32)
# No two values are equal: NumPy's sort gives no promise of their order.
maps = random.permuted(np.tile(np.arange(HEIGHT * WIDTH, dtype=np.float32), (SAMPLES, 1)), axis=1).reshape(SAMPLES, HEIGHT, WIDTH)
maps_of_channels = random.random((SAMPLES, HEIGHT, WIDTH, CHANNELS)).astype(np.float32)
classes = [0, 1, 2, 0]

model = tf.keras.Sequential([tf.keras.layers.Input((HEIGHT, WIDTH, CHANNELS)), tf.keras.layers.Flatten(), tf.keras.layers.Dense(CLASSES, use_bias=False, activation="softmax")])
model.set_weights([weight])


def area(metric, sample, given, **options):
    """One sample at a time: Xplique gives the mean of all."""
    targets = tf.one_hot([classes[sample]], CLASSES)
    return float(metric(model, inputs[sample : sample + 1], targets, **options).evaluate(given[sample : sample + 1]))


cases = [
    {
        "steps": steps,
        "baseline": baseline,
        "maps": name,
        "deletion": [area(Deletion, sample, given, steps=steps, baseline_mode=baseline) for sample in range(SAMPLES)],
        "insertion": [area(Insertion, sample, given, steps=steps, baseline_mode=baseline) for sample in range(SAMPLES)],
    }
    for steps, baseline, name, given in [(10, 0.0, "maps", maps), (4, 0.25, "maps", maps), (3, 0.0, "mapsOfChannels", maps_of_channels)]
]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {"xplique": "1.4.0", "inputs": inputs.tolist(), "maps": maps.tolist(), "mapsOfChannels": maps_of_channels.tolist(), "classes": classes, "cases": cases}
    )
    + "\n"
)
