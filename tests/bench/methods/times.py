"""How long methods of Captum, pytorch-grad-cam, shap and zennit take, and the models that both sides run.

times.py models FOLDER: writes FOLDER/NAME.onnx of each model, with seeded random weights.
times.py serve FOLDER: reads one case a line, as JSON, explains the samples of FOLDER/NAME-inputs.bin with it, one thread, and answers each
line with the seconds that it took.
"""

import json
import pathlib
import sys
import time

import numpy as np
import torch
import torchvision
from torch import nn

SHAPES = {"signals": (1, 40), "vgg7": (3, 224, 224), "resnet50": (3, 224, 224), "vit": (3, 224, 224)}


def signals():
    """The shape of the demo's model: three convolutions of 25 filters."""
    layers = []
    for channels in (1, 25, 25):
        layers += [nn.Conv1d(channels, 25, 5, stride=2, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(100, 10))


def vgg7():
    layers = []
    for at, (before, after) in enumerate(((3, 32), (32, 32), (32, 64), (64, 64))):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        if at % 2 == 1:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 8))


MAKERS = {
    "signals": signals,
    "vgg7": vgg7,
    "resnet50": lambda: torchvision.models.resnet50(weights=None),
    "vit": lambda: torchvision.models.vit_b_16(weights=None),
}


def network(name):
    torch.manual_seed(1)
    return MAKERS[name]().eval()


def last_convolution(name, model):
    if name == "resnet50":
        return model.layer4[-1]
    return [layer for layer in model.modules() if isinstance(layer, (nn.Conv1d, nn.Conv2d))][-1]


def write_models(folder):
    for name, shape in SHAPES.items():
        torch.onnx.export(
            nn.Sequential(network(name), nn.Softmax(dim=1)).eval(),
            (torch.zeros(2, *shape),),
            folder / f"{name}.onnx",
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )


def cells(shape, side):
    """Which feature each position belongs to: squares, or stretches of a signal."""
    counts = [extent // side for extent in shape[1:]]
    mask = torch.arange(int(np.prod(counts))).reshape(counts)
    for axis in range(len(counts)):
        mask = mask.repeat_interleave(side, dim=axis)
    return mask[None, None].expand(1, *shape)


def captum_run(name, model, method, options):
    import captum.attr

    options = dict(options)
    if "cells" in options:
        options["feature_mask"] = cells(SHAPES[name], options.pop("cells"))
    if "window" in options:
        window = options.pop("window")
        shape = SHAPES[name]
        options["sliding_window_shapes"] = (shape[0], *[window] * (len(shape) - 1))
        options["strides"] = options["sliding_window_shapes"]
    if method == "GradientShap":
        options["baselines"] = torch.zeros(10, *SHAPES[name])
    if method == "SmoothGrad":
        attribution = captum.attr.NoiseTunnel(captum.attr.Saliency(model))
        return lambda x, classes: attribution.attribute(x, target=classes, abs=False, nt_type="smoothgrad", **options)
    if method in ("LayerGradCam", "GuidedGradCam"):
        attribution = getattr(captum.attr, method)(model, last_convolution(name, model))
    else:
        attribution = getattr(captum.attr, method)(model)
    if method == "LayerGradCam":
        resize = captum.attr.LayerAttribution.interpolate
        mode = "linear" if len(SHAPES[name]) == 2 else "bilinear"
        return lambda x, classes: resize(attribution.attribute(x, target=classes, **options), SHAPES[name][1:], mode)
    # Masks of features are of one sample, and so are the steps of the linear models.
    if "feature_mask" in options:
        return lambda x, classes: [
            attribution.attribute(x[at : at + 1], target=int(classes[at]), **options) for at in range(len(x))
        ]
    return lambda x, classes: attribution.attribute(x, target=classes, **options)


def grad_cam_run(name, model, method, options):
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    cam = getattr(pytorch_grad_cam, method)(model=model, target_layers=[last_convolution(name, model)])
    for key, value in options.items():
        setattr(cam, key, value)
    return lambda x, classes: cam(input_tensor=x, targets=[ClassifierOutputTarget(int(one)) for one in classes])


def shap_run(name, model, method, options):
    import shap

    explainer = getattr(shap, method)(model, torch.zeros(options["references"], *SHAPES[name]))
    # It explains every class that is asked for by rank; here the one of each sample.
    return lambda x, classes: explainer.shap_values(x, ranked_outputs=1, check_additivity=False)


def zennit_run(name, model, method, options):
    from zennit.attribution import Gradient
    from zennit.composites import EpsilonPlus
    from zennit.torchvision import ResNetCanonizer

    composite = EpsilonPlus(canonizers=[ResNetCanonizer()] if name == "resnet50" else [])
    outputs = torch.eye({"signals": 10, "vgg7": 8}.get(name, 1000))

    def run(x, classes):
        with Gradient(model=model, composite=composite) as attributor:
            return attributor(x, outputs[classes])

    return run


RUNS = {"captum": captum_run, "pytorch-grad-cam": grad_cam_run, "shap": shap_run, "zennit": zennit_run}


def serve(folder):
    torch.set_num_threads(1)
    made = {}
    for line in sys.stdin:
        case = json.loads(line)
        name, samples = case["model"], case["samples"]
        shape = SHAPES[name]
        if made.get("line") != line:
            model = network(name)
            inputs = np.fromfile(folder / f"{name}-inputs.bin", dtype=np.float32)
            # Channels last on the other side.
            inputs = inputs.reshape(-1, *shape[1:], shape[0])[:samples]
            x = torch.as_tensor(np.moveaxis(inputs, -1, 1).copy())
            with torch.no_grad():
                classes = model(x).argmax(1)
            made = {"line": line, "x": x, "classes": classes}
            made["run"] = RUNS[case["library"]](name, model, case["method"], case["options"])
        started = time.process_time()
        made["run"](made["x"], made["classes"])
        print(json.dumps({"seconds": time.process_time() - started}), flush=True)


if __name__ == "__main__":
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    {"models": write_models, "serve": serve}[what](folder)
