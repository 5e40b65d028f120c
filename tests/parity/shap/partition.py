"""What PartitionExplainer of shap gives: partition.json, beside this file.

Images and signals with maskers.Image, whose hierarchy cuts the channels of a position last: few coalitions never come so far, and of
all coalitions the values of the channels add up to that of the position. Its own blur needs OpenCV; the same means come from SciPy.
A table with maskers.Partition: its model is written in libs/explainers/tests/sample-model.ts too.
"""

import base64
import json
import pathlib

import numpy as np
import onnxruntime
import shap
from explained import given
from scipy.ndimage import uniform_filter


def channel_means(image):
    return np.broadcast_to(image.mean((0, 1)), image.shape).astype(image.dtype)


def box(extent):
    def of(image):
        return np.stack([uniform_filter(image[..., c].astype(np.float64), extent, mode="mirror") for c in range(image.shape[-1])], -1).astype(np.float32)

    return of


settings = {
    "plain": [
        ({"baseline": 0.25, "coalitions": 100}, lambda x: np.full_like(x, 0.25)),
        ({"coalitions": 61}, channel_means),
        ({"baseline": {"boxBlur": 4}, "coalitions": 80}, box(4)),
    ],
    "residual": [({"coalitions": 90}, channel_means), ({"baseline": {"boxBlur": 5}, "coalitions": 34}, box(5))],
    "signal": [({"baseline": 0.25, "coalitions": 10_000}, lambda x: np.full_like(x, 0.25)), ({"coalitions": 40}, channel_means)],
}


def map_of(predict, image, replaced, coalitions):
    masker = shap.maskers.Image(replaced(image), image.shape)
    explainer = shap.PartitionExplainer(predict, masker)
    values = explainer(image[None], max_evals=4 * coalitions if coalitions >= 10_000 else coalitions, silent=True).values[0]
    return values.sum(-1).ravel().tolist()


cases = []
for name, network in given["networks"].items():
    session = onnxruntime.InferenceSession(base64.b64decode(network["model"]))
    inputs = np.moveaxis(np.array(network["inputs"], np.float32).reshape(network["shape"]), 1, -1)
    for params, replaced in settings[name]:
        maps = []
        for image, wanted in zip(inputs, given["classes"], strict=True):
            # A signal is an image of one column.
            flat = image if image.ndim == 3 else image[:, None]

            def predict(x):
                x = x.reshape(len(x), *image.shape).astype(np.float32)
                return session.run(None, {"x": np.ascontiguousarray(np.moveaxis(x, -1, 1))})[0][:, wanted].astype(np.float64)

            maps.append(map_of(predict, flat, replaced, params["coalitions"]))
        cases.append({"network": name, "params": params, "maps": maps})


FEATURES, HIDDEN, CLASSES = 6, 4, 3


def sample_model(x):
    """sampleModel([6]) of xaigrid: the softmax of linear functions."""
    mix = np.array([[np.sin(1 + 3 * i + k) for k in range(HIDDEN)] for i in range(FEATURES)])
    head = np.array([[np.cos(3 * k + 5 * c) for c in range(CLASSES)] for k in range(HIDDEN)])
    logits = x @ mix @ head
    exp = np.exp(logits - logits.max(1, keepdims=True))
    return exp / exp.sum(1, keepdims=True)


random = np.random.default_rng(3)
common = random.normal(size=(12, 2))
# Three features go with one number, two with another; one is by itself.
background = np.stack([common[:, at] + 0.4 * random.normal(size=12) for at in (0, 1, 0, 1, 0)] + [random.normal(size=12)], 1).astype(np.float32)
samples = random.normal(size=(3, FEATURES)).astype(np.float32)
tables = []
for coalitions in (8, 12, 1000):
    found = []
    for sample, wanted in enumerate((0, 1, 2)):
        masker = shap.maskers.Partition(background.astype(np.float64), clustering="correlation")
        explainer = shap.PartitionExplainer(lambda x, wanted=wanted: sample_model(x)[:, wanted], masker)
        found.append(explainer(samples[sample : sample + 1].astype(np.float64), max_evals=coalitions, silent=True).values[0].tolist())
    tables.append({"coalitions": coalitions, "maps": found})

path = pathlib.Path(__file__).with_suffix(".json")
table = {"background": background.astype(float).tolist(), "samples": samples.astype(float).tolist(), "cases": tables}
path.write_text(json.dumps({"shap": shap.__version__, "cases": cases, "table": table}) + "\n")
