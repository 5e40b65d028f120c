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
NETWORK = Network(CHANNELS, HEIGHT, WIDTH, CLASSES)


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


def moved(inputs, noise):
    """Samples with one draw of noise each. `noise`: `count → values` of a sample, channels last as xaigrid draws them."""
    count = CHANNELS * HEIGHT * WIDTH
    drawn = np.array([noise(sample, count) for sample in range(SAMPLES)])
    return rounded(inputs + np.moveaxis(drawn.reshape(SAMPLES, HEIGHT, WIDTH, CHANNELS), -1, 1))


def handing(perturbed):
    """A perturb_func that gives these samples one after the other."""
    turn = iter(perturbed)
    return lambda arr, indices, **_: next(turn).reshape(SAMPLES, -1)


def score(metric, model=NETWORK, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = metric(
            model=model,
            x_batch=samples(),
            y_batch=CLASS_OF,
            a_batch=explain(inputs=samples(), targets=CLASS_OF),
            explain_func=explain,
            channel_first=True,
            batch_size=SAMPLES,
            **more,
        )
    return np.asarray(found, dtype=np.float64).tolist()


def write(script, golden):
    last = np.moveaxis(samples(), 1, -1)
    pathlib.Path(script).with_suffix(".json").write_text(
        json.dumps({"quantus": "0.6.0", "inputs": last.tolist(), "classes": CLASS_OF.tolist(), **golden}) + "\n"
    )
