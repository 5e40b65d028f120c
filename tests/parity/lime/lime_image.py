"""What lime_image gives with the draws of xaigrid, on the networks of ../captum/classifiers.json: lime_image.json, beside this file.

lime takes images of three channels. The signal with its two channels goes as an image of one row with a third channel of zeros.
"""

import base64
import json
import pathlib
import sys

import lime
import numpy as np
import onnxruntime
from lime.lime_image import LimeImageExplainer
from lime.wrappers.scikit_image import SegmentationAlgorithm
from skimage.segmentation import felzenszwalb, slic

DRAWS, SEED = 80, 11
# libs/explainers/src/random-streams.ts
STREAM = 43
FOLDER = pathlib.Path(__file__).parent
sys.path.append(str(FOLDER.parent / "quantus"))
from draws import SampleRandom  # noqa: E402

given = json.loads((FOLDER.parent / "captum" / "classifiers.json").read_text())


class Draws:
    """In place of NumPy's generator."""

    def __init__(self, sample):
        self.random = SampleRandom(SEED, sample, STREAM)

    def randint(self, low, high, count=None):
        if count is None:
            return 0
        # lime draws its first row too, and puts ones there; xaigrid does not draw it.
        features = count // DRAWS
        return np.array([0] * features + [self.random.integer(2) for _ in range(count - features)])


def scaled(image):
    return ((image - image.min()) / (image.max() - image.min())).astype(np.float64)


def map_of(session, inputs, sample, segments_of, **options):
    image = np.moveaxis(inputs[sample], 0, -1).astype(np.float64)
    signal = image.ndim == 2
    if signal:
        image = np.concatenate([image, np.zeros((len(image), 1))], 1)[None]

    def predict(images):
        x = np.moveaxis(images, -1, 1).astype(np.float32)
        return session.run(None, {"x": np.ascontiguousarray(x[:, :2, 0] if signal else x)})[0].astype(np.float64)

    explainer = LimeImageExplainer(kernel_width=options.pop("kernel_width", 0.25), random_state=0)
    explainer.random_state = Draws(sample)
    wanted = given["classes"][sample]
    segments = segments_of(image)
    found = explainer.explain_instance(
        image, predict, labels=(wanted,), top_labels=None, num_samples=DRAWS, segmentation_fn=lambda _: segments, **options
    )
    coefficients = dict(found.local_exp[wanted])
    return [float(coefficients[s]) for s in segments.flatten()]


def pieces(count):
    return lambda image: (np.arange(image.shape[1]) * count // image.shape[1])[None]


def cells(size):
    def of(image):
        y, x = np.indices(image.shape[:2]) // size
        return y * -(-image.shape[1] // size) + x

    return of


settings = {
    "plain": [
        ({"superpixels": {"by": "slic", "segments": 12, "compactness": 10}}, lambda x: slic(x, n_segments=12, compactness=10, start_label=0), {}),
        ({"superpixels": {"by": "felzenszwalb", "minSize": 8}}, lambda x: felzenszwalb(scaled(x), min_size=8), {"hide_color": 0}),
        (
            {"superpixels": {"by": "quickshift", "kernelSize": 1, "maxDistance": 8}},
            # The numbers of lime itself make one segment of so small an image.
            lambda x: SegmentationAlgorithm("quickshift", kernel_size=1, max_dist=8, ratio=0.2)(scaled(x)),
            {},
        ),
        ({"cell": [4, 4], "kernelWidth": 0.7}, cells(4), {"kernel_width": 0.7}),
    ],
    "residual": [
        ({"superpixels": {"by": "slic", "segments": 20, "compactness": 1}}, lambda x: slic(x, n_segments=20, compactness=1, start_label=0), {}),
        ({"cell": [5, 5], "baseline": 0.25}, cells(5), {"hide_color": 0.25}),
    ],
    "signal": [({"superpixels": {"by": "slic", "segments": 7}}, pieces(7), {})],
}
cases = []
for name, network in given["networks"].items():
    session = onnxruntime.InferenceSession(base64.b64decode(network["model"]))
    inputs = np.array(network["inputs"], np.float32).reshape(network["shape"])
    for params, segments_of, options in settings[name]:
        if "hide_color" in options:
            params["baseline"] = options["hide_color"]
        maps = [map_of(session, inputs, sample, segments_of, **options) for sample in range(len(given["classes"]))]
        cases.append({"network": name, "params": {"draws": DRAWS, **params}, "seed": SEED, "maps": maps})

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"lime": "0.2.0.1", "cases": cases}) + "\n")
