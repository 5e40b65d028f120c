"""What ClassificationMetric of torchcam gives for maps handed to it: average_drop.json, beside this file."""

import json
import pathlib
import sys

import numpy as np
import torch
from torchcam.metrics import ClassificationMetric

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "quantus"))
from network import Network, channels_last  # noqa: E402

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES = 6, 2, 4, 3, 3

random = np.random.default_rng(3)
network = Network(CHANNELS, HEIGHT, WIDTH, CLASSES)
inputs = torch.tensor(random.uniform(-1, 1, (SAMPLES, CHANNELS, HEIGHT, WIDTH)), dtype=torch.float32)
maps = torch.tensor(random.uniform(0, 1, (SAMPLES, HEIGHT, WIDTH)), dtype=torch.float32)
classes = [sample % CLASSES for sample in range(SAMPLES)]


class Given:
    """In place of an extractor of class activation maps: gives the map of the one sample that is asked."""

    def __init__(self, sample):
        self.model, self.map = network, maps[sample : sample + 1]

    def __call__(self, class_idx, scores):
        return [self.map]

    def fuse_cams(self, cams):
        return cams[0]

    def _hooks_off(self):
        return torch.no_grad()


def summary(sample):
    metric = ClassificationMetric(Given(sample), lambda logits: torch.softmax(logits, dim=-1))
    metric.update(inputs[sample : sample + 1], classes[sample])
    return metric.summary()


found = [summary(sample) for sample in range(SAMPLES)]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"torchcam": "0.5.0", "inputShape": [HEIGHT, WIDTH, CHANNELS], "inputs": channels_last(inputs), "maps": maps.tolist()},
            **{"drop": [one["avg_drop"] for one in found], "increase": [one["conf_increase"] for one in found]},
        }
    )
    + "\n"
)
