"""The networks of ../captum/classifiers.json for Xplique, and the random numbers of xaigrid. Has no numbers of its own."""

import base64
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import tensorflow as tf

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "quantus"))
from draws import SampleRandom  # noqa: E402, F401

tf.config.run_functions_eagerly(True)
given = json.loads((FOLDER.parent / "captum" / "classifiers.json").read_text())
CLASSES = 4


class Network:
    """Takes samples channels last, as Xplique has them; ONNX Runtime computes."""

    def __init__(self, model):
        self.session = onnxruntime.InferenceSession(base64.b64decode(model))

    def __call__(self, x):
        return tf.constant(self.session.run(None, {"x": np.ascontiguousarray(np.moveaxis(np.asarray(x, np.float32), -1, 1))})[0])


def networks():
    """Each network with its samples, channels last."""
    for name, network in given["networks"].items():
        inputs = np.array(network["inputs"], np.float32).reshape(network["shape"])
        yield name, Network(network["model"]), np.ascontiguousarray(np.moveaxis(inputs, 1, -1))


def one(inputs, sample):
    """One sample, and its class as Xplique wants it."""
    return inputs[sample : sample + 1], tf.one_hot(given["classes"][sample : sample + 1], CLASSES)


def write(script, cases):
    """Beside the script: cases of {network, params, seed, maps}."""
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps({"xplique": "1.4.0", "cases": cases}) + "\n")
