"""Designs of xaigrid for Xplique's methods of sensitivity analysis. Has no numbers of its own."""

import numpy as np
from explained import SampleRandom


def latin_hypercube(points, dimensions, seed, sample, stream):
    random = SampleRandom(seed, sample, stream)
    found = np.empty((points, dimensions))
    for dimension in range(dimensions):
        strata = random.choice(points, points)
        found[:, dimension] = [(stratum + random.uniform()) / points for stratum in strata]
    return found
