"""Grad-CAM of Xplique, which resizes bicubically: grad_cam.json, beside this file. The networks are in Keras, in float32."""

import base64
import json
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from xplique.attributions import GradCAM

CLASSES, SAMPLES = 5, 3
layers = tf.keras.layers


def plain(x):
    x = layers.Conv2D(6, 3, padding="same", activation="tanh", name="conv1")(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Conv2D(7, 3, padding="same", activation="relu", name="conv2")(x)
    return layers.Flatten()(layers.AveragePooling2D((2, 1))(x))


def residual(x):
    for name, filters, stride in (("conv1", 6, 1), ("conv2", 8, 2)):
        own = layers.BatchNormalization()(layers.Conv2D(filters, 3, strides=stride, padding="same", name=f"{name}a")(x))
        own = layers.Conv2D(filters, 3, padding="same", name=f"{name}b")(layers.ReLU()(own))
        x = layers.ReLU()(layers.BatchNormalization()(own) + layers.Conv2D(filters, 1, strides=stride, name=f"{name}c")(x))
    x = layers.Conv2D(6, 3, padding="same", activation="swish", name="conv3")(x)
    return layers.GlobalAveragePooling2D()(x)


def depthwise(x):
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu6", name="conv1")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="conv2")(x)
    x = layers.Conv2D(9, 1, activation="relu6", name="conv3")(x)
    return layers.GlobalMaxPooling2D()(x)


# The positions of the layers, between which the map is resized: by 2 along both axes, by 2 after a stride, and by 2 of odd lengths.
NETWORKS = {"plain": (plain, "conv2", (8, 10)), "residual": (residual, "conv2b", (8, 10)), "depthwise": (depthwise, "conv3", (9, 13))}


def weighted(model, random):
    """Weights and statistics that matter, from one seed."""
    for layer in model.layers:
        for weight in layer.weights:
            variance = "variance" in weight.name
            scale = 0.3 if len(weight.shape) == 1 else 1.5 / np.sqrt(np.prod(weight.shape[:-1]))
            weight.assign(random.uniform(0.5, 2, weight.shape) if variance or "gamma" in weight.name else random.normal(0, scale, weight.shape))
    return model


def digits(nested):
    return [digits(one) for one in nested] if isinstance(nested, list) else float(f"{nested:.9g}")


def golden(seed, name):
    features, layer, positions = NETWORKS[name]
    random = np.random.default_rng(seed)
    x = tf.keras.Input((*positions, 2))
    logits = layers.Dense(CLASSES, name="head")(features(x))
    logits_model = weighted(tf.keras.Model(x, logits), random)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.h5"
        tf.keras.Model(x, layers.Softmax()(logits)).save(path)
        file = path.read_bytes()
    inputs = random.normal(0, 1, (SAMPLES, *positions, 2)).astype(np.float32)
    classes = [sample % CLASSES for sample in range(SAMPLES)]
    maps = GradCAM(logits_model, conv_layer=layer)(inputs, tf.one_hot(classes, CLASSES))
    return {
        **{"name": name, "model": base64.b64encode(file).decode(), "extension": "h5"},
        **{"inputs": digits(inputs.tolist()), "classes": classes},
        "maps": {layer: digits(np.asarray(maps)[..., 0].tolist())},
    }


path = pathlib.Path(__file__).with_suffix(".json")
made = {"settings": {"xplique": "1.4.0"}, "networks": [golden(11 + at, name) for at, name in enumerate(NETWORKS)]}
path.write_text(json.dumps(made) + "\n")
