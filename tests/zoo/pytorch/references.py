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


def references(model, samples):
    """In float64, and in float32 of the classes that float64 finds. Float64 may be beyond a model: then only float32."""
    single = reference(model, samples)
    try:
        double = reference(copy.deepcopy(model).double(), samples.double())
    except RuntimeError as error:
        return {"float32": single, "float64_error": str(error).splitlines()[0]}
    return {"float32": single, "float64": double}
