"""AverageDropMetric, AverageIncreaseMetric and AverageGainMetric of Xplique 2.0.2 (1.4.0 has none): average_drop.json, beside this file.

The network is that of ../quantus/network.py, channels last as Keras has them.
"""

import json
import pathlib

import numpy as np
import tensorflow as tf
from xplique.metrics import AverageDropMetric, AverageGainMetric, AverageIncreaseMetric

SAMPLES, HEIGHT, WIDTH, CHANNELS, CLASSES = 6, 4, 3, 2, 3

random = np.random.default_rng(5)
count = HEIGHT * WIDTH * CHANNELS
weight = np.cos(3 * np.arange(count)[:, None] + 5 * np.arange(CLASSES)[None]).astype(np.float32)
inputs = random.uniform(-1, 1, (SAMPLES, HEIGHT, WIDTH, CHANNELS)).astype(np.float32)
maps = random.normal(size=(SAMPLES, HEIGHT, WIDTH)).astype(np.float32)
maps_of_channels = random.normal(size=(SAMPLES, HEIGHT, WIDTH, CHANNELS)).astype(np.float32)
targets = tf.one_hot(np.arange(SAMPLES) % CLASSES, CLASSES)

model = tf.keras.Sequential([tf.keras.layers.Input((HEIGHT, WIDTH, CHANNELS)), tf.keras.layers.Flatten(), tf.keras.layers.Dense(CLASSES, use_bias=False, activation="softmax")])
model.set_weights([weight])


def of_samples(metric, given):
    return metric(model, inputs, targets).detailed_evaluate(inputs, targets, given).tolist()


cases = [
    {
        "maps": given.tolist(),
        "drop": of_samples(AverageDropMetric, given),
        "increase": of_samples(AverageIncreaseMetric, given),
        "gain": of_samples(AverageGainMetric, given),
    }
    for given in (maps, maps_of_channels)
]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"xplique": "2.0.2", "inputShape": [HEIGHT, WIDTH, CHANNELS], "inputs": inputs.tolist(), "cases": cases}) + "\n"
)
