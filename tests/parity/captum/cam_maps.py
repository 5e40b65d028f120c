"""CAMs of Captum: cam_maps.json, beside this file. The networks are in float64, their exports in float32.

`layerMaps` have their sign, Captum's default; `maps` are these as LayerAttribution.interpolate upsamples them by default.
"""

import json
import pathlib
import sys

import torch
from captum.attr import LayerAttribution, LayerGradCam, LayerGradientXActivation

folder = pathlib.Path(__file__).parent
sys.path.insert(0, str(folder.parent / "pytorch-grad-cam"))
from networks import CLASSES, Plain, ResNet, channels_last, exported, made, rounded  # noqa: E402

SAMPLES = 3
classes = [sample % CLASSES for sample in range(SAMPLES)]
METHODS = {
    "grad-cam": lambda network, layer, samples: LayerGradCam(network, layer).attribute(samples, target=classes),
    # HiResCAM by its definition: Captum has the products, and leaves them apart.
    "hires-cam": lambda network, layer, samples: LayerGradientXActivation(network, layer)
    .attribute(samples, target=classes)
    .sum(1, keepdim=True),
}
TARGETS = {"logit": lambda network: network, "probability": lambda network: torch.nn.Sequential(network, torch.nn.Softmax(1))}


def case(network, samples, module, layer, method, target):
    explained = TARGETS[target](network).eval()
    found = METHODS[method](explained, network.get_submodule(module), samples)
    return {
        **{"method": method, "target": target, "layer": layer},
        **{"layerMaps": rounded(found[:, 0]), "maps": rounded(LayerAttribution.interpolate(found, samples.shape[2:])[:, 0])},
    }


def network(kind, seed, shape, layers):
    made_network, samples = made(kind, seed, (SAMPLES, 2, *shape))
    return {
        **{"model": exported(made_network, samples), "inputs": channels_last(samples)},
        "cases": [
            case(made_network, samples, module, layer, method, target)
            for module, layer in layers.items()
            for method in METHODS
            for target in TARGETS
        ],
    }


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"captum": "0.9.0", "classes": classes},
            "networks": {
                "plain CNN": network(Plain, 3, (8, 10), {"act2": "act2", "conv2": "conv2"}),
                "ResNet": network(ResNet, 4, (8, 10), {"block2.act2": "block2.act2", "block2.bn2": "block2.conv2"}),
                "1-D CNN": network(lambda: Plain(axes=1), 5, (16,), {"act2": "act2"}),
            },
        }
    )
    + "\n"
)
