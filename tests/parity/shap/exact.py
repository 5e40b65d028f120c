"""Shapley values of shap's ExactExplainer over cells and superpixels: exact.json, beside this file."""

import numpy as np
import shap
from explained import write


def phi_of(value, count, _):
    explainer = shap.ExactExplainer(value, lambda mask, x: (mask[None].astype(float),))
    return explainer(np.ones((1, count)), max_evals=2**count).values[0]


write(__file__, phi_of, {}, 0)
