"""
Writes pillow-resize.json: what Pillow (9.4.0) makes of images when it resizes them with Image.BILINEAR.

  REPORT_INPUTS=... python3 pillow-resize.py > pillow-resize.json

`patterns`: images of pseudo-random values (a linear congruential generator, the upper 8 bits of each state, in C order), up and
down by odd factors; the SHA-256 of the resized values. `hmt`: SHA-256 over the resized 224×224 RGB values of all images of a
class folder of hmt-test, in the order of their names. `grey`: SHA-256 of convert("L") of the first pattern with three channels.
"""
import hashlib
import json
import os
import random

import numpy as np
from PIL import Image


def pattern(seed, shape):
    state, values = seed, []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return np.array(values, np.uint8).reshape(shape)


def resized(image, height, width):
    return np.asarray(image.resize((width, height), Image.BILINEAR))


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


draw = random.Random(3)
patterns = []
for seed in range(40):
    channels = draw.choice([1, 3])
    height, width = draw.randint(1, 90), draw.randint(1, 90)
    to_height, to_width = draw.choice([(draw.randint(1, 90), draw.randint(1, 90)), (height, draw.randint(1, 90)), (draw.randint(1, 90), width)])
    values = pattern(seed, (height, width) if channels == 1 else (height, width, 3))
    patterns.append(dict(seed=seed, channels=channels, height=height, width=width, toHeight=to_height, toWidth=to_width,
                         sha256=digest(resized(Image.fromarray(values), to_height, to_width))))

hmt = {}
folder = os.path.join(os.environ["REPORT_INPUTS"], "hmt-test")
for name in sorted(os.listdir(folder)):
    images = [Image.open(os.path.join(folder, name, file)).convert("RGB") for file in sorted(os.listdir(os.path.join(folder, name)))]
    hmt[name] = digest(np.stack([resized(image, 224, 224) for image in images]))

colour = next(entry for entry in patterns if entry["channels"] == 3)
grey = digest(Image.fromarray(pattern(colour["seed"], (colour["height"], colour["width"], 3))).convert("L"))
print(json.dumps(dict(patterns=patterns, grey=dict(seed=colour["seed"], height=colour["height"], width=colour["width"], sha256=grey), hmt=hmt), indent=1))
