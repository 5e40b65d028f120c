"""What PermutationExplainer of shap gives with the orders of xaigrid: permutation.json, beside this file."""

import numpy as np
import shap
from explained import SampleRandom, write

DRAWS, SEED = 4, 12
# libs/explainers/src/random-streams.ts
STREAM = 48


def phi_of(value, count, sample):
    random = SampleRandom(SEED, sample, STREAM)

    def shuffled(inds):
        inds[:] = random.choice(count, count)

    np.random.shuffle = shuffled

    def masked(mask, x):
        return (mask[None].astype(float),)

    # Its default masks nothing of what is shown already: it asks which features differ.
    masked.shape = (1, count)
    explainer = shap.PermutationExplainer(value, masked)
    return explainer(np.ones((1, count)), max_evals=DRAWS * (2 * count + 1)).values[0]


write(__file__, phi_of, {"draws": DRAWS}, SEED)
