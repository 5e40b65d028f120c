"""What extremal_perturbation of torchray gives on four networks: extremal_perturbation.json, beside this file.

Logits are explained. torchray computes in float32 wherever it names a type; here it computes in float64, and once more in float32, which
says how much rounding alone changes a mask. Equal values of a mask, of which there are many at first, are sorted in whatever order their
last bits give; here they are sorted as float32, equal ones by their place, as xaigrid does. Masks lie within 0 and 1 by themselves, but are
cut off there once more; PyTorch's gradient of that was 1 at the bounds when torchray was written and is 0 today, so it is left out. Masks are
those before the last step, so torchray takes one step more.
"""

import contextlib
import json
import math
import pathlib
import sys
import warnings

import torch
from torch import nn
from torchray import utils
from torchray.attribution.extremal_perturbation import MaskGenerator, Perturbation, extremal_perturbation

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "shared"))

from networks import CLASSES, CLASSES_EXPLAINED, channels_last, described, inputs_of, networks  # noqa: E402

warnings.filterwarnings("ignore")

FLOAT32, SORT = torch.float32, torch.Tensor.sort
FEW, MANY = 5, 400

# clamp=False, pooling_method="softmax"
MaskGenerator.__init__.__defaults__ = (False, "softmax")


class LinearNetwork(nn.Module):
    """Images `[n, 2, 8, 8]` to logits. Its gradients have no rounding."""

    shape = (2, 8, 8)

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(2 * 64, CLASSES)

    def forward(self, x):
        return self.head(x.flatten(1))


class Inverted(nn.Module):
    """An inverted residual with a depthwise convolution."""

    def __init__(self, channels, wide):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(),
            nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU6(),
            nn.Conv2d(wide, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return x + self.branch(x)


class MobileNetwork(nn.Module):
    """Images `[n, 3, 8, 8]` to logits."""

    shape = (3, 8, 8)

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU6(),
            Inverted(4, 8),
            nn.AvgPool2d(2),
            Inverted(4, 8),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, CLASSES),
        )

    def forward(self, x):
        return self.layers(x)


def with_statistics(network, seed):
    """In float64, with weights and statistics that matter."""
    torch.manual_seed(seed)
    network = network()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
            if isinstance(module, nn.Linear):
                module.weight *= 2
    return network.double().eval()


@contextlib.contextmanager
def in_float64():
    """torchray with float64 in place of float32."""

    def sort(values, dim):
        order = SORT(values.to(FLOAT32), dim=dim, stable=True)[1]
        return values.gather(dim, order), order

    kept = utils.SQRT_TWO_SINGLE, utils.EPSILON_SINGLE
    torch.set_default_dtype(torch.float64)
    torch.float32, torch.Tensor.sort = torch.float64, sort
    utils.SQRT_TWO_SINGLE, utils.EPSILON_SINGLE = torch.tensor(math.sqrt(2)), utils.EPSILON_DOUBLE
    try:
        yield
    finally:
        torch.set_default_dtype(FLOAT32)
        torch.float32, torch.Tensor.sort = FLOAT32, SORT
        utils.SQRT_TWO_SINGLE, utils.EPSILON_SINGLE = kept


def masks_of(network, inputs, options):
    """The sum of the masks of all areas, one map per sample."""
    found = [
        extremal_perturbation(network, x[None], int(c), **options)[0].sum(dim=0) for x, c in zip(inputs, CLASSES_EXPLAINED)
    ]
    return torch.stack(found)


GRID = {"spacing": 1, "sigma": 3}
CASES = {
    "preserve": {"areas": [0.1, 0.3], "variant": "preserve", "blur": 2.2, "levels": 8, **GRID},
    "delete": {"areas": [0.2], "variant": "delete", "blur": 1.4, "levels": 5, **GRID},
    "dual": {"areas": [0.15], "variant": "dual", "blur": 2.2, "levels": 8, "jitter": True, **GRID},
    "fade": {"areas": [0.25], "variant": "preserve", "smooth": 0.09, "spacing": 2, "sigma": 4},
    "fade dual": {"areas": [0.1, 0.2], "variant": "dual", "jitter": True, "spacing": 3, "sigma": 6},
}


def options_of(case, steps):
    """torchray's names."""
    return {
        "max_iter": steps + 1,
        "areas": case["areas"],
        "variant": case["variant"],
        "perturbation": "blur" if "blur" in case else "fade",
        "num_levels": case.get("levels", 8),
        "step": case["spacing"],
        "sigma": case["sigma"],
        "jitter": case.get("jitter", False),
        "smooth": case.get("smooth", 0),
    }


def with_blur(blur):
    """The strongest blur is no argument of the function, but a default of its pyramid: num_levels, max_blur and type."""
    Perturbation.__init__.__defaults__ = (8, blur, "blur")


def maps_of(network):
    found, roundings = {}, {}
    inputs = inputs_of(network)
    for name, case in CASES.items():
        with_blur(case.get("blur", 20))
        for steps in (FEW, MANY):
            with in_float64():
                exact = masks_of(network, inputs, options_of(case, steps))
            rounded = masks_of(network.float(), inputs.float(), options_of(case, steps)).double()
            network.double()
            found[f"{name}, {steps} steps"] = channels_last(exact)
            roundings[f"{name}, {steps} steps"] = float(f"{(exact - rounded).abs().max().item():.2g}")
    return found, roundings


def golden(name, network):
    maps, roundings = maps_of(network)
    return {"name": name, **described(network), "maps": maps}, roundings


made = networks()
chosen = {
    "linear": with_statistics(LinearNetwork, 50),
    "plain": made["plain"],
    "residual": made["residual"],
    "mobile": with_statistics(MobileNetwork, 51),
}
goldens = {name: golden(name, network) for name, network in chosen.items()}
settings = {"cases": CASES, "steps": [FEW, MANY], "roundings": {name: roundings for name, (_, roundings) in goldens.items()}}
(FOLDER / "extremal_perturbation.json").write_text(
    json.dumps({"torchray": "1.0.0.2", "settings": settings, "networks": [network for network, _ in goldens.values()]}) + "\n"
)
