"""What Keras computes with a model."""

import numpy as np

from choice import SAMPLES, choose

from patterns import channels_first
from weights import copy_weights, moved_gradients


def references(library, constructor, model, candidates, rng):
    """
    What Keras computes in float64 and float32 of the samples that are chosen among candidates (choice.py). The precision is float32 before and after.

    Returns which they are, arrays by precision, how much the gradients depend on rounding (as a share of a gradient's largest value), and why there is
    no float64, which may be beyond TensorFlow: then the first samples, in float32.
    """
    single = reference(library, model, candidates)
    library.set_precision("float64")
    exact = candidates.astype("float64")
    try:
        double_model = constructor()
        copy_weights(model, double_model)
        double = reference(library, double_model, exact)
    except library.UNAVAILABLE as error:
        return np.arange(SAMPLES), {"float32": single}, 0, " ".join(str(error).split())[:200]
    finally:
        library.set_precision("float32")
    moves = moved_gradients(double_model, rng, lambda: reference(library, double_model, exact)["gradient"])
    chosen, moved = choose(single, double, moves)
    return chosen, {"float32": single, "float64": double}, moved, None


def reference(library, model, samples):
    """Probabilities, the class with the highest one, and the gradient of its probability at the input, one row a sample."""
    probabilities, gradient = library.reference(model, samples)
    return {
        "probabilities": probabilities,
        "gradient": channels_first(gradient),
        "classes": probabilities.argmax(1).astype(np.int32),
    }
