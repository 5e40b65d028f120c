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


# What float32's rounding does in a layer, relative.
ROUNDING = 1e-6
DRAWS = 3


def relative(gradient, exact):
    """The largest difference over the largest magnitude, one a sample."""
    return np.abs(gradient - exact).max((1, 2, 3)) / np.abs(exact).max((1, 2, 3))


def references(model, candidates, count):
    """
    What PyTorch computes in float64 and float32 of the `count` samples whose gradients depend least on rounding, and how much they do: at others
    a ReLU or a max-pooling is so close to its kink that a change of all weights by 1e-6 moves it across, and no float32 has the gradient.

    Returns the samples, arrays by precision, that dependence (as a share of a gradient's largest value), and why there is no float64, which may be
    beyond a model: then the first samples, in float32.
    """
    single = reference(model, candidates)
    try:
        double_model = copy.deepcopy(model).double()
        double = reference(double_model, candidates.double())
    except RuntimeError as error:
        return candidates[:count], rows({"float32": single}, np.arange(count)), 0, str(error).splitlines()[0]
    moved = relative(single["gradient"], double["gradient"])
    moved[single["classes"] != double["classes"]] = np.inf
    generator = torch.Generator().manual_seed(3)
    weights = {name: value.clone() for name, value in double_model.state_dict().items() if value.is_floating_point()}
    for _ in range(DRAWS):
        for name, value in double_model.state_dict().items():
            if name in weights:
                noise = torch.randn(value.shape, generator=generator, dtype=value.dtype)
                value.copy_(weights[name] * (1 + ROUNDING * noise))
        moved = np.maximum(moved, relative(reference(double_model, candidates.double())["gradient"], double["gradient"]))
    chosen = np.sort(np.argsort(moved)[:count])
    return candidates[chosen], rows({"float32": single, "float64": double}, chosen), float(moved[chosen].max()), None


def rows(found, chosen):
    return {precision: {what: values[chosen] for what, values in arrays.items()} for precision, arrays in found.items()}
