"""What Rise of Xplique gives under the masks of xaigrid: rise.json, beside this file.

Xplique draws its masks itself, enlarges them in another way at the borders and cuts a whole batch at one shift. So it is handed ours in
place of those that it makes.
"""

import numpy as np
import tensorflow as tf
from explained import SampleRandom, given, networks, one, write
from xplique.attributions import Rise

DRAWS, CELLS, KEEP, SEED, HIDDEN = 60, 3, 0.6, 3, 0.25
# libs/explainers/src/random-streams.ts
STREAM = 41


def enlarged(grid, extents, shifts):
    """Linear, mirrored at the borders: as skimage's resize(order=1, mode='reflect')."""
    for axis, (extent, shift) in enumerate(zip(extents, shifts)):
        size = (CELLS + 1) * -(-extent // CELLS)
        centre = np.abs((np.arange(size) + 0.5) * CELLS / size - 0.5)
        centre = (CELLS - 1) - np.abs(CELLS - 1 - centre)
        low = np.floor(centre).astype(int)
        share = (centre - low).reshape([-1 if a == axis else 1 for a in range(grid.ndim)])
        grid = grid.take(low, axis) * (1 - share) + grid.take(np.minimum(low + 1, CELLS - 1), axis) * share
        grid = grid.take(range(shift, shift + extent), axis)
    return grid


def masks_of(sample, extents):
    random = SampleRandom(SEED, sample, STREAM)
    masks = []
    for _ in range(DRAWS):
        grid = np.array([random.uniform() < KEEP for _ in range(CELLS ** len(extents))], float)
        shifts = [random.integer(-(-extent // CELLS)) for extent in extents]
        masks.append(enlarged(grid.reshape([CELLS] * len(extents)), extents, shifts))
    return np.array(masks, np.float32)[..., None]


def map_of(model, inputs, sample):
    masks = masks_of(sample, inputs.shape[1:-1])
    Rise._get_masks = staticmethod(lambda *_: tf.constant(masks))
    Rise._apply_masks = staticmethod(lambda x, own, value: (own * x[None] + (1 - own) * value, own))
    rise = Rise(model, nb_samples=DRAWS, grid_size=CELLS, preservation_probability=KEEP, mask_value=HIDDEN)
    return np.asarray(rise(*one(inputs, sample))).flatten().tolist()


def params(inputs):
    cells = [CELLS for _ in inputs.shape[1:-1]]
    return {"draws": DRAWS, "cells": cells, "keep": KEEP, "baseline": HIDDEN, "normalisation": "coverage"}


write(
    __file__,
    [
        {"network": name, "params": params(inputs), "seed": SEED, "maps": [map_of(model, inputs, sample) for sample in range(len(given["classes"]))]}
        for name, model, inputs in networks()
    ],
)
