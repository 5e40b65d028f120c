"""CAMs of torchcam: cam_maps.json, beside this file. The networks are in float64, their exports in float32.

`layerMaps` are not scaled, and cut off below 0, as all of these methods do. Masks are scaled before they are upsampled here, and after that in
xaigrid; so the methods with masks are of layers with the positions of the sample.
"""

import json
import pathlib
import sys

import numpy as np
import torch
from torchcam import methods as library

folder = pathlib.Path(__file__).parent
sys.path[:0] = [str(folder.parent / "pytorch-grad-cam"), str(folder.parent / "quantus")]
from draws import normals, uniforms  # noqa: E402
from networks import CLASSES, Plain, ResNet, channels_last, exported, made, rounded  # noqa: E402

SAMPLES, SEED, DRAWS, NOISE, STEPS = 3, 7, 2, 0.5, 4
# The stream of SS-CAM's noise (libs/explainers/src/random-streams.ts).
STREAM = 0x55CA
SIMILAR = 2
classes = [sample % CLASSES for sample in range(SAMPLES)]


def noise_of(shape):
    """The noise of each draw, in the order in which xaigrid draws: of a sample, the draws of one feature map after the other."""
    samples, channels, *positions = shape
    size = int(np.prod(positions))
    draws = np.zeros((DRAWS, samples, channels, size))
    for sample in range(samples):
        numbers = uniforms(SEED, sample, STREAM)
        for channel in range(channels):
            for draw in range(DRAWS):
                draws[draw, sample, channel] = NOISE * np.asarray(normals(numbers, size))
    return iter(torch.tensor(draws).reshape(DRAWS, *shape))


def ss_cam(network, module):
    cam = library.SSCAM(network, module, num_samples=DRAWS, std=NOISE)
    draws = None

    def sample(shape):
        nonlocal draws
        draws = draws or noise_of(shape)
        return next(draws)

    cam._distrib.sample = sample
    return cam


METHODS = {
    "grad-cam": (library.GradCAM, {}),
    "layer-cam": (library.LayerCAM, {}),
    "xgrad-cam": (library.XGradCAM, {"epsilon": 1e-8}),
    "finer-cam": (
        lambda network, module: library.FinerCAM(network, module, base_method=library.LayerCAM, num_references=SIMILAR),
        {"base": "layer-cam", "references": SIMILAR},
    ),
}
MASKS = {
    "score-cam": (library.ScoreCAM, {"weights": "softmax"}),
    "ss-cam": (ss_cam, {"weights": "softmax", "draws": DRAWS, "noise": NOISE}),
    "is-cam": (
        lambda network, module: library.ISCAM(network, module, num_samples=STEPS),
        {"weights": "softmax", "steps": STEPS, "path": "cumulative"},
    ),
}


def case(network, samples, module, layer, method):
    make, params = (METHODS | MASKS)[method]
    with make(network, module) as cam:
        scores = network(samples)
        (maps,) = cam(classes, scores, normalized=False)
    return {**{"method": method, "params": params, "target": "logit", "layer": layer}, "layerMaps": rounded(maps)}


def network(kind, seed, shape, layers):
    made_network, samples = made(kind, seed, (SAMPLES, 2, *shape))
    return {
        **{"model": exported(made_network, samples), "inputs": channels_last(samples)},
        "cases": [
            case(made_network, samples, module, layer, method)
            for module, layer, methods in layers
            for method in methods
        ],
    }


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"torchcam": "0.5.0", "classes": classes},
            "networks": {
                "plain CNN": network(Plain, 3, (8, 10), [("act2", "act2", METHODS), ("act1", "act1", MASKS)]),
                "ResNet": network(
                    ResNet, 4, (8, 10), [("block2.act2", "block2.act2", METHODS), ("block1.act2", "block1.act2", MASKS)]
                ),
                # torchcam upsamples no signals: of SS-CAM and IS-CAM that is an error.
                "1-D CNN": network(
                    lambda: Plain(axes=1), 5, (16,), [("act2", "act2", METHODS), ("act1", "act1", ["score-cam"])]
                ),
            },
        }
    )
    + "\n"
)
