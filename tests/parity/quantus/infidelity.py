"""What Infidelity gives on the small network: infidelity.json, beside this file."""

import numpy as np
import quantus
from network import channels_last
from small_samples import CHANNELS, QUIET, draw_maps, scored, write


def case(channels, target, side):
    maps = draw_maps(channels)
    metric = quantus.Infidelity(perturb_patch_sizes=[side], **QUIET)
    return {
        "target": target,
        "side": side,
        "maps": channels_last(maps),
        "scores": np.asarray(scored(metric, maps, target)).tolist(),
    }


settings = [(1, 2), (CHANNELS, 2), (CHANNELS, 1)]
write(__file__, [case(channels, target, side) for channels, side in settings for target in ("logit", "probability")])
