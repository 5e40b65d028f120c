"""What PyTorch computes with a model."""

import copy

import numpy as np
import torch

from choice import DRAWS, ROUNDING, SAMPLES, choose


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


def references(model, candidates):
    """
    What PyTorch computes in float64 and float32 of the samples that are chosen among candidates (choice.py).

    Returns which they are, arrays by precision, how much the gradients depend on rounding (as a share of a gradient's largest value), and why there is
    no float64, which may be beyond a model: then the first samples, in float32.
    """
    single = reference(model, candidates)
    try:
        double_model = copy.deepcopy(model).double()
        double = reference(double_model, candidates.double())
    except RuntimeError as error:
        return np.arange(SAMPLES), {"float32": single}, 0, str(error).splitlines()[0]
    chosen, moved = choose(single, double, moved_gradients(double_model, candidates.double()))
    return chosen, {"float32": single, "float64": double}, moved, None


def moved_gradients(model, candidates):
    generator = torch.Generator().manual_seed(3)
    weights = {name: value.clone() for name, value in model.state_dict().items() if value.is_floating_point()}
    for _ in range(DRAWS):
        for name, value in model.state_dict().items():
            if name in weights:
                noise = torch.randn(value.shape, generator=generator, dtype=value.dtype)
                value.copy_(weights[name] * (1 + ROUNDING * noise))
        yield reference(model, candidates)["gradient"]
