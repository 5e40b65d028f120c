"""What PyTorch computes with a model."""

import copy

import numpy as np
import torch


def reference(model, samples):
    """Probabilities, the class with the highest one, and the gradient of its probability at the input, one row a sample."""
    inputs = samples.clone().requires_grad_()
    probabilities = torch.softmax(model(inputs), 1)
    classes = probabilities.argmax(1)
    [gradient] = torch.autograd.grad(probabilities.gather(1, classes[:, None]).sum(), inputs)
    return {
        "probabilities": probabilities.detach().numpy(),
        "gradient": gradient.numpy(),
        "classes": classes.numpy().astype(np.int32),
    }


def references(model, candidates, count):
    """
    The `count` samples at which float32 comes closest to float64, and what PyTorch computes of them in both. At others a ReLU or a max-pooling
    may be within rounding of its kink, and then no float32 has the gradient. Float64 may be beyond a model: then the first ones, in float32.
    """
    single = reference(model, candidates)
    try:
        double = reference(copy.deepcopy(model).double(), candidates.double())
    except RuntimeError as error:
        found = {"float32": single}
        return candidates[:count], rows(found, np.arange(count)), str(error).splitlines()[0]
    scale = np.abs(double["gradient"]).max((1, 2, 3))
    apart = np.abs(single["gradient"] - double["gradient"]).max((1, 2, 3)) / scale
    apart[single["classes"] != double["classes"]] = np.inf
    chosen = np.sort(np.argsort(apart)[:count])
    return candidates[chosen], rows({"float32": single, "float64": double}, chosen), None


def rows(found, chosen):
    return {precision: {what: values[chosen] for what, values in arrays.items()} for precision, arrays in found.items()}
