"""CAMs of pytorch-grad-cam: cam_maps.json, beside this file. The networks are in float64, their exports in float32.

`layerMaps` are what a method makes of a layer, with their sign; `maps` are what its call returns: cut off below 0, resized and scaled.
"""

import json
import pathlib

import numpy as np
import pytorch_grad_cam as library
import torch
from networks import CLASSES, Plain, ResNet, channels_last, exported, made, rounded
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget, ClassifierOutputTarget

SAMPLES = 3
METHODS = {
    "grad-cam": library.GradCAM,
    "grad-cam-plus-plus": library.GradCAMPlusPlus,
    "layer-cam": library.LayerCAM,
    "hires-cam": library.HiResCAM,
    "xgrad-cam": library.XGradCAM,
    # Their sign is whatever LAPACK's singular vector has.
    "eigen-cam": library.EigenCAM,
    "eigen-grad-cam": library.EigenGradCAM,
    # It replaces a feature map by zeros only where 0 is the layer's smallest value, otherwise by −1e7.
    "ablation-cam": library.AblationCAM,
}
TARGETS = {"logit": ClassifierOutputTarget, "probability": ClassifierOutputSoftmaxTarget}
classes = [sample % CLASSES for sample in range(SAMPLES)]


def case(network, samples, module, layer, method, target):
    with METHODS[method](network, [network.get_submodule(module)]) as cam:
        layer_maps = []
        made_by = cam.get_cam_image
        cam.get_cam_image = lambda *asked: layer_maps.append(made_by(*asked)) or layer_maps[-1]
        maps = cam(samples, [TARGETS[target](index) for index in classes])
    return {
        **{"method": method, "target": target, "layer": layer},
        **{"layerMaps": rounded(np.asarray(layer_maps[0])), "maps": rounded(maps)},
    }


def finer_case(network, samples, module, layer, base):
    """Of the logit, since the library weights the similar classes by the softmax of the output."""
    layer_maps, maps = [], []
    for index, sample in zip(classes, samples, strict=True):
        with library.FinerCAM(network, [network.get_submodule(module)], base_method=METHODS[base]) as cam:
            made_by = cam.base_cam.get_cam_image
            cam.base_cam.get_cam_image = lambda *asked: layer_maps.append(made_by(*asked)[0]) or layer_maps[-1][None]
            maps.append(cam(sample[None], alpha=0.8, target_idx=index)[0])
    return {
        **{"method": "finer-cam", "params": {"base": base, "strength": 0.8, "comparison": "weighted"}},
        **{"target": "logit", "layer": layer},
        **{"layerMaps": rounded(np.asarray(layer_maps)), "maps": rounded(np.asarray(maps))},
    }


def network(kind, seed, layers):
    made_network, samples = made(kind, seed, (SAMPLES, 2, 8, 10))
    return {
        **{"model": exported(made_network, samples), "inputs": channels_last(samples)},
        "cases": [
            case(made_network, samples, module, layer, method, target)
            for module, layer in layers.items()
            for method in METHODS
            for target in TARGETS
            if method != "ablation-cam" or "act2" in layer
        ]
        + [
            finer_case(made_network, samples, module, layer, base)
            for module, layer in layers.items()
            for base in ("grad-cam", "hires-cam", "layer-cam")
        ],
    }


torch.set_default_dtype(torch.float32)
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"pytorch-grad-cam": "1.5.7", "classes": classes},
            "networks": {
                # The layer that gives the positive feature maps, and one whose values are of either sign.
                "plain CNN": network(Plain, 3, {"act2": "act2", "conv2": "conv2"}),
                # A batch norm is folded into the convolution before it.
                "ResNet": network(ResNet, 4, {"block2.act2": "block2.act2", "block2.bn2": "block2.conv2"}),
            },
        }
    )
    + "\n"
)
