"""Segments that scikit-image's quickshift finds in a few images, and NumPy's noise: quickshift.json, beside this file.

The images are those of felzenszwalb.py. lime makes three equal channels of grey images; so does this script.
"""

import json
import pathlib

import numpy as np
import skimage
from skimage.segmentation import quickshift


def image(height, width, channels, waves):
    y, x = np.mgrid[:height, :width].astype(np.float64)
    inside = ((y - (height - 1) / 2) ** 2 + (x - (width - 1) / 2) ** 2 < (min(height, width) / 3) ** 2).astype(np.float64)
    values = [np.sin(waves * (y + 2 * x) + c) + 0.8 * inside * (c + 1) + 0.3 * np.cos(1.7 * (4 * y + x) + 2 * c) for c in range(channels)]
    values = np.stack(values, axis=-1).astype(np.float32).astype(np.float64)
    return (values - values.min()) / (values.max() - values.min())


cases = [
    ("colour, as in lime", (40, 48, 3), 0.2, 4, 200, 0.2),
    ("colour, as by default", (32, 40, 3), 0.2, 5, 10, 1),
    ("colour, small", (28, 28, 3), 0.3, 1, 6, 0.5),
    ("grey, as in lime", (28, 36, 1), 0.4, 4, 200, 0.2),
    ("grey, many", (20, 26, 1), 0.4, 1.5, 3, 0.3),
    ("two channels", (20, 24, 2), 0.3, 2, 8, 5),
    ("flat", (16, 18, 3), None, 2, 100, 0.2),
    ("narrow", (3, 40, 3), 0.3, 2, 20, 0.5),
]
found = []
for name, shape, waves, kernel, distance, ratio in cases:
    values = np.full(shape, 0.5) if waves is None else image(*shape, waves)
    lab = shape[-1] != 2
    colours = np.repeat(values, 3, -1) if shape[-1] == 1 else values
    labels = quickshift(colours, kernel_size=kernel, max_dist=distance, ratio=ratio, convert2lab=lab)
    options = {"kernelSize": kernel, "maxDistance": distance, "ratio": ratio}
    found.append({**{"name": name, "shape": shape, "waves": waves, "options": options}, "segmentOf": labels.ravel().tolist()})

# So many that all branches of the ziggurat are taken.
normals = np.random.default_rng(42).normal(size=200_000)
beyond = np.flatnonzero(np.abs(normals) > 3.6541528853610088)
pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps(
        {
            **{"scikit-image": skimage.__version__, "cases": found},
            "normals": {
                **{"count": len(normals), "first": normals[:20].tolist(), "last": normals[-5:].tolist()},
                **{"tail": [[int(at), float(normals[at])] for at in beyond[:12]], "sum": float(normals.sum()), "squares": float((normals**2).sum())},
            },
        }
    )
    + "\n"
)
