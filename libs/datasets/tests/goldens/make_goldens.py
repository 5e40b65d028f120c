"""Makes mnist1d.json beside it, MNIST-1D as its authors' code generates it, written with numpy and scipy, and files.json, small files. Run with
Python 3, numpy 1.24, scipy 1.10; the outputs are committed."""

import base64
import io
import json
import pathlib
import pickle

import numpy as np
from scipy.interpolate import interp1d
from scipy.ndimage import gaussian_filter

DRAWN = [
    [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
    [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
    [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
    [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
    [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
    [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
    [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
    [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
]


def templates():
    x = np.array(DRAWN)
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    return (x - x[:, :1]) / 6


def resample(x, n):
    return interp1d(np.linspace(0, 1, len(x)), x)(np.linspace(0, 1, n))


def make(seed, samplesPerClass, padding, scale, maxTranslation, correlatedNoise, whiteNoise, shear, length):
    np.random.seed(seed)
    xs, ys = [], []
    for digit, template in enumerate(templates()):
        for _ in range(samplesPerClass):
            x = template + 1e-8
            x = np.concatenate([x, np.zeros(padding[0] + int(np.random.rand() * (padding[1] - padding[0] + 1)))])
            x = resample(x, 12 + padding[1])
            x = x * (1 + scale * (np.random.rand() - 0.5))
            x = np.roll(x, np.random.choice(maxTranslation))
            mask = x != 0
            x = mask * x + (1 - mask) * gaussian_filter(correlatedNoise * np.random.randn(len(x)), 2)
            x = x + whiteNoise * np.random.randn(len(x))
            x = x - shear * (np.random.rand() - 0.5) * np.linspace(-0.5, 0.5, len(x))
            xs.append(resample(x, length))
            ys.append(digit)
    order = np.random.permutation(len(ys))
    xs, ys = np.stack(xs)[order], np.array(ys)[order]
    return (xs - xs.mean()) / xs.std(), ys


published = dict(seed=42, samplesPerClass=500, padding=[36, 60], scale=0.4, maxTranslation=48, correlatedNoise=0.25, whiteNoise=0.02, shear=0.75, length=40)
others = dict(seed=7, samplesPerClass=2, padding=[3, 9], scale=0.9, maxTranslation=21, correlatedNoise=0.5, whiteNoise=0.1, shear=2.5, length=11)
x, y = make(**published)
rows = [0, 1, 3999, 4000, 4999]
ox, oy = make(**others)
golden = {
    "published": {"rows": rows, "values": x[rows].tolist(), "labels": y[rows].tolist(), "labelCounts": np.bincount(y[4000:]).tolist()},
    "others": {"parameters": others, "values": ox.tolist(), "labels": oy.tolist()},
}
(pathlib.Path(__file__).parent / "mnist1d.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

arrays = {"x": np.arange(12.0).reshape(4, 3), "y": np.array([0, 2, 1, 0]), "x_test": np.array([[-1.0, -2.0, -3.0]]), "y_test": np.array([1])}
npz = io.BytesIO()
np.savez_compressed(npz, **arrays)
files = {"npz": npz.getvalue(), "pickle": pickle.dumps(arrays)}
text = json.dumps({kind: base64.b64encode(data).decode() for kind, data in files.items()})
(pathlib.Path(__file__).parent / "files.json").write_text(text + "\n")
