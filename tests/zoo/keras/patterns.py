"""Samples that are not alike."""

import numpy as np


def patterns(count, shape, rng):
    """[count, *shape] in [0, 1]: coarse patterns of several scales with some noise."""
    *extents, channels = shape
    x = np.zeros((count, *shape))
    for cells in (2, 4, 9):
        coarse = rng.normal(size=(count, *[min(cells, extent) for extent in extents], channels))
        for axis, extent in enumerate(extents, 1):
            coarse = np.repeat(coarse, -(-extent // coarse.shape[axis]), axis).take(range(extent), axis)
        x += coarse
    x += 0.3 * rng.normal(size=x.shape)
    rest = tuple(range(1, x.ndim))
    low, high = x.min(rest, keepdims=True), x.max(rest, keepdims=True)
    return (x - low) / (high - low)


def channels_first(values):
    return np.ascontiguousarray(np.moveaxis(values, -1, 1))
