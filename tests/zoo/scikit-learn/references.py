"""What scikit-learn computes with a classifier; it has no gradients, so they are taken by differences."""

import numpy as np

# Of a feature's standard deviation: differences of the fourth order in float64 are good to some 1e-9 of a gradient here.
STEP = 1e-3


def references(model, samples, deviations, steps):
    """
    precision -> {"probabilities", "gradient", "classes"}. The gradient that float32 stands for is the float64 one by half the step: what the two differ
    by is the error of the reference itself.

    samples: [n, features]; deviations: of each feature; steps: whether the gradient is 0 where there is one.
    """
    # One that never varies in the data has a gradient too.
    deviations = np.where(deviations == 0, deviations.mean(), deviations)
    double = probabilities_of(model, samples)
    classes = double.argmax(1).astype(np.int32)

    def arrays(probabilities, step):
        gradient = np.zeros_like(samples) if steps else np.array(
            [differences(model, sample, label, step * deviations) for sample, label in zip(samples, classes, strict=True)]
        )
        return {"probabilities": probabilities, "gradient": gradient, "classes": classes}

    return {"float64": arrays(double, STEP), "float32": arrays(probabilities_of(model, samples.astype(np.float32)), STEP / 2)}


def differences(model, sample, label, steps):
    """The gradient of the class's probability: central differences of the fourth order."""
    gradient = np.zeros(len(sample))
    for feature in range(len(sample)):
        moved = np.repeat(sample[None], 4, axis=0)
        moved[:, feature] += steps[feature] * np.array([-2, -1, 1, 2])
        p = probabilities_of(model, moved)[:, label]
        gradient[feature] = (p[0] - 8 * p[1] + 8 * p[2] - p[3]) / (12 * steps[feature])
    return gradient


def probabilities_of(model, samples):
    """Of a model without: its scores count as logits, of two classes as their difference."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(samples).astype(np.float64)
    scores = model.decision_function(samples).astype(np.float64)
    logits = scores if scores.ndim == 2 else np.stack([np.zeros_like(scores), scores], 1)
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)
