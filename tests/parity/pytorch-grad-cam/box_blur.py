"""What OpenCV's blur makes of small images: box_blur.json, beside this file. The package comes with pytorch-grad-cam."""

import json
import pathlib

import cv2
import numpy as np

random = np.random.default_rng(5)
cases = []
for height, width, channels, extent in [(9, 12, 1, 3), (8, 7, 3, 4), (5, 6, 2, 1), (6, 9, 3, 20), (1, 7, 1, 5), (16, 16, 3, 128)]:
    image = random.normal(0, 1, (height, width, channels)).astype(np.float32)
    blurred = cv2.blur(image, (extent, extent)).ravel()
    values = [[float(f"{value:.9g}") for value in array.ravel().tolist()] for array in (image, blurred)]
    cases.append({"shape": image.shape, "extent": extent, "image": values[0], "blurred": values[1]})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"opencv": cv2.__version__, "cases": cases}) + "\n")
