"""Models of single layers of Keras 3."""

from layer_models import IMAGE, SERIES, SHARED, L, activation, functional, sequential
from make import keras, main


def operators(x):
    y = L.Conv2D(4, 3)(x / 2.0 - 0.5)
    y = keras.ops.relu(y) * 2.0 + 3.0
    return keras.ops.concatenate([y[:, ::2], keras.ops.maximum(y, 0.1)[:, ::2]], -1)


# Those that need more said than a name (glu, threshold) are left out.
ACTIVATIONS = [
    *["celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu"],
    *["linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax"],
    *["softplus", "softsign", "sparse_plus", "sparsemax", "squareplus", "tanh", "tanh_shrink"],
]

# No bicubic resizing: Keras on PyTorch has another cubic (a = -0.75) than on TensorFlow and JAX (-0.5), which xaigrid follows.
ARCHITECTURES = {
    **SHARED,
    "rms_normalization": sequential(SERIES, lambda: L.Dense(6), lambda: L.RMSNormalization()),
    "group_query_attention": functional(SERIES, lambda x: L.GroupQueryAttention(4, 4, 2)(L.Dense(8)(x), L.Dense(8)(x))),
    "operators": functional(IMAGE, operators),
    **{f"activation_{name}": sequential(SERIES, lambda: L.Dense(6), activation(name)) for name in ACTIVATIONS},
}

if __name__ == "__main__":
    main(ARCHITECTURES)
