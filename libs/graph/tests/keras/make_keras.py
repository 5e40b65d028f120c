"""Small models of one layer, or a few, saved by Keras itself, with what Keras computes from them.

    KERAS_BACKEND=torch python make_keras.py keras3.zip   # keras 3.15.1, torch 2.15
    python make_keras.py keras2.zip                       # tensorflow-cpu 2.15.1, keras 2.15, tensorflowjs 4.22

Each case is a function from the input to what a head (Flatten, Dense, softmax) is put behind. All weights are drawn from a normal
distribution by a seed of the case's name. The zip has, for each case, `NAME.keras`, `NAME.h5` and, of Keras 2, `NAME/model.json` with
`NAME/weights.bin`; and `goldens.json`: inputs, probabilities, and the gradient of the predicted class's probability.
"""
import io
import json
import os
import sys
import tempfile
import types
import warnings
import zipfile
import zlib

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

import keras

KERAS3 = keras.__version__.startswith("3")
L = keras.layers
if KERAS3:
    import torch

    ops = keras.ops
    # PyTorch has no negative steps, which TensorFlow, JAX and NumPy have.
    GetItem = sys.modules["keras.src.ops.numpy"].GetItem
    plain = GetItem.call

    def call(self, x, key):
        axes = [i - len(key) if Ellipsis in key else i for i, k in enumerate(key) if isinstance(k, slice) and (k.step or 1) < 0]
        if any(key[i] != slice(None, None, -1) for i in axes):
            raise ValueError("only whole axes are turned")
        key = tuple(slice(None) if isinstance(k, slice) and (k.step or 1) < 0 else k for k in key)
        return plain(self, torch.flip(x, axes) if axes else x, key)

    GetItem.call = call
else:
    import tensorflow as tf

    # What the converter imports and does not need.
    for name in ("tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf"):
        sys.modules[name] = types.ModuleType(name)
    from tensorflowjs.converters import load_keras_model, save_keras_model

IMAGE, SERIES, ROW = (6, 5, 3), (5, 4), (6,)
cases = {}
# What a case is kept as: the format that its Keras is used with most; more where names of weights, or calls, are written otherwise in each.
FORMATS = ("keras",) if KERAS3 else ("h5",)
ALL = ("keras", "h5") if KERAS3 else ("keras", "h5", "tfjs")
IN_ALL = (
    "names_in_names scaled_and_shifted by_an_array slices of_a_row_and_an_image ops_means tf_functions transfer_learning normalization_adapted batch_norm_rows "
    "group_norm spectral_norm upsampling3d conv3d lstm gru_before gru both_ways_two lstm_both_ways conv_lstm time_distributed_conv "
    "ops_split tf_split rnn_of_a_cell rnn_of_cells rnn_both_ways lstm_states time_distributed_model time_distributed_nested scaled_sum "
    "attention_scaled multi_head transformer group_query embedding einsum_dense layer_scale random_crop_of_own_size "
    "masked_lstm masked_gru_both_ways masked_mean masked_value masked_model masked_words masked_words_model"
).split()


def case(name, shape, layer, *, scale=1.0, shift=0.0, only=None, quantize=None, formats=None, masked=None):
    """`only`: the Keras that has it, 2 or 3. `masked`: what some steps of the input are."""
    if only is None or (only == 3) == KERAS3:
        formats = formats or (ALL if name in IN_ALL else FORMATS)
        cases[name] = dict(shape=shape, layer=layer, scale=scale, shift=shift, quantize=quantize, formats=formats, masked=masked)


# --- Operators on what layers give
case("scaled_and_shifted", IMAGE, lambda x: L.Conv2D(3, 3)(x) * 2.0 + 3.0)
case("from_a_number", ROW, lambda x: 1.0 / (4.0 + x) - 2.0 * (1.0 - x))
case("by_an_array", IMAGE, lambda x: (x / 127.5 - 1.0 - np.array([0.4, 0.5, 0.6], "float32")) / np.array([0.2, 0.3, 0.4], "float32"), scale=60, shift=127)
case("of_two_values", IMAGE, lambda x: L.Conv2D(3, 1)(x) - x * L.Conv2D(3, 1)(x))
case("of_a_row_and_an_image", IMAGE, lambda x: L.Conv2D(3, 1)(x) + L.GlobalAveragePooling2D()(x)[:, None, None, :])
case("slices", IMAGE, lambda x: x[:, 1:-1, ::2, ::-1])
case("one_position", IMAGE, lambda x: x[:, -1, :, 1])
case("bgr", IMAGE, lambda x: L.Conv2D(3, 3)(x[..., ::-1] - 0.5))
case("negative_power", ROW, lambda x: (-x) ** 2)
case("power", ROW, lambda x: (x * x + 1.0) ** 1.5)
apps = keras.applications
for name in ("densenet", "efficientnet", "mobilenet_v2", "resnet", "resnet_v2", "vgg16", "xception", "convnext", "nasnet", "mobilenet_v3"):
    # Some families scale images themselves: nothing is done to them before.
    spread = (0.5, 0.0) if name in ("efficientnet", "convnext", "mobilenet_v3") else (60, 127)
    case(f"preprocess_{name}", IMAGE, lambda x, name=name: L.Conv2D(2, 3)(getattr(apps, name).preprocess_input(x)), scale=spread[0], shift=spread[1])

if KERAS3:
    case("ops_means", IMAGE, lambda x: ops.concatenate([ops.mean(x, axis=(1, 2)), ops.max(x, axis=[1, 2]), ops.sum(x * x, axis=[1, 2])], axis=-1))
    case("ops_statistics", IMAGE, lambda x: ops.concatenate([ops.min(x, axis=1), ops.std(x, axis=1), ops.var(x, axis=1, keepdims=False)], axis=-1))
    case("ops_kept", SERIES, lambda x: x - ops.mean(x, axis=-1, keepdims=True))
    case("ops_logsumexp", SERIES, lambda x: ops.logsumexp(x, axis=-1))
    case("ops_layout", IMAGE, lambda x: ops.transpose(ops.reshape(x, (-1, 3, 10, 3)), (0, 3, 1, 2)))
    case("ops_squeeze", SERIES, lambda x: ops.squeeze(ops.expand_dims(x, 1), 1))
    case("ops_swap", IMAGE, lambda x: ops.swapaxes(ops.moveaxis(x, 3, 1), 2, 3))
    case("ops_stack", SERIES, lambda x: ops.stack([x, 2.0 * x], axis=1))
    case("ops_repeat_tile", SERIES, lambda x: ops.concatenate([ops.repeat(x, 2, axis=1), ops.tile(x, (1, 2, 1)), ops.flip(x, axis=1)], axis=1))
    case("ops_pad", SERIES, lambda x: ops.pad(x, [[0, 0], [1, 2], [0, 1]]))
    case("ops_matmul", SERIES, lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))))
    case("ops_einsum", SERIES, lambda x: ops.einsum("bij,bkj->bik", x, x))
    case("ops_roots", ROW, lambda x: ops.sqrt(ops.square(x) + 1.0) + ops.rsqrt(ops.exp(x)) + ops.log(ops.absolute(x) + 1.0) + ops.log1p(ops.abs(x)))
    case("ops_bounds", ROW, lambda x: ops.clip(x, -0.5, 0.5) + ops.maximum(x, 0.1) + ops.minimum(x, 0.2) + ops.negative(x))
    case("ops_waves", ROW, lambda x: ops.sin(x) + ops.cos(x) + ops.tanh(x) + ops.erf(x) + ops.sign(x))
    case("ops_cast", ROW, lambda x: ops.cast(x, "float32") + ops.multiply(x, 0.5))
    case("ops_softmax", SERIES, lambda x: ops.softmax(x, axis=1) + ops.log_softmax(x, axis=-1))
    case("ops_activations", ROW, lambda x: ops.relu(x) + ops.gelu(x, approximate=True) + ops.silu(x) + ops.leaky_relu(x, 0.1) + ops.elu(x, 0.5) + ops.hard_tanh(x) + ops.softplus(x))
    case("ops_normalize", SERIES, lambda x: ops.normalize(x, axis=-1))
    case("ops_where", ROW, lambda x: ops.where(x > 0.0, x, 0.3 * x))
    case("ops_split", SERIES, lambda x: ops.add(*ops.split(L.Dense(6)(x), 2, axis=-1)))
    case("ops_split_at", IMAGE, lambda x: ops.concatenate([part * (index + 1.0) for index, part in enumerate(ops.split(x, [1, 4], axis=1))], axis=1))
    case("ops_split_channels", IMAGE, lambda x: ops.multiply(*ops.split(L.Conv2D(4, 3)(x), 2, axis=3)))
    case("ops_unstack", SERIES, lambda x: ops.subtract(ops.unstack(x, axis=1)[2], ops.unstack(x, 5, axis=1)[0]))
    case("ops_moments", IMAGE, lambda x: ops.concatenate(ops.moments(x, axes=[1, 2]), axis=-1))
    case("ops_batch_unknown", SERIES, lambda x: ops.reshape(x, (-1, 20)))
else:
    case("tf_split", IMAGE, lambda x: tf.multiply(*tf.split(L.Conv2D(4, 3)(x), 2, axis=3)))
    case("tf_split_sizes", SERIES, lambda x: tf.concat([part * (index + 1.0) for index, part in enumerate(tf.split(x, [2, 3], axis=1))], axis=1))
    case("tf_unstack", SERIES, lambda x: tf.unstack(x, axis=1)[2] - tf.unstack(x, num=5, axis=1)[0])
    case("tf_functions", IMAGE, lambda x: tf.concat([tf.reduce_mean(x, axis=[1, 2]), tf.reduce_max(x, axis=[1, 2]), tf.reduce_sum(x * x, [1, 2])], axis=-1))
    case("tf_elementwise", ROW, lambda x: tf.sqrt(tf.square(x) + 1.0) + tf.exp(x) + tf.math.log(tf.abs(x) + 1.0) + tf.maximum(x, 0.1) + tf.minimum(0.2, x) + tf.tanh(x) + tf.sigmoid(x))
    case("tf_activations", ROW, lambda x: tf.nn.relu(x) + tf.nn.relu6(x) + tf.nn.leaky_relu(x, alpha=0.1) + tf.nn.gelu(x) + tf.nn.elu(x) + tf.nn.silu(x) + tf.nn.softplus(x))
    case("tf_layout", IMAGE, lambda x: tf.transpose(tf.reshape(x, [-1, 3, 10, 3]), [0, 3, 1, 2]))
    case("tf_expand_squeeze", SERIES, lambda x: tf.squeeze(tf.expand_dims(x, 1), axis=[1]))
    case("tf_stack", SERIES, lambda x: tf.stack([x, 2.0 * x], axis=1))
    case("tf_matmul", SERIES, lambda x: tf.matmul(x, x, transpose_b=True))
    case("tf_clip_pad", SERIES, lambda x: tf.pad(tf.clip_by_value(x, -0.5, 0.5), [[0, 0], [1, 2], [0, 1]]))
    case("tf_softmax", SERIES, lambda x: tf.nn.softmax(x, axis=-1) + tf.cast(x, "float32"))
    case("tf_normalize", SERIES, lambda x: tf.nn.l2_normalize(x, axis=-1))
    case("tf_resize", IMAGE, lambda x: tf.image.resize(x, [5, 9]))


def transfer(x):
    """The manual's transfer learning: augmentation, preprocess_input, a base model called with training=False."""
    base_input = keras.Input(IMAGE)
    h = L.Conv2D(4, 3, padding="same", use_bias=False)(base_input)
    h = L.BatchNormalization()(h)
    h = L.ReLU(6.0)(h)
    h = L.Add()([h, L.DepthwiseConv2D(3, padding="same")(h)])
    base = keras.Model(base_input, h, name="base")
    base.trainable = False
    augmentation = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.2)], name="augmentation")
    h = augmentation(x)
    h = keras.applications.mobilenet_v2.preprocess_input(h)
    h = base(h, training=False)
    return L.Dropout(0.2)(L.GlobalAveragePooling2D()(h))


def names_in_names(x):
    base_input = keras.Input(IMAGE)
    h = L.Conv2D(3, 2, name="block/squeeze/conv")(base_input)
    h = L.Conv2D(4, 2, name="conv")(h)
    return keras.Model(base_input, L.Conv2D(2, 2, name="block/conv")(h), name="base")(x)


case("names_in_names", IMAGE, names_in_names, only=2)
case("transfer_learning", IMAGE, transfer, scale=60, shift=127)


# --- Normalization
def adapted(x, **options):
    layer = L.Normalization(**options)
    layer.adapt(np.random.default_rng(3).normal(2, 3, (40, *x.shape[1:])).astype("float32"))
    return layer(x)


case("normalization_adapted", IMAGE, adapted)
case("normalization_one_number", IMAGE, lambda x: adapted(x, axis=None))
case("normalization_invert", ROW, lambda x: adapted(x, invert=True))
case("normalization_rows", SERIES, lambda x: adapted(x, axis=1))
case("normalization_two_axes", SERIES, lambda x: adapted(x, axis=(1, 2)))
case("layer_norm_axes", IMAGE, lambda x: L.LayerNormalization(axis=[1, 2, 3])(L.Conv2D(2, 3)(x)))
case("layer_norm_positions", SERIES, lambda x: L.LayerNormalization(axis=1)(x))
case("layer_norm_plain", SERIES, lambda x: L.LayerNormalization(center=False, scale=False)(x))
case("batch_norm_rows", SERIES, lambda x: L.BatchNormalization(axis=1)(x))
case("group_norm", IMAGE, lambda x: L.GroupNormalization(groups=2)(L.Conv2D(4, 3)(x)))
case("group_norm_instance", IMAGE, lambda x: L.GroupNormalization(groups=-1, scale=False)(x))
case("group_norm_series", SERIES, lambda x: L.GroupNormalization(groups=2, center=False)(x))
case("unit_norm", SERIES, lambda x: L.UnitNormalization()(x))
case("unit_norm_axes", IMAGE, lambda x: L.UnitNormalization(axis=[1, 3])(x))
case("rms_norm", SERIES, lambda x: L.RMSNormalization()(x), only=3)
case("spectral_norm", IMAGE, lambda x: L.SpectralNormalization(L.Conv2D(2, 3))(x))
layer_scale = sys.modules["keras.src.applications.convnext"].LayerScale
case("layer_scale", IMAGE, lambda x: layer_scale(0.1, 3)(x))
case("layer_scale_twice", IMAGE, lambda x: layer_scale(0.1, 3)(L.ReLU()(layer_scale(0.1, 3)(x))), formats=ALL)
case("spectral_norm_dense", ROW, lambda x: L.SpectralNormalization(L.Dense(3, activation="relu"))(x))
case("rescaling", IMAGE, lambda x: L.Rescaling([1.0, 2.0, 3.0], offset=-1)(x))

# --- Images
case("center_crop", IMAGE, lambda x: L.CenterCrop(3, 4)(x))
case("center_crop_of_small", IMAGE, lambda x: L.CenterCrop(12, 6)(x), only=3)
for mode in ("nearest", "bilinear") + (() if KERAS3 else ("bicubic", "lanczos3", "lanczos5", "area", "gaussian", "mitchellcubic")):
    case(f"resizing_{mode}", IMAGE, lambda x, mode=mode: L.Resizing(11, 4, interpolation=mode)(x))
case("resizing_crop", IMAGE, lambda x: L.Resizing(5, 5, crop_to_aspect_ratio=True)(x))
case("resizing_pad", IMAGE, lambda x: L.Resizing(9, 5, pad_to_aspect_ratio=True, fill_value=0.5)(x), only=3)
case("upsampling_bilinear", IMAGE, lambda x: L.UpSampling2D((2, 3), interpolation="bilinear")(x), formats=("keras", "h5"))  # TensorFlow.js has other positions
case("random_crop_of_own_size", IMAGE, lambda x: L.RandomCrop(5, 4)(x))

# --- Volumes
VOLUME = (4, 5, 4, 2)
case("conv3d", VOLUME, lambda x: L.Conv3D(3, 2, padding="same", strides=(1, 2, 1), activation="relu")(x))
case("conv3d_transpose", VOLUME, lambda x: L.Conv3DTranspose(2, 3, strides=2, padding="same")(x))
case("pool3d", VOLUME, lambda x: L.Concatenate()([L.MaxPooling3D(2)(x), L.AveragePooling3D(2)(x)]))
case("global3d", VOLUME, lambda x: L.Concatenate()([L.GlobalMaxPooling3D()(x), L.GlobalAveragePooling3D()(x)]))
case("borders3d", VOLUME, lambda x: L.Cropping3D(((1, 0), (0, 1), (1, 1)))(L.ZeroPadding3D((1, 0, 1))(x)))
case("upsampling3d", VOLUME, lambda x: L.UpSampling3D((1, 2, 2))(L.SpatialDropout3D(0.3)(x)))
if KERAS3:
    case("adaptive_average", IMAGE, lambda x: L.AdaptiveAveragePooling2D((3, 4))(x))
    case("adaptive_max", SERIES, lambda x: L.AdaptiveMaxPooling1D(3)(x))

# --- Sequences
for name, kind in (("lstm", L.LSTM), ("gru", L.GRU), ("rnn", L.SimpleRNN)):
    case(name, SERIES, lambda x, kind=kind: kind(3)(x))
    case(f"{name}_sequences", SERIES, lambda x, kind=kind: kind(3, return_sequences=True, go_backwards=True)(x))
    case(f"{name}_both_ways", SERIES, lambda x, kind=kind: L.Bidirectional(kind(3, return_sequences=True))(x))
case("lstm_activations", SERIES, lambda x: L.LSTM(3, activation="relu", recurrent_activation="hard_sigmoid", use_bias=False)(x))
case("gru_before", SERIES, lambda x: L.GRU(3, reset_after=False)(x))
case("gru_without_bias", SERIES, lambda x: L.GRU(3, use_bias=False)(x))
case("rnn_softsign", SERIES, lambda x: L.SimpleRNN(3, activation="softsign")(x))
case("both_ways_last", SERIES, lambda x: L.Bidirectional(L.LSTM(3))(x))
case("both_ways_sum", SERIES, lambda x: L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")(x))
case("both_ways_two", SERIES, lambda x: L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2, go_backwards=True, activation="relu"), merge_mode="mul")(x))
case("rnn_of_a_cell", SERIES, lambda x: L.RNN(L.LSTMCell(3), return_sequences=True, go_backwards=True)(x))
case("rnn_of_cells", SERIES, lambda x: L.RNN([L.LSTMCell(3), L.GRUCell(2), L.SimpleRNNCell(4), L.GRUCell(3, reset_after=False)], return_sequences=True)(x))
case("rnn_of_cells_backwards", SERIES, lambda x: L.RNN(L.StackedRNNCells([L.GRUCell(3), L.LSTMCell(2)]), go_backwards=True)(x))
# Keras 2.15 leaves these weights out of a .keras file.
case("rnn_both_ways", SERIES, lambda x: L.Bidirectional(L.RNN(L.GRUCell(3), return_sequences=True))(x), formats=None if KERAS3 else ("h5", "tfjs"))
case("lstm_states", SERIES, lambda x: L.Concatenate()(L.LSTM(3, return_state=True)(x)))
case("gru_states", SERIES, lambda x: L.Concatenate()([L.Flatten()(part) for part in L.GRU(3, return_sequences=True, return_state=True)(x)]))
case("rnn_states", SERIES, lambda x: L.Concatenate()(L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_state=True)(x)) if not KERAS3 else L.Concatenate()([L.Flatten()(part) for part in L.Bidirectional(L.LSTM(3, return_state=True))(x)]))
case("conv_lstm", (3, 4, 5, 2), lambda x: L.ConvLSTM2D(2, 3, padding="same")(x))
case("conv_lstm_sequences", (3, 4, 5, 2), lambda x: L.ConvLSTM2D(2, 2, return_sequences=True, go_backwards=True, recurrent_activation="sigmoid", use_bias=False)(x))
case("conv_lstm_1d", (3, 6, 2), lambda x: L.ConvLSTM1D(2, 3, strides=2)(x))
case("repeat_vector", ROW, lambda x: L.LSTM(2)(L.RepeatVector(3)(x)))


# --- Masked steps
masked = lambda name, layer, **options: case(f"masked_{name}", SERIES, layer, masked=0.0, **options)
for name, kind in (("lstm", L.LSTM), ("gru", L.GRU), ("rnn", L.SimpleRNN)):
    masked(name, lambda x, kind=kind: kind(3)(L.Masking()(x)))
    masked(f"{name}_sequences", lambda x, kind=kind: kind(3, return_sequences=True)(L.Masking()(x)))
    masked(f"{name}_backwards", lambda x, kind=kind: kind(3, go_backwards=True)(L.Masking()(x)))
    masked(f"{name}_both_ways", lambda x, kind=kind: L.Bidirectional(kind(3, return_sequences=True))(L.Masking()(x)))
masked("backwards_sequences", lambda x: L.LSTM(3, return_sequences=True, go_backwards=True)(L.Masking()(x)))
masked("both_ways_last", lambda x: L.Bidirectional(L.GRU(3), merge_mode="sum")(L.Masking()(x)))
masked("through_layers", lambda x: L.LSTM(3)(L.LayerNormalization()(L.Dropout(0.3)(L.Dense(4, activation="tanh")(L.Masking()(x))))))
masked("two_layers", lambda x: L.GRU(2)(L.LSTM(3, return_sequences=True)(L.Masking()(x))))
masked("zero_output", lambda x: L.LSTM(3, return_sequences=True, zero_output_for_mask=True)(L.Masking()(x)))
masked("cells", lambda x: L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)(L.Masking()(x)))
masked("mean", lambda x: L.GlobalAveragePooling1D()(L.Dense(4, activation="tanh")(L.Masking()(x))))
masked("time_distributed", lambda x: L.LSTM(3)(L.TimeDistributed(L.Dense(4))(L.Masking()(x))))
masked("lost", lambda x: L.LSTM(3)(L.Conv1D(4, 3, padding="same")(L.Masking()(x))))
masked("model", lambda x: keras.Sequential([L.Masking(), L.LSTM(3)])(x))
case("masked_value", SERIES, lambda x: L.LSTM(3)(L.Masking(-9.0)(x)), masked=-9.0)
case("masked_words", ROW, lambda x: L.LSTM(3)(L.Embedding(9, 4, mask_zero=True)(x)), scale=0, masked=0.0)
case("masked_words_mean", ROW, lambda x: L.GlobalAveragePooling1D()(L.Embedding(9, 4, mask_zero=True)(x)), scale=0, masked=0.0)
case("masked_words_model", ROW, lambda x: keras.Sequential([L.Embedding(9, 4, mask_zero=True), L.Bidirectional(L.LSTM(3))])(x), scale=0, masked=0.0)


def frames():
    """A model of an image, with a branch."""
    image = keras.Input((6, 5, 2))
    h = L.Conv2D(3, 3, name="conv")(image)
    h = L.Add()([h, L.BatchNormalization()(h)])
    return keras.Model(image, L.Dense(4, activation="relu")(L.GlobalAveragePooling2D()(h)))


case("time_distributed_dense", SERIES, lambda x: L.TimeDistributed(L.Dense(2, activation="tanh"))(x))
case("time_distributed_conv", (3, 6, 5, 2), lambda x: L.TimeDistributed(L.GlobalAveragePooling2D())(L.TimeDistributed(L.BatchNormalization())(L.TimeDistributed(L.Conv2D(3, 3))(x))))
case("time_distributed_model", (3, 6, 5, 2), lambda x: L.LSTM(2)(L.TimeDistributed(frames())(x)))
case("time_distributed_nested", (3, 6, 5, 2), lambda x: L.TimeDistributed(keras.Sequential([frames(), L.Dense(2)]))(x))
case("time_distributed_flatten", (3, 4, 5), lambda x: L.LSTM(2)(L.TimeDistributed(L.Flatten())(x)))

# --- Attention
case("attention", SERIES, lambda x: L.Attention()([L.Dense(3)(x), L.Dense(3)(x)]))
case("attention_scaled", SERIES, lambda x: L.Attention(use_scale=True)([L.Dense(3)(x), L.Dense(2)(x), L.Dense(3)(x)]))
case("attention_concat", SERIES, lambda x: L.Attention(score_mode="concat", use_scale=True)([L.Dense(3)(x), L.Dense(3)(x)]))
case("attention_causal", SERIES, lambda x: L.Attention()([x, x], use_causal_mask=True))
case("additive_attention", SERIES, lambda x: L.AdditiveAttention()([L.Dense(3)(x), L.Dense(3)(x)]))
case("multi_head", SERIES, lambda x: L.MultiHeadAttention(2, 3)(x, x))
case("multi_head_cross", SERIES, lambda x: L.MultiHeadAttention(2, 3, value_dim=2, output_shape=5, use_bias=False)(L.Dense(3)(x), L.Conv1D(4, 2)(x)))
case("multi_head_causal", SERIES, lambda x: L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True))
case("multi_head_image", IMAGE, lambda x: L.MultiHeadAttention(2, 3, attention_axes=(1, 2))(x, x))
if KERAS3:
    case("group_query", SERIES, lambda x: L.GroupQueryAttention(3, 4, 2)(x, x))


def transformer(x):
    h = L.LayerNormalization(epsilon=1e-6)(x)
    h = x + L.MultiHeadAttention(2, 3, dropout=0.1)(h, h)
    return h + L.Dense(4)(L.Dense(8, activation="gelu")(L.LayerNormalization(epsilon=1e-6)(h)))


case("transformer", SERIES, transformer)

# --- Others
case("embedding", ROW, lambda x: L.Conv1D(3, 2)(L.Embedding(9, 4)(x)), scale=0, shift=4)
case("einsum_dense", SERIES, lambda x: L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de", activation="relu")(x))
case("dot", SERIES, lambda x: L.Dot(axes=2)([L.Dense(3)(x), L.Dense(3)(x)]))
case("dot_normalized", ROW, lambda x: L.Dot(axes=1, normalize=True)([L.Dense(3)(x), L.Dense(3)(x)]))
case("softmax_axes", IMAGE, lambda x: L.Softmax(axis=[1, 2])(x))
if KERAS3:
    # What blocks of InceptionResNetV2 end in.
    scaled_sum = sys.modules["keras.src.applications.inception_resnet_v2"].CustomScaleLayer
    case("scaled_sum", IMAGE, lambda x: scaled_sum(0.17)([x, L.Conv2D(3, 1)(x)]))
case("merge_broadcast", IMAGE, lambda x: L.Multiply()([x, L.GlobalAveragePooling2D(keepdims=True)(x)]))
names = ["relu", "relu6", "sigmoid", "tanh", "softmax", "elu", "selu", "softplus", "softsign", "swish", "gelu", "exponential", "hard_sigmoid", "linear", "mish", "leaky_relu"]
if KERAS3:
    names += ["celu", "glu", "hard_shrink", "hard_silu", "hard_swish", "hard_tanh", "log_sigmoid", "log_softmax", "silu", "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold"]
for name in names:
    if KERAS3 or hasattr(keras.activations, name):
        case(f"activation_{name}", SERIES, lambda x, name=name: L.Activation(name)(x), scale=2)
        # Written as a function, an activation is an operation.
        case(f"function_{name}", ROW, lambda x, name=name: getattr(keras.activations, name)(x), scale=2)
case("relu_options", ROW, lambda x: keras.activations.relu(x, negative_slope=0.1, max_value=0.8, threshold=0.2) if KERAS3 else keras.activations.relu(x, alpha=0.1, max_value=0.8, threshold=0.2))
case("conv_groups", IMAGE, lambda x: L.Conv2D(6, 3, groups=3, padding="same", strides=2, activation="relu")(x))
case("conv_groups_series", SERIES, lambda x: L.Conv1D(6, 2, groups=2, dilation_rate=2, use_bias=False)(x))
case("conv_transpose_dilated", IMAGE, lambda x: L.Conv2DTranspose(2, 3, dilation_rate=2)(x))
case("conv_transpose_output_padding", IMAGE, lambda x: L.Conv2DTranspose(2, 3, strides=2, output_padding=1)(x))
case("augmentation", IMAGE, lambda x: L.Conv2D(2, 3)(L.RandomContrast(0.1)(L.RandomFlip()(x))))
for quantized in ("uint8", "uint16", "float16"):
    case(f"quantized_{quantized}", IMAGE, lambda x: L.Dense(3, activation="relu")(L.BatchNormalization()(L.Conv2D(4, 3)(x))), only=2, quantize=quantized)


APPLICATIONS = {
    "MobileNet": dict(alpha=0.25),
    "MobileNetV2": dict(alpha=0.35),
    "MobileNetV3Small": dict(),
    "MobileNetV3Large": dict(alpha=0.75),
    "EfficientNetB0": dict(),
    "EfficientNetV2B0": dict(),
    "ResNet50": dict(),
    "ResNet50V2": dict(),
    "DenseNet121": dict(),
    "VGG16": dict(),
    "InceptionV3": dict(input_shape=(75, 75, 3)),
    "InceptionResNetV2": dict(input_shape=(75, 75, 3)),
    "Xception": dict(input_shape=(71, 71, 3)),
    "NASNetMobile": dict(),
    "ConvNeXtTiny": dict(),
}


def application(name):
    """A family of keras.applications on small images; too large to be kept: made when asked for by name."""
    options = {"input_shape": (32, 32, 3), "weights": None, "include_top": False, "pooling": "avg", **APPLICATIONS[name]}

    def layer(x):
        return getattr(apps, name)(**options)(x)

    cases[name] = dict(shape=options["input_shape"], layer=layer, scale=60 if "V3" in name or "Eff" in name or "ConvNeXt" in name else 1.0, shift=0.0, quantize=None, formats=ALL, masked=None)


def randomized(model, rng):
    """Draws every weight but counters, in steps of 1/64, which pack well; variances stay positive, scales are around 1."""
    values = []
    for weight, value in zip(model.weights, model.get_weights()):
        path = getattr(weight, "path", weight.name)
        if value.dtype.kind != "f" or "count" in path or "normalization_adapted" in path:
            values.append(value)
        elif "variance" in path:
            values.append(rng.uniform(0.5, 1.5, value.shape).astype(value.dtype))
        elif "gamma" in path:
            values.append(rng.normal(1, 0.2, value.shape).astype(value.dtype))
        elif value.ndim > 1:
            fan_in = max(1, int(np.prod(value.shape[:-1])))
            values.append((rng.normal(0, min(0.7, 1.4 / np.sqrt(fan_in)), value.shape)).astype(value.dtype))
        else:
            values.append(rng.normal(0, 0.3, value.shape).astype(value.dtype))
    model.set_weights([value if value.dtype.kind != "f" else np.round(value * 64) / 64 for value in values])


def built(name, case):
    seed = zlib.crc32(name.encode())
    keras.utils.set_random_seed(1)
    x = keras.Input(case["shape"], name="x")
    h = case["layer"](x)
    if len(h.shape) > 2:
        h = L.Flatten(name="flat")(h)
    model = keras.Model(x, L.Dense(3, activation="softmax", name="head")(h))
    rng = np.random.default_rng(seed)
    randomized(model, rng)
    shape = (2, *model.input_shape[1:])
    if case["scale"] == 0:
        x = rng.integers(0, 9, shape).astype("float32")
    else:
        x = np.round(rng.normal(case["shift"], case["scale"], shape), 4).astype("float32")
    if case["masked"] is not None:
        # In the middle and at the end; at the beginning and in the middle.
        x[0, [1, 4]] = case["masked"]
        x[1, [0, 1, 3]] = case["masked"]
    return model, x


def computed(model, x):
    if KERAS3:
        t = torch.tensor(x, requires_grad=True)
        p = model(t, training=False)
        p.max(-1).values.sum().backward()
        gradient = np.zeros_like(x) if t.grad is None else t.grad.numpy()
        return p.detach().numpy(), gradient
    t = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(t)
        p = model(t, training=False)
        s = tf.reduce_sum(tf.reduce_max(p, -1))
    gradient = tape.gradient(s, t)
    return p.numpy(), np.zeros_like(x) if gradient is None else gradient.numpy()


def written(folder):
    return [(os.path.relpath(os.path.join(at, file), folder), open(os.path.join(at, file), "rb").read()) for at, _, files in sorted(os.walk(folder)) for file in sorted(files)]


def files(name, model, case):
    """The model as each format has it, and the model that these files are: a quantized one is another."""
    with tempfile.TemporaryDirectory() as folder:
        if case["quantize"] is not None:
            save_keras_model(model, f"{folder}/{name}", quantization_dtype_map={case["quantize"]: "*"})
            return written(folder), load_keras_model(f"{folder}/{name}/model.json")
        for ending in case["formats"]:
            try:
                if ending == "tfjs":
                    save_keras_model(model, f"{folder}/{name}")
                else:
                    model.save(f"{folder}/{name}.{ending}")
            except Exception as error:
                print(f"{name}.{ending} cannot be saved: {str(error)[:80]}", file=sys.stderr)
        return written(folder), model


def main():
    out, *chosen = sys.argv[1:]
    if chosen:
        known = {name: cases[name] for name in chosen if name in cases}
        cases.clear()
        cases.update(known)
        for name in chosen:
            if name in APPLICATIONS:
                application(name)
    goldens = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        def write(name, data):
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 9)
        for name, case in cases.items():
            try:
                model, x = built(name, case)
                saved, model = files(name, model, case)
                p, gradient = computed(model, x)
            except Exception as error:
                print(f"{name}: Keras itself fails: {type(error).__name__} {str(error)[:150]}", file=sys.stderr)
                continue
            for path, data in saved:
                write(path, data)
            numbers = lambda array: [float(f"{v:.7g}") for v in array.ravel()]
            goldens[name] = {"shape": list(x.shape), "x": numbers(x), "probabilities": numbers(p), "gradient": numbers(gradient)}
        write("goldens.json", json.dumps(goldens, separators=(",", ":")))


main()
