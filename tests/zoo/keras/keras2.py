"""Keras 2, which computes with TensorFlow; tf2onnx writes ONNX."""

import os

import keras
import numpy as np
import tensorflow as tf
import tf2onnx

from own_file import own_error

tf.config.threading.set_intra_op_parallelism_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
tf.config.threading.set_inter_op_parallelism_threads(1)

VERSIONS = {"keras": keras.__version__, "tensorflow": tf.__version__, "tf2onnx": tf2onnx.__version__}

# name -> options of tf2onnx: operator set, batch ("free", or the fixed one), whether channels come first; none where `save` writes it.
EXPORTS = {
    "tf2onnx-15": (15, None, False),
    "tf2onnx-18": (18, None, False),
    "tf2onnx-11": (11, None, False),
    "tf2onnx-15-batch-of-1": (15, 1, False),
    "tf2onnx-15-channels-first": (15, None, True),
    "keras": None,
    "h5": None,
}
EXPLAINED = {"tf2onnx-15"}
INPUT = "samples"
# What TensorFlow raises where it has no float64 of an operation, when a layer is made or when it computes.
UNAVAILABLE = (tf.errors.OpError, TypeError)


# Architectures, whose layers are tried in every way in small models, are written in these.
OF_LARGE = {"tf2onnx-15", "tf2onnx-15-channels-first", "tf2onnx-18", "keras"}
SMALL = 16


def files_of(shape):
    """tf2onnx puts the channels of images first, and of nothing else."""
    ways = OF_LARGE if max(shape) > SMALL else EXPORTS
    names = [name for name in EXPORTS if name in ways and (name != "tf2onnx-15-channels-first" or len(shape) == 3)]
    return {name: f"model.{name}" if EXPORTS[name] is None else f"{name}.onnx" for name in names}


def export(model, name, path, samples):
    if EXPORTS[name] is None:
        model.save(path)
        # It writes some that it cannot read.
        keras.models.load_model(path)
        return None
    opset, batch, channels_first = EXPORTS[name]
    signature = [tf.TensorSpec((batch, *model.input_shape[1:]), tf.float32, INPUT)]
    first = {"inputs_as_nchw": [INPUT]} if channels_first else {}
    tf2onnx.convert.from_keras(model, signature, opset=opset, output_path=path, **first)
    given = np.moveaxis(samples, -1, 1) if channels_first else samples
    return own_error(path, given, model(samples, training=False).numpy())


def set_precision(name):
    keras.backend.set_floatx(name)
    keras.mixed_precision.set_global_policy(name)


def reference(model, samples):
    """Probabilities, and the gradient at the input of the highest one of each sample."""
    inputs = tf.constant(samples)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        probabilities = model(inputs, training=False)
        likeliest = tf.reduce_max(probabilities, 1)
    return probabilities.numpy(), tape.gradient(likeliest, inputs).numpy()
