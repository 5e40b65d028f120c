"""Keras 3, which computes with PyTorch and writes ONNX by PyTorch's exporter."""

import os

import keras
import torch

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

VERSIONS = {"keras": keras.__version__, "torch": torch.__version__}

# name -> options of `export`; none where `save` writes it.
EXPORTS = {"keras": None, "h5": None, "onnx": {"format": "onnx", "verbose": False}}
EXPLAINED = {"keras"}
# PyTorch has float64 of everything.
UNAVAILABLE = ()


def files_of(_shape):
    return {name: f"model.{name}" for name in EXPORTS}


def export(model, name, path, _samples):
    options = EXPORTS[name]
    if options is None:
        model.save(path)
    else:
        model.export(path, **options)


def set_precision(name):
    keras.config.set_floatx(name)
    keras.config.set_dtype_policy(name)


def reference(model, samples):
    """Probabilities, and the gradient at the input of the highest one of each sample."""
    inputs = torch.tensor(samples, requires_grad=True)
    probabilities = model(inputs, training=False)
    [gradient] = torch.autograd.grad(probabilities.max(1).values.sum(), inputs)
    return probabilities.detach().numpy(), gradient.numpy()
