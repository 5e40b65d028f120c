"""What FeatureAblation of Captum gives for cells: feature_ablation.json, beside this file."""

from captum.attr import FeatureAblation
from explained import case, cell_mask, write


def ablated(cell, baseline):
    def explain(network, x, wanted, _):
        return FeatureAblation(network).attribute(x, baseline, target=wanted, feature_mask=cell_mask(x.shape, cell))

    return explain


cases = [
    case(name, {"cell": cell, "baseline": baseline}, ablated(cell, baseline))
    for name, cell, baseline in (("plain", [4, 5], 0), ("residual", [3, 3], 0.5), ("signal", [5], 0), ("signal", [1], 0.25))
]
write(__file__, cases)
