"""What the authors' code of Integrated Grad-CAM gives on three networks: integrated_grad_cam.json, beside this file.

Their notebook (github.com/smstrzd/IntegratedGradCAM) adds up the maps of grad_cam of torchray at baseline + (x − baseline)·i/steps, i = 0 …
steps − 1. `difference` subtracts the feature maps of the baseline, as their gradient_to_grad_cam_saliency can. Logits are explained, in
float64.
"""

import json
import pathlib
import sys
import warnings

import torch
from torch import nn
from torchray.attribution.grad_cam import grad_cam

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "shared"))

from networks import CLASSES_EXPLAINED, channels_last, described, inputs_of, networks  # noqa: E402

warnings.filterwarnings("ignore")

STEPS = 7
BASELINES = {"zero": 0.0, "quarter": 0.25}
LAYERS = {"plain": ["features.1", "features.3"], "residual": ["block1", "block2.relu2"]}


def layer_maps(network, layer, value, difference):
    """The sum over the steps, `[n, 1, *grid]`."""
    module = dict(network.named_modules())[layer]
    found = []
    for x, c in zip(inputs_of(network), CLASSES_EXPLAINED.tolist()):
        baseline = torch.full_like(x, value)
        stack = torch.stack([baseline + (x - baseline) * (i / STEPS) for i in range(STEPS)])
        options = {}
        if difference:
            features = []
            handle = module.register_forward_hook(lambda _module, _inputs, output: features.append(output.detach()))
            network(baseline[None])
            handle.remove()

            def saliency(activations):
                weights = activations.grad.mean(dim=(2, 3), keepdim=True)
                return ((activations - features[0]) * weights).sum(dim=1, keepdim=True).clamp(min=0)

            options = {"gradient_to_saliency": saliency}
        maps = grad_cam(network, stack, c, saliency_layer=layer, **options)
        found.append(maps.detach().sum(dim=0))
    return torch.stack(found)


made = networks()
goldens = []
for name, layers in LAYERS.items():
    network = made[name]
    maps = {
        f"{layer}, {baseline}, {'difference' if difference else 'as it is'}": channels_last(
            nn.functional.interpolate(layer_maps(network, layer, value, difference), network.shape[1:], mode="bilinear")
        )
        for layer in layers
        for baseline, value in BASELINES.items()
        for difference in (False, True)
    }
    goldens.append({"name": name, **described(network), "maps": maps})
settings = {"steps": STEPS, "baselines": BASELINES, "layers": LAYERS}
(FOLDER / "integrated_grad_cam.json").write_text(
    json.dumps({"torchray": "1.0.0.2", "settings": settings, "networks": goldens}) + "\n"
)
