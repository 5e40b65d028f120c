"""What MonotonicityCorrelation gives on the small network: monotonicity_correlation.json, beside this file.

The numbers that it draws are written down, so that the test can put in the same.
"""

import numpy as np
import quantus
from network import channels_last
from small_samples import CHANNELS, QUIET, draw_maps, scored, write

DRAWS = 3


def case(channels, target, step):
    maps = draw_maps(channels)
    drawn = []
    uniform = np.random.uniform

    def remembered(*args, **kwargs):
        drawn.append(uniform(*args, **kwargs))
        return drawn[-1]

    np.random.uniform = remembered
    # It divides by outputs, but not by those below eps, and fails where some are below and some are not.
    metric = quantus.MonotonicityCorrelation(nr_samples=DRAWS, features_in_step=step, eps=0, **QUIET)
    scores = scored(metric, maps, target)
    np.random.uniform = uniform
    return {
        "target": target,
        "step": step,
        "maps": channels_last(maps),
        "drawn": np.array(drawn).T.tolist(),
        "scores": np.asarray(scores).tolist(),
    }


np.random.seed(0)
# A map of one channel ties within each position, where Quantus has the order that argsort leaves.
settings = [(CHANNELS, 1), (CHANNELS, 4)]
write(__file__, [case(channels, target, step) for channels, step in settings for target in ("logit", "probability")])
