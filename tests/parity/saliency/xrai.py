"""What XRAI of saliency makes of attributions: xrai.json, beside this file.

Images are segmented as they are: the resizing to 224 × 224 is left out. Attributions are given, so that only regions and their order are compared.
"""

import json
import pathlib

import numpy as np
import saliency.core as saliency
from saliency.core import xrai

SCALES, SIGMA = [50, 150, 500], 0.8
# Sides, channels, smallest segment, radius of growth, fewest positions that a region must add.
CASES = [(24, 20, 3, 6, 1, 3), (16, 16, 1, 4, 0, 1), (32, 28, 3, 10, 2, 8)]


def smooth(random, height, width, channels):
    """Blocks of colour with some noise, in which segments find something."""
    coarse = random.random((height // 4, width // 4, channels))
    return np.repeat(np.repeat(coarse, 4, 0), 4, 1) + 0.1 * random.random((height, width, channels))


def case(seed, height, width, channels, min_size, radius, fewest):
    random = np.random.default_rng(seed)
    image = np.round(smooth(random, height, width, channels), 6).astype(np.float32).astype(np.float64)
    attributions = np.round(random.normal(size=image.shape) + 2 * smooth(random, height, width, channels), 6)
    xrai._FELZENSZWALB_SCALE_VALUES = SCALES
    xrai._FELZENSZWALB_MIN_SEGMENT_SIZE = min_size
    masks = xrai._get_segments_felzenszwalb(image, resize_image=False, dilation_rad=radius)
    parameters = saliency.XRAIParameters()
    parameters.experimental_params["min_pixel_diff"] = fewest
    found = saliency.XRAI().GetMask(image, None, segments=masks, base_attribution=attributions, extra_parameters=parameters)
    return {
        **{"shape": list(image.shape), "minSize": min_size, "radius": radius, "fewest": fewest, "regions": len(masks)},
        **{"image": image.flatten().tolist(), "attributions": attributions.flatten().tolist()},
        "map": [float(f"{value:.12g}") for value in found.flatten()],
    }


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"scales": SCALES, "sigma": SIGMA, "cases": [case(seed, *one) for seed, one in enumerate(CASES)]}) + "\n"
)
