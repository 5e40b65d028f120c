"""MPRT, smooth and efficient MPRT, and random logit of Quantus on the maps of a small network: randomisation.json, beside this file.

Quantus re-initialises weights by PyTorch's generator and draws noise by NumPy's; what is written down are the maps that it then
compares, so that the test can hand the same maps to our metrics. Samples are handed to it one by one: it scales maps by the largest
value of all that it is given at once. Smooth MPRT never calls the user's function, but quantus.explain, which is replaced here.
"""

import json
import pathlib
from importlib.metadata import version

import numpy as np
import quantus
import torch
from network import channels_last

SAMPLES, CLASSES, DRAWS = 2, 4, 3
torch.manual_seed(5)


class Double(torch.nn.Module):
    """Quantus predicts in float32."""

    def forward(self, x):
        return x.double()


model = torch.nn.Sequential(
    Double(), torch.nn.Conv2d(2, 3, 3), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(3 * 4 * 3, CLASSES)
).double().eval()
inputs = torch.rand(SAMPLES, 2, 6, 5, dtype=torch.float64).numpy()
classes = np.array([0, 3])
asked = []


def explain(model, inputs, targets, **_):
    """Gradient times input, rounded as maps are stored; remembers which classes were asked for."""
    samples = torch.tensor(np.asarray(inputs), dtype=torch.float64, requires_grad=True)
    asked.append([int(target) for target in np.asarray(targets)])
    outputs = model(samples).gather(1, torch.tensor(np.asarray(targets))[:, None]).sum()
    (gradient,) = torch.autograd.grad(outputs, samples)
    found = (gradient * samples).detach().float().double().numpy()
    drawn.append(channels_last(found)[0])
    return found


def scores(metric, **options):
    """The metric's answer for each sample alone, and the maps that it had drawn for it."""
    global drawn
    answers, maps = [], []
    for at in range(SAMPLES):
        drawn = []
        x, y = inputs[at : at + 1], classes[at : at + 1]
        a = options.get("given", lambda *_: None)(x, y)
        answers.append(
            metric(model=model, x_batch=x, y_batch=y, a_batch=a, explain_func=explain, channel_first=True, batch_size=1, softmax=True)
        )
        maps.append(drawn)
    return answers, maps


drawn = []
quiet = {"disable_warnings": True}
own = [channels_last(explain(model, inputs[at : at + 1], classes[at : at + 1]))[0] for at in range(SAMPLES)]
given = {"given": lambda x, y: explain(model, x, y)}
found = {"quantus": version("quantus"), "own": own}

for name, function in (("spearman", None), ("ssim", quantus.similarity_func.ssim)):
    # SSIM comes as a list, of which the metric takes tolist.
    similar = function and (lambda a, b, batched: np.array(function(a, b, batched)))
    layers, maps = scores(quantus.MPRT(similarity_func=similar, **quiet), **given)
    means, _ = scores(quantus.MPRT(similarity_func=similar, return_average_correlation=True, **quiet), **given)
    found[name] = {
        "layers": [[values[0] for key, values in one.items() if key != "original"] for one in layers],
        "mean": [one[0] for one in means],
        # The own map, once more as it is compared with itself, then one a layer, from the output.
        "drawn": [of_sample[2:] for of_sample in maps],
    }

quantus.explain = explain
np.random.seed(1)
layers, maps = scores(quantus.SmoothMPRT(nr_samples=DRAWS, **quiet))
found["smooth"] = {
    "draws": DRAWS,
    "layers": [[values[0] for key, values in one.items() if key != "original"] for one in layers],
    "own": [of_sample[:DRAWS] for of_sample in maps],
    # Behind the own map drawn again, one layer after the other, from the input.
    "drawn": [of_sample[2 * DRAWS :] for of_sample in maps],
    "original": [one["original"][0] for one in layers],
}

rises, maps = scores(quantus.EfficientMPRT(**quiet), **given)
found["efficient"] = {"rise": [one[0] for one in rises], "drawn": [of_sample[-1] for of_sample in maps]}

asked.clear()
similarities, maps = scores(quantus.RandomLogit(num_classes=CLASSES, **quiet), **given)
found["logit"] = {"ssim": [float(one[0]) for one in similarities], "drawn": [of_sample[-1] for of_sample in maps]}
assert all(other != [own_class] for other, own_class in zip(asked[1::2], classes)), "it explained the same class"

pathlib.Path(__file__).with_name("randomisation.json").write_text(json.dumps(found) + "\n")
