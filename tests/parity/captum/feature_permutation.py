"""What FeaturePermutation of Captum gives: feature_permutation.json, beside this file.

It permutes a feature within the batch: here each sample gets it from the next one, and the last from the first.
"""

import torch
from captum.attr import FeaturePermutation
from explained import CLASSES_EXPLAINED, NETWORKS, cell_mask, write


def rolled(x, mask):
    return x * ~mask.bool() + x.roll(-1, 0) * mask.bool()


def case(name, cell):
    network, inputs = (found.double() for found in NETWORKS[name])
    mask = cell_mask(inputs.shape, cell)
    with torch.no_grad():
        found = FeaturePermutation(network, rolled).attribute(inputs, target=CLASSES_EXPLAINED, feature_mask=mask)
    return {"network": name, "params": {"cell": cell, "draws": 1}, "maps": [of[0].flatten().tolist() for of in found]}


write(__file__, [case("plain", [4, 5]), case("residual", [3, 3]), case("signal", [4])])
