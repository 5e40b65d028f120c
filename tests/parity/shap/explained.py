"""What scripts share that explain the networks of ../captum/classifiers.json by shap. Has no numbers of its own.

The background of each sample are the other two samples, in their order.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnxruntime
import shap
from skimage.segmentation import felzenszwalb, slic

FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "quantus"))
from draws import SampleRandom  # noqa: E402, F401

given = json.loads((FOLDER.parent / "captum" / "classifiers.json").read_text())


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


def map_of(predict, image, references, segments, phi_of):
    """phi_of gets the mean output over the references as a function of rows of kept features, and how many features there are."""

    def value(kept):
        shown = kept.astype(bool)[:, segments][..., None]
        return np.mean([predict(np.where(shown, image, reference)) for reference in references], axis=0)

    return phi_of(value, segments.max() + 1)[segments].flatten().tolist()


settings = {
    "plain": [
        ({"cell": [4, 6]}, cells(4, 6)),
        ({"superpixels": {"by": "slic", "segments": 6, "compactness": 10}}, lambda x: slic(x, n_segments=6, start_label=0)),
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


def write(script, phi_of, more, seed):
    """Beside the script: `phi_of` gets a function of coalitions, the number of features, and the sample."""
    cases = []
    for name, network in given["networks"].items():
        session = onnxruntime.InferenceSession(base64.b64decode(network["model"]))
        inputs = np.moveaxis(np.array(network["inputs"], np.float32).reshape(network["shape"]), 1, -1)
        for params, segments_of in settings[name]:
            maps = []
            for sample, wanted in enumerate(given["classes"]):

                def predict(x):
                    return session.run(None, {"x": np.ascontiguousarray(np.moveaxis(x, -1, 1))})[0][:, wanted].astype(np.float64)

                def phi(value, count):
                    return phi_of(value, count, sample)

                segments = segments_of(inputs[sample].astype(np.float64))
                maps.append(map_of(predict, inputs[sample], np.delete(inputs, sample, 0), segments, phi))
            cases.append({"network": name, "params": {**params, **more}, "seed": seed, "maps": maps})
    pathlib.Path(script).with_suffix(".json").write_text(json.dumps({"shap": shap.__version__, "cases": cases}) + "\n")
