"""What sensitivity_max of Captum gives for maps of a small network: max_sensitivity.json, beside this file.

Captum perturbs at random; here the perturbations are drawn before, and handed to it one after the other, so that the maps it
compares can be written down: the test hands the same maps to our metric, which must then give the same number.
"""

import json
import pathlib

import torch
from captum.metrics import sensitivity_max

SAMPLES, PERTURBATIONS, RADIUS = 5, 7, 0.3

torch.manual_seed(3)
network = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3), torch.nn.Softmax(dim=1)).double()
inputs = torch.rand(SAMPLES, 6, dtype=torch.float64)
classes = torch.tensor([0, 1, 2, 0, 1])
noise = (2 * torch.rand(PERTURBATIONS, SAMPLES, 6, dtype=torch.float64) - 1) * RADIUS


def gradient_times_input(samples):
    """Rounded as maps are stored."""
    # Captum turns gradients off around what it calls.
    with torch.enable_grad():
        samples = samples.detach().requires_grad_()
        outputs = network(samples).gather(1, classes[:, None]).sum()
        (gradient,) = torch.autograd.grad(outputs, samples)
    maps = (gradient * samples).detach()
    return maps.float().double()


def explain(given):
    """The map of the last sample itself is zero: Captum divides by 1 there."""
    (samples,) = given if isinstance(given, tuple) else (given,)
    maps = gradient_times_input(samples)
    if torch.equal(samples, inputs):
        maps[-1] = 0
    return (maps,)


turn = iter(range(PERTURBATIONS))
perturbed = [inputs + noise[k] for k in range(PERTURBATIONS)]
found = sensitivity_max(
    explain,
    inputs,
    perturb_func=lambda given, radius: (perturbed[next(turn)],),
    n_perturb_samples=PERTURBATIONS,
    max_examples_per_batch=SAMPLES,
)
assert next(turn, None) is None, "Captum used other perturbations"

pathlib.Path(__file__).with_name("max_sensitivity.json").write_text(
    json.dumps(
        {
            "captum": "0.9.0",
            "maps": explain(inputs)[0].tolist(),
            "again": [gradient_times_input(samples).tolist() for samples in perturbed],
            "maxSensitivity": found.tolist(),
        }
    )
    + "\n"
)
