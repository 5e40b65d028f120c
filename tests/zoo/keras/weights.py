"""Weights with which a small error shows, of Keras 2 and 3 alike."""

import keras
import numpy as np

from choice import DRAWS, ROUNDING


def randomize(model, samples, rng):
    """What Keras makes 0 or 1 gets other values, batch norms the statistics of the samples, and the last layer logits that differ by about 1."""
    layers = list(model._flatten_layers())
    norms = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    kernels = [variable for variable in model.trainable_variables if role(variable) == "kernel"]
    # Through many layers without norms the samples' differences would all but vanish, and the last layer's scale bring rounding back with them.
    fades = not norms and len(kernels) > 8
    for variable in kernels[:-1] if fades else []:
        variable.assign(variable.numpy() * np.sqrt(2))
    for layer in layers:
        for variable in layer.trainable_variables if not list(layer._flatten_layers(include_self=False)) else []:
            if role(variable) in ("bias", "beta"):
                variable.assign(rng.uniform(-0.1, 0.1, variable.shape) * (0.1 if fades else 1))
            elif role(variable) in ("gamma", "scale"):
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
    kernel = getattr(head, "kernel", None)
    if kernel is not None:
        z = keras.Model(model.inputs, head.input).predict(samples, len(samples), verbose=0) @ kernel.numpy()
        spread = max(float(z.std(0).mean()), 1e-9)
        kernel.assign(kernel.numpy() * 1.5 / spread)
        head.bias.assign(-1.5 * z.mean(0) / spread)


def role(variable):
    """`kernel` of what Keras 2 calls `conv2d/kernel:0`."""
    return variable.name.split("/")[-1].split(":")[0]


def copy_weights(model, to):
    for variable, value in zip(to.weights, model.weights, strict=True):
        variable.assign(value.numpy().astype(dtype_of(variable)))


def moved_gradients(model, rng, gradient):
    """What `gradient()` gives after each of `DRAWS` small changes of all weights."""
    weights = [variable.numpy() for variable in model.weights]
    for _ in range(DRAWS):
        for variable, value in zip(model.weights, weights, strict=True):
            if "float" in dtype_of(variable):
                variable.assign(value * (1 + ROUNDING * rng.normal(size=value.shape)))
        yield gradient()


def dtype_of(variable):
    return np.dtype(getattr(variable.dtype, "as_numpy_dtype", variable.dtype)).name
