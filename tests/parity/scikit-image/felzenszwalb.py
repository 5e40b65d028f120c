"""Segments that scikit-image's felzenszwalb finds in a few images: felzenszwalb.json, beside this file.

The images are those of slic.py, scaled to 0 … 1. Noise keeps costs apart: scikit-image takes edges of equal cost in no certain order.
"""

import json
import pathlib

import numpy as np
import skimage
from skimage.segmentation import felzenszwalb


def image(height, width, channels, waves):
    y, x = np.mgrid[:height, :width].astype(np.float64)
    inside = ((y - (height - 1) / 2) ** 2 + (x - (width - 1) / 2) ** 2 < (min(height, width) / 3) ** 2).astype(np.float64)
    values = [np.sin(waves * (y + 2 * x) + c) + 0.8 * inside * (c + 1) + 0.3 * np.cos(1.7 * (4 * y + x) + 2 * c) for c in range(channels)]
    values = np.stack(values, axis=-1).astype(np.float32).astype(np.float64)
    return (values - values.min()) / (values.max() - values.min())


cases = [
    ("grey, defaults", (28, 28, 1), 0.4, 1, 0.8, 20),
    ("grey, many", (28, 28, 1), 0.4, 1, 0.8, 4),
    ("colour, defaults", (32, 40, 3), 0.2, 1, 0.8, 20),
    ("colour, large", (32, 40, 3), 0.2, 100, 0.5, 10),
    ("colour, xrai", (36, 24, 3), 0.15, 50, 0.8, 8),
    ("not smoothed", (20, 20, 2), 0.3, 30, 0, 5),
    ("smoothed beyond the borders", (9, 30, 1), 0.3, 10, 4, 3),
]
found = []
for name, shape, waves, scale, sigma, least in cases:
    labels = felzenszwalb(image(*shape, waves), scale=scale, sigma=sigma, min_size=least)
    found.append({**{"name": name, "shape": shape, "waves": waves, "scale": scale, "sigma": sigma, "minSize": least}, "segmentOf": labels.ravel().tolist()})

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"scikit-image": skimage.__version__, "cases": found}) + "\n")
