"""ROAD of pytorch-grad-cam without its noise, which no seed of the caller's reaches alone: road.json, beside this file."""

import json
import pathlib
import sys

import numpy as np
import torch
from pytorch_grad_cam.metrics import road
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "quantus"))
from network import Network, channels_last  # noqa: E402

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES = 6, 2, 9, 11, 3

random = np.random.default_rng(9)
inputs = torch.tensor(0.2 * random.normal(size=(SAMPLES, CHANNELS, HEIGHT, WIDTH)), dtype=torch.float32)
maps = random.uniform(0, 1, (SAMPLES, HEIGHT, WIDTH)).astype(np.float32)
# Values that tie: all at or above a percentile go together, of the lowest percentiles all there are.
maps[5] = np.round(4 * maps[5]) / 4
targets = [ClassifierOutputTarget(sample % CLASSES) for sample in range(SAMPLES)]
network = Network(CHANNELS, HEIGHT, WIDTH, CLASSES, softmax=True).eval()


class Quiet(road.NoisyLinearImputer):
    def __init__(self):
        super().__init__(noise=0)


road.NoisyLinearImputer = Quiet
asked = (inputs, maps, targets, network)
percentiles = [10, 20, 30, 40, 50, 60, 70, 80, 90]

pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"pytorch-grad-cam": "1.5.7", "inputShape": [HEIGHT, WIDTH, CHANNELS]},
            **{"inputs": channels_last(inputs), "maps": maps.tolist(), "percentiles": percentiles},
            **{
                "morf": road.ROADMostRelevantFirstAverage(percentiles)(*asked).tolist(),
                "lerf": road.ROADLeastRelevantFirstAverage(percentiles)(*asked).tolist(),
                "combined": road.ROADCombined(percentiles)(*asked).tolist(),
            },
        }
    )
    + "\n"
)
