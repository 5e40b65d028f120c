"""What HsicAttributionMethod of Xplique gives with the masks of xaigrid: hsic.json, beside this file."""

import numpy as np
from design import latin_hypercube
from explained import given, networks, one, write
from xplique.attributions import HsicAttributionMethod
from xplique.attributions.global_sensitivity_analysis import LatinHypercube

DRAWS, CELLS, SEED = 100, 5, 9
# libs/explainers/src/random-streams.ts
STREAM = 47


class Ours(LatinHypercube):
    def __init__(self, sample):
        super().__init__(binary=True)
        self.sample = sample

    def __call__(self, dimension, points):
        return self.make_binary(latin_hypercube(points, dimension, SEED, self.sample, STREAM).astype(np.float32))


def map_of(model, inputs, sample):
    method = HsicAttributionMethod(model, CELLS, DRAWS, Ours(sample))
    return np.asarray(method(*one(inputs, sample))).flatten().tolist()


params = {"draws": DRAWS, "cells": [CELLS, CELLS], "upsampling": "cubic"}
write(
    __file__,
    [
        {"network": name, "params": params, "seed": SEED, "maps": [map_of(model, inputs, sample) for sample in range(len(given["classes"]))]}
        for name, model, inputs in networks()
        if name != "signal"
    ],
)
