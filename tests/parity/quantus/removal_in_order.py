"""PixelFlipping, RegionPerturbation, Selectivity and Monotonicity of Quantus: removal_in_order.json, beside this file.

Each is asked about the same inputs and maps, of one channel and of two. No two values of a map are equal, so that their order is no
matter of the sorting algorithm.
"""

import json
import pathlib
import warnings

import numpy as np
import quantus
import torch

from network import Network, channels_last

warnings.filterwarnings("ignore")
SAMPLES, CLASSES = 3, 3
quiet = {"disable_warnings": True}


def area(values):
    """What get_auc_score averages over samples."""
    return quantus.helpers.utils.calculate_auc(np.array(values, dtype=np.float64))


def asked(channels, height, width):
    generator = np.random.default_rng(channels)
    shape = (SAMPLES, channels, height, width)
    # As xaigrid has them, in float32; Quantus calculates with them in float64.
    inputs = (generator.uniform(-0.4, 0.6, shape) / np.sqrt(channels)).astype(np.float32).astype(np.float64)
    maps = generator.normal(size=shape).astype(np.float32).astype(np.float64)
    classes = np.arange(SAMPLES) % CLASSES
    network = Network(channels, height, width, CLASSES).eval()

    def scores(metric, of=maps):
        return metric(model=network, x_batch=inputs.copy(), y_batch=classes, a_batch=of.copy(), device="cpu", channel_first=True)

    regions = {
        f"patch {patch}, {regions} regions": [
            area(falls)
            for falls in scores(quantus.RegionPerturbation(patch_size=patch, regions_evaluation=regions, **quiet))
        ]
        for patch, regions in ((8, 100), (3, 10), (4, 100))
    }
    return {
        **{"inputShape": [height, width, channels], "inputs": channels_last(inputs), "maps": channels_last(maps)},
        "pixelFlipping": {
            str(step): scores(quantus.PixelFlipping(features_in_step=step, return_auc_per_sample=True, **quiet)) for step in (1, 5)
        },
        "regionPerturbation": regions,
        "selectivity": {
            str(patch): [area(curve) for curve in scores(quantus.Selectivity(patch_size=patch, **quiet))] for patch in (8, 3)
        },
        "monotonicity": [bool(found) for of in (maps, -maps) for found in scores(quantus.Monotonicity(**quiet), of)],
    }


pathlib.Path(__file__).with_name("removal_in_order.json").write_text(
    json.dumps({"quantus": "0.6.0", "cases": [asked(1, 12, 10), asked(2, 10, 10)]}, default=float) + "\n"
)
