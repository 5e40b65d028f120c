"""Images as torchvision's Resize and CenterCrop on PIL images and Pillow's ImageOps.pad make them: preprocessing.json."""

import base64
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode

random = np.random.default_rng(1)


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array, np.uint8).tobytes()).decode()


def cropped(image, side, size, how):
    return transforms.CenterCrop(size)(transforms.Resize(side, interpolation=how, antialias=True)(image))


cases = []
for (height, width), size, side in [
    ((23, 31), (12, 12), 16),
    ((31, 22), (12, 12), 13),
    ((20, 20), (11, 14), 15),
    ((9, 14), (12, 12), 12),
    ((24, 40), (7, 9), 9),
]:
    pixels = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
    mask = random.integers(0, 2, (height, width)).astype(np.uint8)
    image, mask_image = Image.fromarray(pixels), Image.fromarray(mask)
    crop = cropped(image, side, size, InterpolationMode.BILINEAR)
    to_tensor = transforms.ToTensor()
    normalise = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    last_first = (size[1], size[0])
    cases.append({
        "shape": [height, width],
        "pixels": packed(pixels),
        "mask": packed(mask),
        "size": size,
        "shortSide": side,
        "crop": packed(np.asarray(crop)),
        "cropOfMask": packed(np.asarray(cropped(mask_image, side, size, InterpolationMode.NEAREST))),
        "letterbox": packed(np.asarray(ImageOps.pad(image, last_first, Image.Resampling.BILINEAR, color=(7, 7, 7)))),
        "letterboxOfMask": packed(np.asarray(ImageOps.pad(mask_image, last_first, Image.Resampling.NEAREST, color=0))),
        "bicubic": packed(np.asarray(cropped(image, side, size, InterpolationMode.BICUBIC))),
        "imagenet": normalise(to_tensor(crop)).numpy().transpose(1, 2, 0).ravel().tolist(),
    })
Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
