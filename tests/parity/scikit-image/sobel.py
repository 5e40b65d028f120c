"""What scikit-image's sobel makes of a few grids of values: sobel.json, beside this file.

Along one axis sobel keeps the sign of the difference; its magnitude is written here.
"""

import json
import pathlib

import numpy as np
import skimage
from skimage.filters import sobel


def grid(*shape):
    """The test makes the same: sums of waves, rounded to eighths so that no digit is lost on the way."""
    at = np.arange(np.prod(shape))
    return (np.round(8 * (np.sin(0.31 * at) + np.cos(0.11 * at * at))) / 8).reshape(shape)


shapes = [(37,), (2,), (1,), (12, 17), (1, 9), (2, 2), (5, 6, 7), (3, 1, 4)]
cases = [{"shape": shape, "magnitude": np.abs(sobel(grid(*shape))).ravel().tolist()} for shape in shapes]

pathlib.Path(__file__).with_name("sobel.json").write_text(
    json.dumps({"scikit-image": skimage.__version__, "cases": cases}) + "\n"
)
