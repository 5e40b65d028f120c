"""Segments that scikit-image's slic finds in a few images: slic.json, beside this file.

The images are made by a formula, in float32 as xaigrid has them, so that the test makes the same ones.
"""

import json
import pathlib

import numpy as np
import skimage
from skimage.segmentation import slic


def image(shape, waves):
    """Stripes, a disc and something of each at a finer scale; the last axis are the channels."""
    *extents, channels = shape
    places = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float64) for n in extents), indexing="ij"), axis=-1)
    middle = np.array([(n - 1) / 2 for n in extents])
    inside = (((places - middle) ** 2).sum(-1) < (min(extents) / 3) ** 2).astype(np.float64)
    axes = np.arange(1, len(extents) + 1)
    phase = (places * axes).sum(-1)
    fine = (places * axes[::-1] ** 2).sum(-1)
    values = [np.sin(waves * phase + c) + 0.8 * inside * (c + 1) + 0.3 * np.cos(1.7 * fine + 2 * c) for c in range(channels)]
    return np.stack(values, axis=-1).astype(np.float32)


cases = [
    ("grey digits", (8, 8, 1), 0.9, 100, 10.0),
    ("grey", (28, 28, 1), 0.4, 100, 10.0),
    ("grey, loose", (28, 28, 1), 0.4, 60, 0.1),
    ("grey, very loose", (40, 32, 1), 0.5, 25, 0.02),
    ("colour", (48, 48, 3), 0.2, 100, 10.0),
    ("colour, many", (64, 48, 3), 0.1, 300, 10.0),
    ("colour, few", (37, 53, 3), 0.15, 12, 20.0),
    ("two channels", (24, 31, 2), 0.3, 40, 0.5),
    ("flat", (20, 20, 1), 0.0, 16, 10.0),
    ("narrow", (3, 60, 1), 0.3, 30, 1.0),
    ("volume", (6, 12, 10, 1), 0.5, 30, 0.5),
    ("volume, colour", (4, 14, 14, 3), 0.2, 40, 5.0),
]

found = []
for name, shape, waves, segments, compactness in cases:
    values = image(shape, waves) if name != "flat" else np.ones(shape, np.float32)
    labels = slic(values.astype(np.float64), n_segments=segments, compactness=compactness, start_label=0)
    found.append(
        {
            **{"name": name, "shape": shape, "waves": waves, "segments": segments, "compactness": compactness},
            "segmentOf": labels.ravel().tolist(),
        }
    )

pathlib.Path(__file__).with_name("slic.json").write_text(
    json.dumps({"scikit-image": skimage.__version__, "cases": found}) + "\n"
)
