"""What the scripts of robustness metrics share: samples, maps, and how Quantus is handed xaigrid's noise and asked."""

import json
import pathlib
import warnings

import numpy as np
import torch

from draws import rounded
from network import Network

SAMPLES, CHANNELS, HEIGHT, WIDTH, CLASSES, SEED = 4, 2, 3, 5, 3, 7
CLASS_OF = np.array([0, 1, 2, 1])
SHAPE = (SAMPLES, CHANNELS, HEIGHT, WIDTH)
NETWORK = Network(CHANNELS, HEIGHT, WIDTH, CLASSES).eval()


def samples():
    """`[n, channels, height, width]`, some values 0."""
    inputs = rounded(np.random.default_rng(5).uniform(-1, 1, SHAPE))
    inputs[:, 0, 1, :2] = 0
    return inputs


def explain(model=None, inputs=None, targets=None, **_):
    """Gradient of the probability × input, rounded as maps are stored."""
    x = torch.as_tensor(np.asarray(inputs, dtype=np.float64).reshape(-1, CHANNELS, HEIGHT, WIDTH)).requires_grad_()
    p = torch.softmax(NETWORK(x), dim=1)
    p.gather(1, torch.as_tensor(np.asarray(targets))[:, None]).sum().backward()
    return rounded((x.grad * x).detach().numpy())


def moved(noise):
    """The samples, each moved by one draw of noise. `noise`: `sample, count → values`, channels last as xaigrid draws them."""
    count = CHANNELS * HEIGHT * WIDTH
    drawn = np.array([noise(sample, count) for sample in range(SAMPLES)])
    return rounded(samples() + np.moveaxis(drawn.reshape(SAMPLES, HEIGHT, WIDTH, CHANNELS), -1, 1))


def scores(metric_of, perturbed=(), model=NETWORK):
    """One a sample. Each is given alone: Quantus scales maps by the largest value of all that it is given.

    `metric_of`: makes the metric from keyword arguments. `perturbed`: what its noise gives, draw by draw.
    """
    found = []
    for sample in range(SAMPLES):
        turn = iter(perturbed)
        given = {"perturb_func": lambda arr, indices, **_: next(turn)[sample].reshape(1, -1)} if perturbed else {}
        inputs, classes = samples()[sample : sample + 1], CLASS_OF[sample : sample + 1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            metric = metric_of(disable_warnings=True, **given)
            score = metric(
                model=model,
                x_batch=inputs,
                y_batch=classes,
                a_batch=explain(inputs=inputs, targets=classes),
                explain_func=explain,
                channel_first=True,
            )
        found += np.asarray(score, dtype=np.float64).tolist()
    return found


def write(script, golden):
    last = np.moveaxis(samples(), 1, -1)
    pathlib.Path(script).with_suffix(".json").write_text(
        json.dumps({"quantus": "0.6.0", "inputs": last.tolist(), "classes": CLASS_OF.tolist(), **golden}) + "\n"
    )
