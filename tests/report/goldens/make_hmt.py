"""
Makes hmt.json: the report's HMT model on its images, in PyTorch, with nothing of xaigrid in it.

    REPORT_INPUTS=... /usr/bin/python3 tests/report/goldens/make_hmt.py > tests/report/goldens/hmt.json

Made with PyTorch 1.13.1 (CPU, float32), h5py 3.7, Pillow 9.4, numpy 1.24 of Debian 12; about five minutes on two cores.
Not run in CI.
"""

import glob
import json
import os
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

FOLDER = os.environ["REPORT_INPUTS"]
IMAGES_A_CLASS = 4
SHAP_IMAGES_A_CLASS = 2
SHAP_DRAWS = 20
KEEP_FRACTION = 0.9
# Where nearly all images become class 3.
FEWER = 0.3
LAYERS = ["conv2d", "conv2d_1", "conv2d_2", "conv2d_3"]

with h5py.File(os.path.join(FOLDER, "HMT.h5")) as file:
    weights = {}
    for name in LAYERS + ["dense"]:
        group = file["model_weights"][name][name]
        weights[name] = torch.tensor(group["kernel:0"][()]), torch.tensor(group["bias:0"][()])


def forward(x, wanted=()):
    """x: [n, 3, 224, 224]. Returns probabilities and the activations of the layers asked for."""
    kept = {}
    for name in LAYERS:
        kernel, bias = weights[name]
        x = F.relu(F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=1))
        if name in wanted:
            kept[name] = x
        if name in ("conv2d_1", "conv2d_3"):
            x = F.max_pool2d(x, 2)
    kernel, bias = weights["dense"]
    return torch.softmax(x.mean((2, 3)) @ kernel + bias, 1), kept


def predict(x, batch=16):
    with torch.no_grad():
        return torch.cat([forward(part)[0] for part in x.split(batch)])


def read(path):
    image = Image.open(path).convert("RGB").resize((224, 224), Image.BILINEAR)
    return torch.tensor(np.asarray(image, dtype=np.float32) / np.float32(255)).permute(2, 0, 1)


def otsu(levels):
    best, largest = int(levels[0]), -1.0
    for t in range(255):
        low, high = levels[levels <= t], levels[levels > t]
        if len(low) and len(high):
            spread = len(low) * len(high) * (low.mean() - high.mean()) ** 2
            if spread > largest * (1 + 1e-12):
                best, largest = t, spread
    return best


def levels_of(values):
    return np.minimum(255, np.rint(256 * values.astype(np.float64)))


def layer_map(x, c, activations, alphas, selection):
    """V of one layer, scaled to [0, 1], and how many feature maps took part."""
    if selection == "otsu":
        positive = np.flatnonzero(alphas > 0)
        levels = levels_of(alphas[positive] / alphas.max())
        chosen = positive[levels > otsu(levels)] if len(set(levels)) > 1 else positive
    else:
        chosen = np.flatnonzero(alphas > 0)
    maps = F.interpolate(activations[:, chosen], size=(224, 224), mode="bilinear", align_corners=False)[0]
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    masks = (maps - low) / (high - low + 1e-6)
    scores = torch.cat([predict(x * part[:, None])[:, c] for part in masks.split(16)])
    v = (scores[:, None, None] * masks / (masks.sum((1, 2), keepdim=True) + 1e-6)).sum(0)
    v = (v - v.min()) / (v.max() - v.min())
    return v.numpy(), len(chosen)


def sise(x, layers, selection="threshold"):
    """Sample [1, 3, 224, 224] -> map [224, 224]; fusion by Otsu's step."""
    probabilities, kept = forward(x.clone().requires_grad_(), layers)
    c = int(probabilities.argmax())
    gradients = torch.autograd.grad(probabilities[0, c], [kept[name] for name in layers])
    fused, count = None, 0
    for name, gradient in zip(layers, gradients):
        v, used = layer_map(x, c, kept[name].detach(), gradient.mean((0, 2, 3)).numpy(), selection)
        count += used
        if fused is None:
            fused = v
            continue
        t = otsu(levels_of(v).ravel())
        above = (np.rint(256 * v.astype(np.float64)) >= np.rint(1.5 * t)).sum()
        t = (1.5 * t if above < 0.1 * v.size else t) / 256
        fused = (fused + v) / (1 + np.exp(-100 * (v - t)))
    return fused, count


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011): four words of 32 bits."""
    (a, b, c, d), (k, l) = counter, key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (q >> 32) ^ b ^ k, q & 0xFFFFFFFF, (p >> 32) ^ d ^ l, p & 0xFFFFFFFF
        k, l = (k + 0x9E3779B9) & 0xFFFFFFFF, (l + 0xBB67AE85) & 0xFFFFFFFF
    return a, b, c, d


def draws_of(sample, references):
    """The draws that xaigrid makes of a sample with seed 0: a reference, then t in its stratum."""
    words = (word for block in range(10**6) for word in philox((block, sample, 1, 0), (0, 0)))
    limit = 2**32 - 2**32 % references
    for draw in range(SHAP_DRAWS):
        reference = next(word for word in words if word < limit) % references
        uniform = ((next(words) >> 5) * 2**26 + (next(words) >> 6)) / 2**53
        yield reference, (draw + uniform) / SHAP_DRAWS


def gradient_shap(x, background, c, sample):
    """Sample [1, 3, 224, 224] -> map [3, 224, 224], mean over stratified draws."""
    references, fractions = zip(*draws_of(sample, len(background)))
    total = torch.zeros_like(x[0])
    for start in range(0, SHAP_DRAWS, 10):
        r = background[list(references[start : start + 10])]
        t = torch.tensor(fractions[start : start + 10], dtype=torch.float32).reshape(-1, 1, 1, 1)
        point = (t * x + (1 - t) * r).requires_grad_()
        (gradient,) = torch.autograd.grad(forward(point)[0][:, c].sum(), point)
        total += (gradient * (x - r)).sum(0)
    return (total / SHAP_DRAWS).numpy()


def score(x, keep, c):
    """keep: [224, 224] or [3, 224, 224] of booleans."""
    y = float(predict(x)[0, c])
    masked = predict(x * torch.tensor(keep, dtype=torch.float32))[0]
    o = float(masked[c])
    return {
        "whole": y,
        "maskedProbability": o,
        "drop": max((y - o) / y, 0),
        "increase": int(o > y),
        "maskedClass": int(masked.argmax()),
    }


def kept(values, fraction=KEEP_FRACTION):
    ranked = np.sort(values.ravel())[::-1]
    return values > ranked[int(values.size * fraction)]


def sampled(values, step=14):
    """Values of a map on a regular grid: 16 by 16 of them, or 8 by 8."""
    return [float("%.7g" % v) for v in values[7::step, 7::step].ravel()]


classes = sorted(os.listdir(os.path.join(FOLDER, "hmt-test")))
paths = [path for name in classes for path in sorted(glob.glob(os.path.join(FOLDER, "hmt-test", name, "*")))]
images = torch.stack([read(path) for path in paths])
outputs = predict(images)
predicted = outputs.argmax(1)
a_class = len(paths) // len(classes)
spread = lambda count: [k * a_class + i * (a_class // count) for k in range(len(classes)) for i in range(count)]

golden = {
    "predicted": [int(c) for c in predicted],
    "sise": [],
    "siseVariants": [],
    "shapGradientMaps": [],
    "shapGradient": [],
    "shapGradientOfFewer": [],
}
for index in spread(IMAGES_A_CLASS):
    x = images[index : index + 1]
    values, count = sise(x, ["conv2d_3"])
    golden["sise"].append(
        {"sample": index, "keptFeatureMaps": count, **score(x, kept(values), int(predicted[index])), "map": sampled(values)}
    )
    print("sise", index, golden["sise"][-1]["drop"], file=sys.stderr, flush=True)
for index in [0, 4 * a_class + 30]:
    for layers in [["conv2d_1", "conv2d_3"], ["conv2d_3"]]:
        selection = "threshold" if len(layers) == 2 else "otsu"
        values, count = sise(images[index : index + 1], layers, selection)
        golden["siseVariants"].append(
            {"sample": index, "layers": layers, "selection": selection, "keptFeatureMaps": count, "map": sampled(values)}
        )
for index in spread(SHAP_IMAGES_A_CLASS):
    x = images[index : index + 1]
    values = gradient_shap(x, images, 0, index)
    golden["shapGradientMaps"].append({"sample": index, "map": [sampled(channel, 28) for channel in values]})
    for name, fraction in [("shapGradient", KEEP_FRACTION), ("shapGradientOfFewer", FEWER)]:
        golden[name].append({"sample": index, **score(x, kept(values, fraction), int(predicted[index]))})
        print(name, index, golden[name][-1], file=sys.stderr, flush=True)
json.dump(golden, sys.stdout)
