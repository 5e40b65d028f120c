"""Which samples a model is measured with, whatever the library."""

import numpy as np

# No width of a layer is this one.
CLASSES = 13
SAMPLES = 4
CANDIDATES = 12

# What float32's rounding does in a layer, relative.
ROUNDING = 1e-6
DRAWS = 3


def relative(gradient, exact):
    """The largest difference over the largest magnitude, one a sample; over 1 where all is 0."""
    rest = tuple(range(1, exact.ndim))
    largest = np.abs(exact).max(rest)
    return np.abs(gradient - exact).max(rest) / np.where(largest == 0, 1, largest)


def choose(single, double, moved_gradients):
    """
    The `SAMPLES` rows whose gradients depend least on rounding, and how much they do: at others a ReLU or a max-pooling is so close to its kink that a
    change of all weights by `ROUNDING` moves it across, and no float32 has the gradient.

    single, double: what the library computes in float32 and float64: {"probabilities", "gradient", "classes"}.
    moved_gradients: gradients in float64 after such changes of the weights.
    """
    moved = relative(single["gradient"], double["gradient"])
    moved[single["classes"] != double["classes"]] = np.inf
    for gradient in moved_gradients:
        moved = np.maximum(moved, relative(gradient, double["gradient"]))
    chosen = np.sort(np.argsort(moved)[:SAMPLES])
    return chosen, float(moved[chosen].max())


def save(folder, chosen, found):
    """found: precision -> what the library computes; gradients channels first."""
    for precision, arrays in found.items():
        for what, values in arrays.items():
            np.save(folder / f"{what}-{precision}.npy", values[chosen])
