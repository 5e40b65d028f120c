"""What ShapleyValueSampling of Captum gives with the orders of xaigrid: shapley_value_sampling.json, beside this file."""

from captum.attr import ShapleyValueSampling
from explained import SampleRandom, case, cell_mask, write

SEED, DRAWS = 6, 12
# libs/explainers/src/random-streams.ts
STREAM = 44


def sampled(cell, baseline):
    def explain(network, x, wanted, sample):
        random = SampleRandom(SEED, sample, STREAM)

        def orders(features, draws):
            for _ in range(draws):
                yield random.choice(features, features)
                # The reference: one of one.
                random.integer(1)

        method = ShapleyValueSampling(network)
        method.permutation_generator = orders
        return method.attribute(x, baseline, target=wanted, feature_mask=cell_mask(x.shape, cell), n_samples=DRAWS)

    return explain


cases = [
    {**case(name, {"cell": cell, "draws": DRAWS}, sampled(cell, baseline), SEED), "reference": baseline}
    for name, cell, baseline in (("plain", [4, 5], 0), ("residual", [3, 3], 0.5), ("signal", [4], 0.25))
]
write(__file__, cases)
