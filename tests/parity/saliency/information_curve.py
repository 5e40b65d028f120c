"""What compute_pic_metric of saliency makes of sizes and outputs: information_curve.json, beside this file.

Sizes and outputs are those that the package found of blurred images; the curve is drawn with many points, for the area itself.
"""

import json
import pathlib

import numpy as np
from saliency.metrics import pic

EXTENT, SAMPLES, THRESHOLDS = 24, 6, [0.01, 0.03, 0.07, 0.13, 0.21, 0.34, 0.5, 0.75]

random = np.random.default_rng(10)
places = np.arange(EXTENT)
np.random.seed(11)
estimate = pic.estimate_image_entropy


def cases():
    for sample in range(SAMPLES):
        waves = np.sin(places[:, None] / (2 + sample)) * np.cos(places[None] / 3)
        image = np.clip(128 + 60 * waves + 40 * random.normal(size=(EXTENT, EXTENT)), 0, 255).astype(np.uint8)
        sizes, outputs = [], []

        def entropy(blurred):
            sizes.append(estimate(blurred))
            return sizes[-1]

        def predict(images):
            # Whether most of what is sharp lies in the middle: rises unevenly, and falls at times.
            close = np.abs(images[0].astype(float) - image) < 1
            outputs.append(float(close[6:18, 6:18].mean() * (0.8 + 0.2 * np.cos(sample + close.mean() * 9))))
            return [outputs[-1]]

        pic.estimate_image_entropy = entropy
        mask = pic.generate_random_mask(EXTENT, EXTENT, 0.02)
        result = pic.compute_pic_metric(
            *(image, random.random((EXTENT, EXTENT)), mask, predict, THRESHOLDS), min_pred_value=0.0, num_data_points=200_000
        )
        # The package asks for the whole image first, then for the blurred one.
        yield {"information": [float(size) for size in sizes], "performance": outputs, "area": float(result.auc)}


pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"saliency": "0.2.1", "cases": list(cases())}) + "\n")
