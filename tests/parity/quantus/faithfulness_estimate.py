"""What FaithfulnessEstimate gives on the small network: faithfulness_estimate.json, beside this file."""

import numpy as np
import quantus
from network import channels_last
from small_samples import CHANNELS, QUIET, draw_maps, scored, write


def case(channels, target, step):
    maps = draw_maps(channels)
    metric = quantus.FaithfulnessEstimate(features_in_step=step, **QUIET)
    return {
        "target": target,
        "step": step,
        "maps": channels_last(maps),
        "scores": np.asarray(scored(metric, maps, target)).tolist(),
    }


# Where values tie in a step of several, Quantus takes them as argsort leaves them: only maps without ties have steps of several here.
settings = [(1, 1), (CHANNELS, 1), (CHANNELS, 4)]
write(__file__, [case(channels, target, step) for channels, step in settings for target in ("logit", "probability")])
