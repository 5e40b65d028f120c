"""What SobolAttributionMethod of Xplique gives with the designs of xaigrid: sobol.json, beside this file."""

import numpy as np
from design import latin_hypercube
from explained import given, networks, one, write
from xplique.attributions import SobolAttributionMethod
from xplique.attributions.global_sensitivity_analysis import LatinHypercubeRS

CELLS, SEED = 5, 8
# libs/explainers/src/random-streams.ts
STREAM = 46


class Ours(LatinHypercubeRS):
    def __init__(self, sample):
        super().__init__()
        self.sample = sample

    def __call__(self, dimension, points):
        both = latin_hypercube(points, 2 * dimension, SEED, self.sample, STREAM).astype(np.float32)
        a, b = both[:, :dimension], both[:, dimension:]
        return np.concatenate([a, b, self.build_replicated_design(a, b)], 0)


def map_of(model, inputs, sample, draws):
    method = SobolAttributionMethod(model, CELLS, draws, Ours(sample))
    return np.asarray(method(*one(inputs, sample))).flatten().tolist()


def case(name, model, inputs, draws):
    params = {"draws": draws, "cells": [CELLS, CELLS], "upsampling": "cubic"}
    maps = [map_of(model, inputs, sample, draws) for sample in range(len(given["classes"]))]
    return {"network": name, "params": params, "seed": SEED, "maps": maps}


write(__file__, [case(name, *found, draws) for name, *found in networks() if name != "signal" for draws in (8, 32)])
