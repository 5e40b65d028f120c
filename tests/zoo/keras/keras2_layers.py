"""Models of single layers of Keras 2, and of TensorFlow's functions between them."""

import tensorflow as tf

from layer_models import IMAGE, SERIES, SHARED, L, conv, functional, sequential
from make import main


def operators(x):
    y = L.Conv2D(4, 3)(x / 2.0 - 0.5)
    y = tf.nn.relu(y) * 2.0 + 3.0
    return tf.concat([y[:, ::2], tf.maximum(y, 0.1)[:, ::2]], -1)


def reductions(x):
    mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
    y = (x - mean) / tf.sqrt(variance + 1e-3)
    return tf.concat([tf.reduce_max(y, [1, 2]), tf.reduce_sum(y * y, [1, 2]), tf.reduce_logsumexp(y, [1, 2])], -1)


def spatial_attention(x):
    """As CBAM has it."""
    y = L.Conv2D(6, 3, activation="relu")(x)
    around = tf.concat([tf.reduce_mean(y, -1, keepdims=True), tf.reduce_max(y, -1, keepdims=True)], -1)
    return y * L.Conv2D(1, 3, padding="same", activation="sigmoid")(around)


def residual(x):
    y = L.ReLU()(L.BatchNormalization()(L.Conv2D(6, 3, 2, "same", use_bias=False)(x)))
    z = L.BatchNormalization()(L.Conv2D(6, 3, padding="same", use_bias=False)(y))
    return L.GlobalAveragePooling2D()(L.ReLU()(L.Add()([y, z])))


def transformer(x):
    """Patches of an image, and a block of a vision transformer."""
    y = L.Reshape((16, 8))(L.Conv2D(8, 3, 3)(x))
    y = L.Add()([y, L.MultiHeadAttention(2, 4)(*[L.LayerNormalization()(y)] * 2)])
    return L.GlobalAveragePooling1D()(L.Add()([y, L.Dense(8, activation="gelu")(L.LayerNormalization()(y))]))


def resizing(interpolation):
    return sequential(IMAGE, lambda: L.Resizing(9, 17, interpolation), conv())


def corners(x):
    """As networks of before 2019 resize."""
    return tf.compat.v1.image.resize_bilinear(L.Conv2D(4, 3)(x), (13, 17), align_corners=True)


def activations(x):
    names = ["elu", "exponential", "gelu", "hard_sigmoid", "mish", "relu", "selu", "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh"]
    return L.Concatenate()([L.Dense(3, activation=name)(x) for name in names])


ARCHITECTURES = {
    **SHARED,
    "conv2d_transpose_same": sequential(IMAGE, lambda: L.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")),
    "conv2d_transpose_gaps": sequential(IMAGE, lambda: L.Conv2DTranspose(4, 2, strides=4, padding="same")),
    "normalization": sequential(IMAGE, lambda: L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5]), conv()),
    "locally_connected1d": sequential(SERIES, lambda: L.LocallyConnected1D(4, 3)),
    "locally_connected2d": sequential(IMAGE, lambda: L.LocallyConnected2D(3, 3, strides=2)),
    "thresholded_relu": sequential(SERIES, lambda: L.Dense(6), lambda: L.ThresholdedReLU(0.2)),
    "leaky_relu": sequential(SERIES, lambda: L.Dense(6), lambda: L.LeakyReLU(0.2)),
    "relu_with_options": sequential(SERIES, lambda: L.Dense(6), lambda: L.ReLU(0.9, 0.1, 0.05)),
    "up_sampling_bicubic": sequential(IMAGE, conv(), lambda: L.UpSampling2D(2, interpolation="bicubic")),
    "resizing_bicubic": resizing("bicubic"),
    "resizing_lanczos3": resizing("lanczos3"),
    "resizing_corners": functional(IMAGE, corners),
    "lstm_of_states": functional(SERIES, lambda x: tf.concat(L.LSTM(4, return_state=True)(x), -1)),
    "bidirectional_stacked": sequential(
        SERIES,
        lambda: L.Bidirectional(L.GRU(4, return_sequences=True, reset_after=False)),
        lambda: L.Bidirectional(L.LSTM(3)),
    ),
    "attention_causal": functional(SERIES, lambda x: L.Attention()([L.Dense(4)(x), L.Dense(4)(x)], use_causal_mask=True)),
    "operators": functional(IMAGE, operators),
    "reductions": functional(IMAGE, reductions),
    "spatial_attention": functional(IMAGE, spatial_attention),
    "depth_to_space": functional(IMAGE, lambda x: tf.nn.depth_to_space(L.Conv2D(8, 3)(x), 2)),
    "space_to_depth": functional(IMAGE, lambda x: L.Conv2D(4, 3)(tf.nn.space_to_depth(x, 2))),
    "local_response_normalization": functional(IMAGE, lambda x: tf.nn.lrn(L.Conv2D(6, 3)(x), 2)),
    "einsum": functional(SERIES, lambda x: tf.einsum("bij,bkj->bik", L.Dense(4)(x), L.Dense(4)(x))),
    "residual": functional(IMAGE, residual),
    "transformer": functional(IMAGE, transformer),
    "activations": functional(SERIES, activations),
}

if __name__ == "__main__":
    main(ARCHITECTURES)
