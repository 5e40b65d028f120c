"""What the family scripts of Keras share: `FAMILY.py list`, and `FAMILY.py make NAME FOLDER`. Keras computes with PyTorch."""

import json
import logging
import os
import sys
import time
import warnings
import zlib
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1] / "shared"))

from choice import CANDIDATES, CLASSES, DRAWS, ROUNDING, choose, save

# name -> options of `export`; none where `save` writes it. Methods are tried on the first.
EXPORTS = {"keras": None, "h5": None, "onnx": {"format": "onnx", "verbose": False}}


def main(architectures):
    """
    architectures: name -> (function that makes the model, which ends in CLASSES probabilities; shape of a sample, channels last; range of its values).

    `list` prints {versions, architectures}. `make` writes the model in each way into FOLDER, samples and references as .npy, channels first, and
    manifest.json, which says what is where and what Keras refused to write.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    if sys.argv[1] == "list":
        versions = {"keras": keras.__version__, "torch": torch.__version__}
        print(json.dumps({"versions": versions, "architectures": list(architectures)}))
        return
    _, _, name, folder = sys.argv
    make(name, *architectures[name], Path(folder))


def make(name, constructor, shape, values, folder):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    keras.utils.set_random_seed(0)
    model = constructor()
    low, high = values
    candidates = (low + (high - low) * patterns(CANDIDATES, shape, rng)).astype("float32")
    randomize(model, candidates, rng)
    single = reference(model, candidates)
    double_model = in_float64(constructor, model)
    double = reference(double_model, candidates.astype("float64"))
    chosen, moved = choose(single, double, moved_gradients(double_model, candidates, rng))
    np.save(folder / "samples.npy", channels_first(candidates[chosen]))
    save(folder, chosen, {"float32": single, "float64": double})
    set_precision("float32")
    manifest = {
        "classes": CLASSES,
        "parameters": model.count_params(),
        "inputShape": list(shape),
        "float64_error": None,
        "gradient_by_rounding": moved,
        "exports": [written(model, kind, folder) for kind in EXPORTS],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))


def written(model, kind, folder):
    started = time.time()
    entry = {"name": kind, "file": f"model.{kind}", "beside": [], "explained": kind == "keras"}
    try:
        path = str(folder / entry["file"])
        options = EXPORTS[kind]
        if options is None:
            model.save(path)
        else:
            model.export(path, **options)
            entry["beside"] = [file.name for file in folder.glob(f"model.{kind}.*")]
    except Exception as error:  # Keras and its backend raise whatever their parts raise; the table says it.
        entry = {"name": kind, "refused": f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]}
    print(f"{kind} {time.time() - started:.1f} s {entry.get('refused', '')}", file=sys.stderr, flush=True)
    return entry


def channels_first(values):
    return np.ascontiguousarray(np.moveaxis(values, -1, 1))


def patterns(count, shape, rng):
    """[count, *shape] in [0, 1]: coarse patterns of several scales with some noise, so that samples are not alike."""
    *extents, channels = shape
    x = np.zeros((count, *shape))
    for cells in (2, 4, 9):
        coarse = rng.normal(size=(count, *[min(cells, extent) for extent in extents], channels))
        for axis, extent in enumerate(extents, 1):
            coarse = np.repeat(coarse, -(-extent // coarse.shape[axis]), axis).take(range(extent), axis)
        x += coarse
    x += 0.3 * rng.normal(size=x.shape)
    rest = tuple(range(1, x.ndim))
    low, high = x.min(rest, keepdims=True), x.max(rest, keepdims=True)
    return (x - low) / (high - low)


def randomize(model, samples, rng):
    """What Keras makes 0 or 1 gets other values, batch norms the statistics of the samples, and the last layer logits that differ by about 1."""
    layers = model._flatten_layers()
    norms = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    kernels = [variable for variable in model.trainable_variables if variable.name == "kernel"]
    # Through many layers without norms the samples' differences would all but vanish, and the last layer's scale bring rounding back with them.
    fades = not norms and len(kernels) > 8
    for variable in kernels[:-1] if fades else []:
        variable.assign(numpy(variable) * np.sqrt(2))
    for layer in layers:
        for variable in layer.trainable_variables if not list(layer._flatten_layers(include_self=False)) else []:
            if variable.name in ("bias", "beta"):
                variable.assign(rng.uniform(-0.1, 0.1, variable.shape) * (0.1 if fades else 1))
            elif variable.name in ("gamma", "scale"):
                variable.assign(rng.uniform(0.4, 1.2, variable.shape))
    for layer in norms:
        # Most units of a ReLU behind it are on, as in trained nets: a small change of weights takes few of them across their kinks.
        if layer.beta is not None:
            layer.beta.assign(rng.uniform(0.5, 1.5, layer.beta.shape))
        layer.momentum = 0.0
    if norms:
        model(samples, training=True)
    for layer in norms:
        layer.momentum = 0.99
    head = model.layers[-1]
    logits = keras.Model(model.inputs, head.input)(samples, training=False)
    kernel = getattr(head, "kernel", None)
    if kernel is not None:
        z = numpy(logits) @ numpy(kernel)
        spread = max(float(z.std(0).mean()), 1e-9)
        kernel.assign(numpy(kernel) * 1.5 / spread)
        head.bias.assign(-1.5 * z.mean(0) / spread)


def in_float64(constructor, model):
    set_precision("float64")
    double = constructor()
    for variable, value in zip(double.weights, model.weights, strict=True):
        variable.assign(numpy(value).astype(variable.dtype))
    return double


def set_precision(name):
    keras.config.set_floatx(name)
    keras.config.set_dtype_policy(name)


def numpy(value):
    return keras.ops.convert_to_numpy(value)


def reference(model, samples):
    """Probabilities, the class with the highest one, and the gradient of its probability at the input, one row a sample."""
    inputs = torch.tensor(samples, requires_grad=True)
    probabilities = model(inputs, training=False)
    classes = probabilities.argmax(1)
    [gradient] = torch.autograd.grad(probabilities.gather(1, classes[:, None]).sum(), inputs)
    return {
        "probabilities": probabilities.detach().numpy(),
        "gradient": channels_first(gradient.numpy()),
        "classes": classes.numpy().astype(np.int32),
    }


def moved_gradients(model, candidates, rng):
    weights = [numpy(variable) for variable in model.weights]
    for _ in range(DRAWS):
        for variable, value in zip(model.weights, weights, strict=True):
            if "float" in variable.dtype:
                variable.assign(value * (1 + ROUNDING * rng.normal(size=value.shape)))
        yield reference(model, candidates.astype("float64"))["gradient"]
