"""Shapley values of shap's ExactExplainer over cells and superpixels: exact.json, beside this file.

The background of each sample are the other two samples, in their order.
"""

import base64
import json
import pathlib

import numpy as np
import onnxruntime
import shap
from skimage.segmentation import felzenszwalb, slic

FOLDER = pathlib.Path(__file__).parent
given = json.loads((FOLDER.parent / "captum" / "networks.json").read_text())


def cells(*size):
    def of(image):
        found = np.zeros(image.shape[:-1], int)
        for axis, step in enumerate(size):
            extent = image.shape[axis]
            places = (np.arange(extent) // step).reshape([-1 if a == axis else 1 for a in range(len(size))])
            found = found * -(-extent // step) + places
        return found

    return of


def scaled(image):
    return (image - image.min()) / (image.max() - image.min())


def map_of(predict, image, references, segments):
    count = segments.max() + 1

    def value(kept):
        """The mean output over the references, of each row of kept features."""
        shown = kept.astype(bool)[:, segments][..., None]
        return np.mean([predict(np.where(shown, image, reference)) for reference in references], axis=0)

    explainer = shap.ExactExplainer(value, lambda mask, x: (mask[None].astype(float),))
    phi = explainer(np.ones((1, count)), max_evals=2**count).values[0]
    return phi[segments].flatten().tolist()


settings = {
    "plain": [
        ({"cell": [4, 6]}, cells(4, 6)),
        ({"superpixels": {"by": "slic", "segments": 6}}, lambda x: slic(x, n_segments=6, start_label=0)),
    ],
    "residual": [
        ({"cell": [5, 5]}, cells(5, 5)),
        ({"superpixels": {"by": "felzenszwalb", "minSize": 15}}, lambda x: felzenszwalb(scaled(x), min_size=15)),
    ],
    "signal": [
        ({"cell": [3]}, cells(3)),
        ({"superpixels": {"by": "slic", "segments": 7}}, lambda x: np.arange(len(x)) * 7 // len(x)),
    ],
}
cases = []
for name, network in given["networks"].items():
    session = onnxruntime.InferenceSession(base64.b64decode(network["model"]))
    inputs = np.moveaxis(np.array(network["inputs"], np.float32).reshape(network["shape"]), 1, -1)
    for params, segments_of in settings[name]:
        maps = []
        for sample, wanted in enumerate(given["classes"]):

            def predict(x):
                return session.run(None, {"x": np.ascontiguousarray(np.moveaxis(x, -1, 1))})[0][:, wanted].astype(np.float64)

            segments = segments_of(inputs[sample].astype(np.float64))
            maps.append(map_of(predict, inputs[sample], np.delete(inputs, sample, 0), segments))
        cases.append({"network": name, "params": params, "maps": maps})

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"shap": shap.__version__, "cases": cases}) + "\n")
