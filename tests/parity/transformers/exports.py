"""The networks of networks.py as ONNX files, with their samples: exports.json, beside this file.

Most files are of the exporter that traces (TorchScript). Two are of the newer one, which keeps attention whole since operator set 23.
"""

import json
import pathlib

from networks import NETWORKS, exported, made, packed


def network(name):
    network, samples = made(name)
    models = {"traced": exported(network, samples)}
    if name == "timm ViT":
        models["dynamo"] = exported(network, samples, dynamo=True)
        models["dynamo, operator set 23"] = exported(network, samples, dynamo=True, opset_version=23)
    return {"models": models, "shape": [*samples.shape[2:], samples.shape[1]], "inputs": packed(samples)}


pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({name: network(name) for name in NETWORKS}) + "\n")
