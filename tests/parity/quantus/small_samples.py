"""Samples, classes and maps for the small network, which the scripts of several metrics score."""

import json
import pathlib

import numpy as np
import quantus
from network import Network, channels_last

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES = 4, 2, 4, 4, 3
VALUES = CHANNELS * HEIGHT * WIDTH

rng = np.random.default_rng(1)
inputs = rng.uniform(-1, 1, (SAMPLES, CHANNELS, HEIGHT, WIDTH)).astype(np.float32)
classes = np.array([0, 1, 2, 0])


class Rounded(Network):
    """Outputs as an engine gives them, in float32; what is computed of them is in float64."""

    def forward(self, x):
        return super().forward(x).float().double()


models = {
    "logit": Rounded(CHANNELS, HEIGHT, WIDTH, CLASSES).eval(),
    "probability": Rounded(CHANNELS, HEIGHT, WIDTH, CLASSES, softmax=True).eval(),
}
# Where a value of an input stands when channels come last, by where it stands when they come first.
places = np.arange(VALUES).reshape(HEIGHT, WIDTH, CHANNELS).transpose(2, 0, 1).reshape(-1)
QUIET = {"disable_warnings": True, "display_progressbar": False}


def draw_maps(channels):
    return rng.normal(size=(SAMPLES, channels, HEIGHT, WIDTH)).astype(np.float32)


def scored(metric, maps, target):
    """Of each sample, or whatever else it returns. The maps are rounded, but computed with in float64."""
    return metric(
        **{"model": models[target], "x_batch": inputs.copy(), "y_batch": classes, "a_batch": maps.astype(np.float64)},
        # The model gives what is wanted; Quantus would make probabilities of it.
        **{"softmax": False, "channel_first": True},
    )


def write(script, cases):
    """Beside the script, under its name."""
    golden = {
        "quantus": quantus.__version__,
        "inputs": channels_last(inputs),
        "classes": classes.tolist(),
        "cases": cases,
    }
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps(golden) + "\n")
