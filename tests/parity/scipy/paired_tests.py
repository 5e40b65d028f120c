"""What SciPy and statsmodels make of differences and of lists: paired_tests.json, beside this file.

wilcoxon: scipy.stats.wilcoxon with its defaults. welch: scipy.stats.ttest_ind(equal_var=False). kendall: scipy.stats.kendalltau. tails: scipy.stats.norm.sf. student: twice scipy.stats.t.sf. holm:
statsmodels.stats.multitest.multipletests(method="holm").
"""

import json
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

random = np.random.default_rng(0)


def differences(count, kind, shift):
    if kind == "plain":
        return random.normal(shift, 1, count)
    if kind == "ties":
        return (random.integers(0, 6, count) + 0.5) * random.choice([-1, 1], count, p=[0.5 - shift / 3, 0.5 + shift / 3])
    return np.round(random.normal(shift, 1, count))


signed = []
for kind in ("plain", "ties", "zeros"):
    for count in (1, 2, 5, 12, 13, 14, 25, 26, 50, 51, 400):
        for shift in (0.0, 0.5):
            values = differences(count, kind, shift)
            if not values.any():
                continue
            signed.append({"kind": kind, "differences": values.tolist(), "p": float(stats.wilcoxon(values).pvalue)})

welch = []
for counts in ((2, 2), (3, 40), (200, 50), (1000, 1000)):
    for shift in (0.0, 0.2, 3.0):
        a, b = random.normal(shift, 1, counts[0]), random.normal(0, 3, counts[1])
        groups = [{"count": len(x), "mean": float(x.mean()), "variance": float(x.var(ddof=1))} for x in (a, b)]
        welch.append({"groups": groups, "p": float(stats.ttest_ind(a, b, equal_var=False).pvalue)})

kendall = []
for count in (2, 3, 6, 15):
    for levels in (3, 1000):
        a, b = random.integers(0, levels, (2, count))
        tau = float(stats.kendalltau(a, b).statistic)
        kendall.append({"a": a.tolist(), "b": b.tolist(), "tau": None if np.isnan(tau) else tau})

holm = []
for count in (1, 2, 7, 105):
    values = random.uniform(0, 1, count) ** 4
    values[: count // 3] = values[0]
    holm.append({"p": values.tolist(), "adjusted": multipletests(values, method="holm")[1].tolist()})

pathlib.Path(__file__).with_name("paired_tests.json").write_text(
    json.dumps(
        {
            "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__,
            "wilcoxon": signed,
            "welch": welch,
            "kendall": kendall,
            "tails": [{"z": z, "p": float(stats.norm.sf(z))} for z in (0, 0.1, 1, 1.96, 2.9, 3, 3.1, 6, 20, 37)],
            "student": [
                {"t": t, "freedom": df, "p": float(2 * stats.t.sf(t, df))}
                for df in (1, 1.5, 7.3, 120.4, 1e4, 1e6)
                for t in (0, 0.01, 0.7, 2, 6, 30)
            ],
            "holm": holm,
        }
    )
    + "\n"
)
