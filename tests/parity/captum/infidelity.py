"""What infidelity gives on the small network (tests/parity/quantus/network.py): infidelity.json, beside this file.

Its perturbations are drawn before, and written down, so that the test can make the same. Outputs are rounded to float32 as an
engine gives them; all else is in float64.
"""

import json
import pathlib
import sys

import torch
from captum.metrics import infidelity, infidelity_perturb_func_decorator

sys.path.append(str(pathlib.Path(__file__).parents[1] / "quantus"))
from network import Network, channels_last  # noqa: E402

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES, DRAWS = 3, 2, 4, 4, 3, 6

torch.manual_seed(2)
shape = (CHANNELS, HEIGHT, WIDTH)
inputs = (2 * torch.rand(SAMPLES, *shape) - 1).double()
# The last sample has a value that is the baseline.
inputs[-1, 0, 1, 2] = 0
classes = torch.tensor([0, 1, 2])
maps = torch.randn(SAMPLES, *shape).double()
maps[1] = 0


def case(target, noise, normalize, multiplied):
    network = Network(*shape, CLASSES, softmax=target == "probability").eval()
    # Copies are float32 too.
    changed = torch.repeat_interleave(inputs, DRAWS, dim=0).add(noise).float().double()

    @infidelity_perturb_func_decorator(multiply_by_inputs=multiplied)
    def perturbed(given):
        return changed

    scores = infidelity(
        lambda x: network(x).float().double(),
        perturbed,
        inputs,
        maps,
        target=classes,
        n_perturb_samples=DRAWS,
        normalize=normalize,
    )
    return {
        "target": target,
        "normalize": normalize,
        "attributions": "global" if multiplied else "local",
        "maps": channels_last(maps),
        "changed": channels_last(changed),
        "scores": scores.tolist(),
    }


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            "captum": "0.9.0",
            "inputs": channels_last(inputs),
            "classes": classes.tolist(),
            "cases": [
                case(target, 0.3 * torch.randn(SAMPLES * DRAWS, *shape), normalize, multiplied)
                for target in ("logit", "probability")
                for normalize in (False, True)
                for multiplied in (False, True)
            ],
        }
    )
    + "\n"
)
