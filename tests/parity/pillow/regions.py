"""Masks as Pillow's NEAREST resizes them and as pycocotools encodes them: regions.json."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as coco

random = np.random.default_rng(0)


def rows(mask):
    return ["".join(map(str, row)) for row in mask.tolist()]


def resized(mask, height, width):
    return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST))


masks = []
# From 10 to 7 the centre of an output lies on the edge of a pixel.
for (height, width), sizes in {
    (10, 10): [(7, 7), (10, 13), (23, 4), (1, 1)],
    (4, 6): [(8, 9), (2, 3), (4, 6)],
    (31, 17): [(14, 30), (62, 34), (9, 5)],
}.items():
    mask = random.integers(0, 2, (height, width)).astype(np.uint8)
    encoded = coco.encode(np.asfortranarray(mask))["counts"].decode()
    to = [{"height": h, "width": w, "rows": rows(resized(mask, h, w))} for h, w in sizes]
    masks.append({"rows": rows(mask), "counts": encoded, "resized": to})
# Long runs have counts of several characters, and differences below 0.
mask = np.zeros((60, 80), np.uint8)
mask[7:55, 10:70] = 1
mask[20:30, 30:33] = 0
masks.append({"rows": rows(mask), "counts": coco.encode(np.asfortranarray(mask))["counts"].decode(), "resized": []})
Path(__file__).with_suffix(".json").write_text(json.dumps(masks) + "\n")
