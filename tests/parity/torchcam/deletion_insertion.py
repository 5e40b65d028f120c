"""What DeletionInsertionMetric of torchcam gives for maps handed to it: deletion_insertion.json, beside this file."""

import json
import pathlib
import sys

import torch
from torchcam.metrics import DeletionInsertionMetric

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "quantus"))
from network import Network, channels_last  # noqa: E402

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES = 4, 2, 3, 3, 3

torch.manual_seed(5)
network = Network(CHANNELS, HEIGHT, WIDTH, CLASSES)
inputs = torch.rand(SAMPLES, CHANNELS, HEIGHT, WIDTH).float() - 0.5
maps = torch.rand(SAMPLES, HEIGHT, WIDTH).float()
# Values that tie, and a map that says nothing.
maps[2] = (3 * maps[2]).round()
maps[3] = 0.5
classes = [0, 1, 2, 0]


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


def areas(sample, **options):
    metric = DeletionInsertionMetric(Given(sample), lambda logits: torch.softmax(logits, dim=-1), **options)
    metric.update(inputs[sample : sample + 1], classes[sample])
    return metric.summary()


cases = [{"steps": steps, "areas": [areas(sample, steps=steps) for sample in range(SAMPLES)]} for steps in (1, 4, 7, 20)]
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"torchcam": "0.5.0", "inputs": channels_last(inputs), "maps": maps.tolist(), "classes": classes, "cases": cases})
    + "\n"
)
