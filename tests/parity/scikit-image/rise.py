"""What the authors' code of RISE gives, on the networks of ../captum/classifiers.json: rise.json, beside this file.

`masks_of` and `saliency` are `generate_masks` and `forward` of explanations.py in github.com/eclique/RISE, for one or two axes and with
the random numbers of xaigrid handed in.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import skimage
from skimage.transform import resize

DRAWS, CELLS, KEEP, SEED = 60, 4, 0.3, 5
# libs/explainers/src/random-streams.ts
STREAM = 41
FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "quantus"))
from draws import SampleRandom  # noqa: E402

given = json.loads((FOLDER.parent / "captum" / "classifiers.json").read_text())


def masks_of(size, uniforms, shifts):
    size = np.array(size)
    cell_size = np.ceil(size / CELLS)
    up_size = (CELLS + 1) * cell_size
    grid = (uniforms < KEEP).astype("float32")
    masks = np.empty((DRAWS, *size))
    for i in range(DRAWS):
        crop = tuple(slice(shift, shift + extent) for shift, extent in zip(shifts[i], size))
        masks[i] = resize(grid[i], up_size, order=1, mode="reflect", anti_aliasing=False)[crop]
    return masks


def saliency(predict, x, masks):
    p = predict((masks[:, None] * x[None]).astype(np.float32))
    return np.tensordot(p.T, masks, 1) / DRAWS / KEEP


cases = []
for name, network in given["networks"].items():
    session = onnxruntime.InferenceSession(base64.b64decode(network["model"]))
    inputs = np.array(network["inputs"], np.float32).reshape(network["shape"])
    size = inputs.shape[2:]
    maps = []
    for sample, wanted in enumerate(given["classes"]):
        random = SampleRandom(SEED, sample, STREAM)
        uniforms, shifts = [], []
        for _ in range(DRAWS):
            uniforms.append([random.uniform() for _ in range(CELLS ** len(size))])
            shifts.append([random.integer(-(-extent // CELLS)) for extent in size])
        uniforms = np.reshape(uniforms, (DRAWS, *(CELLS for _ in size)))
        masks = masks_of(size, uniforms, shifts)
        map_ = saliency(lambda x: session.run(None, {"x": x})[0], inputs[sample], masks)[wanted]
        maps.append(map_.flatten().tolist())
    params = {"draws": DRAWS, "cells": [CELLS for _ in size], "keep": KEEP}
    cases.append({"network": name, "params": params, "seed": SEED, "maps": maps})

pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"scikit-image": skimage.__version__, "cases": cases}) + "\n"
)
