"""What Captum gives for the family of gradients on three networks: gradient_methods.json, beside this file.

Logits are explained. Captum draws no noise of its own: it is handed that of xaigrid's SmoothGrad.
"""

import json
import pathlib
import sys

import torch
from captum.attr import (
    DeepLift,
    Deconvolution,
    GuidedBackprop,
    GuidedGradCam,
    InputXGradient,
    IntegratedGradients,
    NoiseTunnel,
    Saliency,
)

FOLDER = pathlib.Path(__file__).parent
sys.path += [str(FOLDER.parent / "shared"), str(FOLDER.parent / "quantus")]

from draws import normals, uniforms  # noqa: E402
from networks import CLASSES_EXPLAINED, channels_last, described, inputs_of, networks  # noqa: E402

STEPS, DRAWS, NOISE, REFERENCE, SEED = 8, 6, 0.2, 0.25, 3
# The stream of SmoothGrad (libs/explainers/src/random-streams.ts).
STREAM = 4
RULES = {"midpoint": "riemann_middle", "trapezoid": "riemann_trapezoid", "gauss-legendre": "gausslegendre"}
REFERENCES = 2
# The last convolution; the export folds the batch norm into it.
LAYERS = {"PlainNetwork": "features.3", "ResidualNetwork": "block2.bn2", "SignalNetwork": "conv2"}


def noise_of(inputs):
    """`[SAMPLES · DRAWS, channels, ...]`: drawn channels last, draw after draw."""
    drawn = []
    for index, x in enumerate(inputs):
        numbers = uniforms(SEED, index, STREAM)
        last = x.movedim(0, -1).shape
        for _ in range(DRAWS):
            values = torch.tensor(normals(numbers, x.numel()), dtype=torch.float64).reshape(last)
            drawn.append(values.movedim(-1, 0) * NOISE * (x.max() - x.min()))
    return torch.stack(drawn)


def maps_of(network):
    inputs, target = inputs_of(network), CLASSES_EXPLAINED
    backgrounds = inputs.flip(0)[:REFERENCES] * 0.5
    integrated = IntegratedGradients(network)
    found = {"input-x-gradient": InputXGradient(network).attribute(inputs, target=target)}
    for rule, method in RULES.items():
        values = integrated.attribute(inputs, baselines=REFERENCE, target=target, n_steps=STEPS, method=method)
        # The weights of Captum's trapezoid add up to (n − 1)/n.
        found[f"integrated-gradients {rule}"] = values * (STEPS / (STEPS - 1) if rule == "trapezoid" else 1)
    means = inputs.flatten(2).mean(2).reshape(*inputs.shape[:2], *[1] * (inputs.dim() - 2)).expand_as(inputs)
    found["integrated-gradients mean"] = integrated.attribute(inputs, baselines=means, target=target, n_steps=STEPS)
    found["integrated-gradients background"] = sum(
        integrated.attribute(inputs, baselines=one[None].expand_as(inputs), target=target, n_steps=STEPS) for one in backgrounds
    ) / len(backgrounds)
    noise = noise_of(inputs)
    of = {
        "gradient": (Saliency(network), {"abs": False}),
        "gradient absolute": (Saliency(network), {"abs": True}),
        "input-x-gradient": (InputXGradient(network), {}),
        "integrated-gradients": (integrated, {"baselines": REFERENCE, "n_steps": STEPS, "method": "riemann_middle"}),
    }
    torch.normal = lambda _, deviations: noise.reshape(deviations.shape)
    for name, (method, options) in of.items():
        for kind in ("smoothgrad", "smoothgrad_sq", "vargrad"):
            found[f"{kind} {name}"] = NoiseTunnel(method).attribute(
                inputs, nt_type=kind, nt_samples=DRAWS, stdevs=1.0, target=target, **options
            )
    found["guided-backpropagation"] = GuidedBackprop(network).attribute(inputs, target=target)
    layer = network.get_submodule(LAYERS[type(network).__name__])
    found["guided-grad-cam"] = GuidedGradCam(network, layer).attribute(inputs, target=target)
    found["deconvnet"] = Deconvolution(network).attribute(inputs, target=target)
    found["deep-lift"] = DeepLift(network).attribute(inputs, baselines=REFERENCE, target=target)
    return {name: channels_last(values) for name, values in found.items()}, channels_last(backgrounds)


def golden(name, network):
    maps, background = maps_of(network)
    return {"name": name, **described(network), "background": background, "maps": maps}


(FOLDER / "gradient_methods.json").write_text(
    json.dumps(
        {
            "captum": "0.9.0",
            "settings": {"steps": STEPS, "draws": DRAWS, "noise": NOISE, "reference": REFERENCE, "seed": SEED},
            "networks": [golden(name, network) for name, network in networks().items()],
        }
    )
    + "\n"
)
