"""What FaithfulnessCorrelation gives on the small network: faithfulness_correlation.json, beside this file.

Its random subsets are written down, so that the test can take the same out.
"""

import numpy as np
import quantus
from network import channels_last
from small_samples import CHANNELS, QUIET, SAMPLES, draw_maps, places, scored, write

RUNS, SIZE = 12, 7


def case(channels, target):
    maps = draw_maps(channels)
    drawn = []
    choice = np.random.choice

    def remembered(*args, **kwargs):
        drawn.append(choice(*args, **kwargs))
        return drawn[-1]

    np.random.choice = remembered
    metric = quantus.FaithfulnessCorrelation(nr_runs=RUNS, subset_size=SIZE, return_aggregate=False, **QUIET)
    scores = scored(metric, maps, target)
    np.random.choice = choice
    # Drawn run after run, in it sample after sample.
    subsets = places[np.array(drawn)].reshape(RUNS, SAMPLES, SIZE).transpose(1, 0, 2)
    return {
        "target": target,
        "maps": channels_last(maps),
        "subsets": subsets.tolist(),
        "scores": np.asarray(scores).tolist(),
    }


np.random.seed(0)
write(__file__, [case(channels, target) for channels in (1, CHANNELS) for target in ("logit", "probability")])
