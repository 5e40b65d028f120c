"""What the scripts of scikit-learn's models share: `FAMILY.py list`, and `FAMILY.py make NAME FOLDER`."""

import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import onnx
import skl2onnx
import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn import datasets
from sklearn.pipeline import Pipeline

sys.path.append(str(Path(__file__).parents[1] / "shared"))

import family
from choice import CANDIDATES, SAMPLES, choose, save
from own_file import own_error

from references import probabilities_of, references

VERSIONS = {"scikit-learn": sklearn.__version__, "skl2onnx": skl2onnx.__version__, "onnx": onnx.__version__}

# name -> type of the input, "columns" for one a feature; options of skl2onnx; operator sets.
EXPORTS = {
    "zipmap": (FloatTensorType, {}, None),
    "matrix": (FloatTensorType, {"zipmap": False}, None),
    "matrix-13": (FloatTensorType, {"zipmap": False}, {"": 13, "ai.onnx.ml": 1}),
    "columns": ("columns", {"zipmap": False}, None),
    "float64": (DoubleTensorType, {"zipmap": False}, None),
}
EXPLAINED = {"zipmap"}

LOADERS = {"iris": datasets.load_iris, "wine": datasets.load_wine, "cancer": datasets.load_breast_cancer, "digits": datasets.load_digits}


def main(architectures):
    """
    architectures: name -> (model, name of one of scikit-learn's data sets, whether its output changes in steps only, so that it has no gradient).

    Each is trained on every second sample of its data set.
    """
    warnings.simplefilter("ignore")
    family.main(architectures, VERSIONS, make)


def make(name, architecture, folder):
    model, dataset, steps = architecture
    data, target = LOADERS[dataset](return_X_y=True)
    # As a file of float32 has them.
    data = data.astype(np.float32).astype(np.float64)
    train = np.arange(len(data)) % 2 == 0
    np.random.seed(0)
    model.fit(data[train], target[train])
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    # Of those that the model is least sure of: at others nothing is left of a gradient.
    sure = probabilities_of(model, data[~train]).max(1)
    unsure = data[~train][np.argsort(sure, kind="stable")[: 3 * CANDIDATES]]
    candidates = rng.choice(unsure, CANDIDATES, replace=False, shuffle=False)
    found = references(model, candidates, data[train].std(0), steps)
    chosen, moved = (np.arange(SAMPLES), 0) if steps else choose(found["float32"], found["float64"], [])
    samples = candidates[chosen].astype(np.float32)
    np.save(folder / "samples.npy", samples)
    save(folder, chosen, found)
    # Inputs by column are for what joins them: skl2onnx wants one of a classifier by itself.
    alone = not isinstance(getattr(model, "estimator", model), Pipeline)
    files = {kind: f"{kind}.onnx" for kind in EXPORTS if not (alone and kind == "columns")}
    exports = family.exported(files, folder, lambda kind, path: export(model, kind, path, samples), EXPLAINED)
    family.write_manifest(
        folder,
        classes=len(model.classes_),
        parameters=max((numbers_in(folder / entry["file"]) for entry in exports if "file" in entry), default=0),
        inputShape=[data.shape[1]],
        float64_error=None,
        gradient_by_rounding=moved,
        exports=exports,
    )


def export(model, kind, path, samples):
    of, options, opset = EXPORTS[kind]
    if not hasattr(model, "predict_proba"):
        # There are no probabilities to write otherwise.
        options = {}
    features = samples.shape[1]
    types = [(f"f{at}", FloatTensorType([None, 1])) for at in range(features)] if of == "columns" else [("X", of([None, features]))]
    file = to_onnx(model, initial_types=types, options=options, target_opset=opset)
    Path(path).write_bytes(file.SerializeToString())
    if not hasattr(model, "predict_proba"):
        return None
    return own_error(path, samples, model.predict_proba(samples.astype(np.float64)), probabilities_of_file)


def probabilities_of_file(outputs):
    """The second output; a ZipMap makes it one dictionary a sample, label -> probability, in the order of labels."""
    found = outputs[1]
    return np.array([list(row.values()) for row in found]) if isinstance(found, list) else found


def numbers_in(path):
    """How many numbers of float a file has in its constants and attributes."""
    graph = onnx.load(path).graph
    constants = sum(int(np.prod(constant.dims)) for constant in graph.initializer)
    return constants + sum(len(attribute.floats) for node in graph.node for attribute in node.attribute)
