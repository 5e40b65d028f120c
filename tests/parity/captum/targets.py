"""What Captum gives for logits, logarithms of probabilities, and differences of two classes: targets.json, beside this file.

Captum explains what its forward function returns. The network is in float64; its export ends in Softmax and is in float32.
"""

import base64
import json
import pathlib
import sys

import torch
from captum.attr import DeepLift, InputXGradient, IntegratedGradients, LayerGradCam, Occlusion, Saliency

SAMPLES, CLASSES, LENGTH, STEPS = 5, 4, 8, 8
FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "shared"))

from onnx_export import onnx_bytes  # noqa: E402


class Network(torch.nn.Module):
    """Gives logits, or what `ending` makes of them."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv1d(2, 6, 3, padding=1)
        self.act1 = torch.nn.Tanh()
        self.pool = torch.nn.AvgPool1d(2)
        self.conv2 = torch.nn.Conv1d(6, 5, 3, padding=1)
        self.act2 = torch.nn.ReLU()
        self.head = torch.nn.Linear(5 * LENGTH // 2, CLASSES)
        self.ending = None

    def forward(self, x):
        x = self.act1(self.conv1(x))
        x = self.act2(self.conv2(self.pool(x)))
        z = self.head(x.flatten(1))
        return z if self.ending is None else self.ending(z)


torch.manual_seed(5)
network = Network()
with torch.no_grad():
    # Rounded as the export is.
    network.head.weight *= 4
network = network.double().eval()
inputs = torch.randn(SAMPLES, 2, LENGTH).double()
reference = torch.randn(1, 2, LENGTH).double()
classes = torch.tensor([0, 1, 2, 3, 0])
contrasts = torch.tensor([1, 2, 3, 0, 3])

ENDINGS = {
    "probability": torch.nn.Softmax(dim=1),
    "logit": None,
    "log-probability": torch.nn.LogSoftmax(dim=1),
}


class OfClasses(torch.nn.Module):
    """One number a sample: of its class, less that of another class where that is wanted."""

    def __init__(self, contrasted):
        super().__init__()
        self.network = network
        self.contrasted = contrasted

    def forward(self, x):
        z = self.network(x)
        # Methods that repeat samples keep their order.
        times = z.shape[0] // SAMPLES

        def of(indices):
            return z.gather(1, indices.repeat(times)[:, None])

        return of(classes) - of(contrasts) if self.contrasted else of(classes)


def attributions(target, contrasted):
    network.ending = ENDINGS[target]
    explained = OfClasses(contrasted)
    cam = LayerGradCam(explained, network.act2).attribute(inputs, target=0, relu_attributions=True)
    found = {
        "gradient": Saliency(explained).attribute(inputs, target=0, abs=False),
        "input-x-gradient": InputXGradient(explained).attribute(inputs, target=0),
        "integrated-gradients": IntegratedGradients(explained).attribute(
            inputs, baselines=0.25, target=0, n_steps=STEPS, method="riemann_middle"
        ),
        "grad-cam": torch.nn.functional.interpolate(cam, LENGTH, mode="linear", align_corners=False),
        "occlusion": Occlusion(explained).attribute(inputs, (2, 2), strides=(2, 2), target=0)[:, :1],
    }
    if target == "logit":
        # Captum has a rule of its own for Softmax; without one both are DeepLIFT's rescale rule.
        found["shap-deep"] = DeepLift(explained).attribute(inputs, baselines=reference.expand_as(inputs), target=0)
    return {name: values.detach().transpose(1, 2).tolist() for name, values in found.items()}


def exported():
    network.ending = ENDINGS["probability"]
    file = onnx_bytes(network.float(), inputs[:1].float())
    network.double()
    return file


(FOLDER / "targets.json").write_text(
    json.dumps(
        {
            "captum": "0.9.0",
            "model": base64.b64encode(exported()).decode(),
            "layer": "act2",
            "inputs": inputs.transpose(1, 2).tolist(),
            "reference": reference.transpose(1, 2).tolist(),
            "classes": classes.tolist(),
            "contrasts": contrasts.tolist(),
            "settings": {"steps": STEPS, "reference": 0.25, "window": 2},
            "cases": [
                {"target": target, "contrasted": contrasted, "maps": attributions(target, contrasted)}
                for target in ENDINGS
                for contrasted in (False, True)
            ],
        }
    )
    + "\n"
)
