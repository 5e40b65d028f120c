"""What BlurIG and GuidedIG of saliency give on three networks: path_methods.json, beside this file.

Logits are explained. Inputs come channels last, as the package has them. It blurs images only, so signals have no BlurIG.
"""

import json
import pathlib
import sys

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "shared"))

from networks import CLASSES_EXPLAINED, channels_last, described, inputs_of, networks  # noqa: E402
from saliency.core import INPUT_OUTPUT_GRADIENTS, blur_ig, guided_ig  # noqa: E402

np.quantile_of_today = np.quantile


def quantile(values, fraction, interpolation):
    """NumPy has another name for the option today."""
    return np.quantile_of_today(values, fraction, method=interpolation)


np.quantile = quantile

MAX_SIGMA, BLUR_STEPS = 6.0, 12
STEPS, REFERENCE = 20, 0.25
GUIDED = {"usual": (0.25, 0.1), "free": (0.1, 1.0), "straight": (0.5, 0.0)}


def maps_of(network):
    def call(x, call_model_args, expected_keys):
        points = torch.tensor(np.asarray(x)).movedim(-1, 1).requires_grad_()
        network(points)[:, call_model_args].sum().backward()
        return {INPUT_OUTPUT_GRADIENTS: points.grad.movedim(1, -1).numpy()}

    inputs = inputs_of(network).movedim(1, -1).numpy()
    classes = CLASSES_EXPLAINED.tolist()

    def each(explain):
        return torch.tensor(np.stack([explain(x, c) for x, c in zip(inputs, classes)])).movedim(-1, 1)

    found = {}
    if inputs.ndim == 4:
        for spacing in ("linear", "square-root"):
            method = blur_ig.BlurIG()
            found[f"blur {spacing}"] = each(
                lambda x, c: method.GetMask(x, call, c, max_sigma=MAX_SIGMA, steps=BLUR_STEPS, sqrt=spacing != "linear")
            )
    for name, (fraction, distance) in GUIDED.items():
        found[f"guided {name}"] = each(
            lambda x, c: guided_ig.GuidedIG().GetMask(
                x, call, c, x_baseline=np.full_like(x, REFERENCE), x_steps=STEPS, fraction=fraction, max_dist=distance
            )
        )
    return {name: channels_last(values) for name, values in found.items()}


settings = {
    "maxSigma": MAX_SIGMA,
    "blurSteps": BLUR_STEPS,
    "steps": STEPS,
    "reference": REFERENCE,
    "guided": {name: {"fraction": fraction, "maxDistance": distance} for name, (fraction, distance) in GUIDED.items()},
}
(FOLDER / "path_methods.json").write_text(
    json.dumps(
        {
            "saliency": "0.2.1",
            "settings": settings,
            "networks": [{"name": name, **described(network), "maps": maps_of(network)} for name, network in networks().items()],
        }
    )
    + "\n"
)
