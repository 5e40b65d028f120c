"""What confseq makes of numbers between 0 and 1, and its boundary for numbers without bounds: betting.json, beside this file.

capital: betting.betting_mart(theta=1 and theta=0, N=400), without replacement: after how many numbers the capital of who bets on a higher
mean, or on a lower one, is first 2 / alpha. interval: betting.betting_cs(N=400, running_intersection=True) with a grid of 2000 means.
boundary: boundaries.normal_mixture_bound, two-sided, tightest at 500.
"""

import json
import pathlib

import numpy as np
from confseq import betting, boundaries
from confseq.predmix import lambda_predmix_eb

random = np.random.default_rng(0)
ALPHA = 0.05
POPULATION = 400

drawn = {
    "uniform": random.uniform(0, 1, POPULATION),
    "shares": random.choice([0, 0.5, 1], POPULATION, p=[0.2, 0.3, 0.5]),
    "narrow": random.normal(0.55, 0.05, POPULATION).clip(0, 1),
}


def bets(x, _mean):
    """Each side bets for half of alpha."""
    return lambda_predmix_eb(x, alpha=ALPHA / 2)


def first(values, mean, theta):
    with np.errstate(all="ignore"):
        capital = betting.betting_mart(
            values, mean, alpha=ALPHA, lambdas_fn_positive=bets, lambdas_fn_negative=bets, N=POPULATION, theta=theta
        )
    # A mean that is impossible given the numbers before excludes itself, but confseq gives both sides endless capital then.
    left = (POPULATION * mean - np.append(0, np.cumsum(values)[:-1])) / (POPULATION - np.arange(len(values)))
    capital[left > 1 if theta == 1 else left < 0] = 0
    reached = np.nonzero(capital >= 2 / ALPHA)[0]
    return int(reached[0]) + 1 if len(reached) else None


sequences = []
for kind, population in drawn.items():
    for count in (20, 150, 350):
        values = population.round(6)[:count]
        with np.errstate(all="ignore"):
            low, high = betting.betting_cs(values, alpha=ALPHA, N=POPULATION, breaks=2000, running_intersection=True)
        sequences.append(
            {
                "kind": kind,
                "values": values.tolist(),
                "capital": [
                    {"mean": mean, "above": first(values, mean, 1), "below": first(values, mean, 0)}
                    for mean in (0.3, 0.4, 0.5, 0.54, 0.56, 0.6, 0.7)
                ],
                "low": float(low[-1]),
                "high": float(high[-1]),
            }
        )

boundary = [
    {"count": count, "alpha": alpha, "sum": boundaries.normal_mixture_bound(count, alpha, 500, alpha, False)}
    for count in (50, 500, 10000)
    for alpha in (0.05, 0.001)
]

pathlib.Path(__file__).with_name("betting.json").write_text(
    json.dumps({"alpha": ALPHA, "population": POPULATION, "sequences": sequences, "boundary": boundary}) + "\n"
)
