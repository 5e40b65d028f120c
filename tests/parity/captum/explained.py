"""What scripts share that explain the networks of networks.py. Has no numbers of its own."""

import json
import pathlib
import sys

import torch

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "quantus"))
from draws import SampleRandom  # noqa: E402, F401
from classifiers import CLASSES_EXPLAINED, NETWORKS  # noqa: E402, F401


def cell_mask(shape, cell):
    """Captum's feature mask for cells of positions with all their channels: [1, 1, ...positions]."""
    mask = torch.zeros([1] * len(shape[2:]), dtype=torch.long)
    for axis, (extent, size) in enumerate(zip(shape[2:], cell)):
        places = torch.arange(extent) // size
        mask = mask * (-(-extent // size)) + places.reshape([-1 if a == axis else 1 for a in range(len(shape[2:]))])
    return mask[None, None]


def case(name, params, explain, seed=0):
    """The maps of all samples, of one channel each. `explain` gets the network, a sample, its class and its index, in float64."""
    network, inputs = (found.double() for found in NETWORKS[name])
    maps = []
    with torch.no_grad():
        for index, wanted in enumerate(CLASSES_EXPLAINED):
            found = explain(network, inputs[index : index + 1], wanted, index)
            maps.append(found[0, 0].flatten().tolist())
    return {"network": name, "params": params, "seed": seed, "maps": maps}


def write(script, cases):
    """Beside the script."""
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps({"captum": "0.9.0", "cases": cases}) + "\n")
