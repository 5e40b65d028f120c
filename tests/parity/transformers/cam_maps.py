"""CAMs of pytorch-grad-cam at layers of tokens: cam_maps.json, beside this file. The networks are in float64, their exports in float32.

`layerMaps` are what a method makes of a layer, with their sign. The library's `reshape_transform` lays tokens on their grid.
"""

import json
import pathlib

import numpy as np
import pytorch_grad_cam as library
from networks import CLASSES_EXPLAINED, made, rounded
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget, ClassifierOutputTarget

METHODS = {
    "grad-cam": library.GradCAM,
    "grad-cam-plus-plus": library.GradCAMPlusPlus,
    "layer-cam": library.LayerCAM,
    "hires-cam": library.HiResCAM,
    "xgrad-cam": library.XGradCAM,
    # Its sign is whatever LAPACK's singular vector has.
    "eigen-cam": library.EigenCAM,
}


def of_tokens(before, rows, columns):
    return lambda values: values[:, before:].reshape(values.shape[0], rows, columns, -1).movedim(-1, 1)


def of_positions(values):
    return values.movedim(-1, 1)


# The layer that pytorch-grad-cam's examples take, by its name in the file; then a block's output.
LAYERS = {
    "torchvision ViT": [("encoder.layers.encoder_layer_2.ln_1", None), ("encoder.layers.encoder_layer_1", "encoder_layer_1/Add_1")],
    "timm ViT": [("blocks.2.norm1", None)],
    "timm ViT with registers": [("blocks.2.norm1", None)],
    "timm DeiT": [("blocks.1.norm1", None)],
    "torchvision Swin": [("features.3.1.norm1", None), ("features.1.1", "features.1.1/Add_1")],
    "timm Swin": [("layers.1.blocks.1.norm1", None)],
}
TOKENS = {
    "torchvision ViT": of_tokens(1, 3, 3),
    "timm ViT": of_tokens(1, 4, 3),
    "timm ViT with registers": of_tokens(3, 4, 3),
    "timm DeiT": of_tokens(2, 4, 3),
    "torchvision Swin": of_positions,
    "timm Swin": of_positions,
}


def case(network, samples, module, layer, method, target, transform):
    with METHODS[method](network, [network.get_submodule(module)], reshape_transform=transform) as cam:
        layer_maps = []
        made_by = cam.get_cam_image
        cam.get_cam_image = lambda *asked: layer_maps.append(made_by(*asked)) or layer_maps[-1]
        cam(samples, [target(index) for index in CLASSES_EXPLAINED])
    return {
        **{"method": method, "target": "logit" if target is ClassifierOutputTarget else "probability", "layer": layer or ""},
        "layerMaps": rounded(np.asarray(layer_maps[0])),
    }


def network(name):
    network, samples = made(name)
    return [
        case(network, samples, module, layer, method, target, TOKENS[name])
        for module, layer in LAYERS[name]
        for method in METHODS
        for target in (ClassifierOutputTarget, ClassifierOutputSoftmaxTarget)
        if target is ClassifierOutputTarget or method == "grad-cam"
        # A layer normalisation follows, which ignores the size of what it reads: HiResCAM is 0 there.
        if not (method == "hires-cam" and layer == "encoder_layer_1/Add_1")
    ]


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"pytorch-grad-cam": "1.5.7", "classes": CLASSES_EXPLAINED, "cases": {name: network(name) for name in LAYERS}}) + "\n"
)
