"""DropInConfidence and IncreaseInConfidence of pytorch-grad-cam: average_drop.json, beside this file."""

import json
import pathlib
import sys

import numpy as np
import torch
from pytorch_grad_cam.metrics.cam_mult_image import DropInConfidence, IncreaseInConfidence
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "quantus"))
from network import Network, channels_last  # noqa: E402

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES = 6, 2, 4, 3, 3

random = np.random.default_rng(4)
inputs = torch.tensor(random.uniform(-1, 1, (SAMPLES, CHANNELS, HEIGHT, WIDTH)), dtype=torch.float32)
maps = random.uniform(0, 1, (SAMPLES, HEIGHT, WIDTH)).astype(np.float32)
targets = [ClassifierOutputTarget(sample % CLASSES) for sample in range(SAMPLES)]


def cases():
    for target in ("probability", "logit"):
        network = Network(CHANNELS, HEIGHT, WIDTH, CLASSES, softmax=target == "probability").eval()
        asked = (inputs, maps, targets, network)
        yield {"target": target, "drop": DropInConfidence()(*asked).tolist(), "increase": IncreaseInConfidence()(*asked).tolist()}


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"pytorch-grad-cam": "1.5.7", "inputShape": [HEIGHT, WIDTH, CHANNELS]},
            **{"inputs": channels_last(inputs), "maps": maps.tolist(), "cases": list(cases())},
        }
    )
    + "\n"
)
