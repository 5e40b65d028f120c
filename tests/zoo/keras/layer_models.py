"""A small model for each layer that Keras 2 and 3 have and that looks at a sample, or of what users combine them to."""

from make import CLASSES, keras

L = keras.layers

SERIES = (12, 3)
IMAGE = (12, 12, 3)
VOLUME = (6, 8, 8, 2)
TABLE = (9,)


def sequential(shape, *makers):
    """Layers are made when the model is: once in each precision."""
    return (lambda: keras.Sequential([keras.Input(shape), *[make() for make in makers], *head()])), shape, (-1, 1)


def functional(shape, build):
    def make():
        x = keras.Input(shape)
        y = build(x)
        for layer in head():
            y = layer(y)
        return keras.Model(x, y)

    return make, shape, (-1, 1)


def head():
    return [L.Flatten(), L.Dense(CLASSES), L.Softmax()]


def conv(rank=2, **options):
    return lambda: {1: L.Conv1D, 2: L.Conv2D, 3: L.Conv3D}[rank](5, 3, **options)


def activation(name):
    return lambda: L.Activation(name)


def attention(x):
    y = L.Dense(8)(x)
    y = L.LayerNormalization()(y + L.MultiHeadAttention(2, 4)(y, y))
    return L.GlobalAveragePooling1D()(y)


def causal_attention(x):
    y = L.Dense(8)(x)
    return L.MultiHeadAttention(2, 4)(y, y, use_causal_mask=True)


def squeeze_and_excitation(x):
    y = L.Conv2D(6, 3, activation="swish")(x)
    gate = L.GlobalAveragePooling2D(keepdims=True)(y)
    return L.Multiply()([y, L.Conv2D(6, 1, activation="sigmoid")(gate)])


SHARED = {
    "dense": sequential(TABLE, lambda: L.Dense(8, activation="tanh"), lambda: L.Dropout(0.5)),
    "conv1d_causal_dilated": sequential(SERIES, conv(1, padding="causal", dilation_rate=2, activation="relu")),
    "conv2d_same_strides": sequential(IMAGE, conv(padding="same", strides=2, activation="relu"), conv(groups=5)),
    "conv3d": sequential(VOLUME, conv(3, activation="relu"), lambda: L.MaxPooling3D(2)),
    "conv1d_transpose": sequential(SERIES, lambda: L.Conv1DTranspose(4, 3, strides=2, padding="same")),
    "conv2d_transpose": sequential(IMAGE, lambda: L.Conv2DTranspose(4, 3, strides=2, output_padding=1)),
    "conv3d_transpose": sequential(VOLUME, lambda: L.Conv3DTranspose(3, 2, strides=2)),
    "depthwise_conv1d": sequential(SERIES, lambda: L.DepthwiseConv1D(3, depth_multiplier=2)),
    "depthwise_conv2d": sequential(IMAGE, lambda: L.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)),
    "separable_conv1d": sequential(SERIES, lambda: L.SeparableConv1D(4, 3, activation="relu")),
    "separable_conv2d": sequential(IMAGE, lambda: L.SeparableConv2D(4, 3, dilation_rate=2)),
    "pooling": sequential(IMAGE, conv(), lambda: L.MaxPooling2D(3, 2, "same"), lambda: L.AveragePooling2D(2, padding="same")),
    "global_max_pooling": sequential(SERIES, conv(1), lambda: L.GlobalMaxPooling1D()),
    "batch_normalization": sequential(IMAGE, conv(), lambda: L.BatchNormalization(), activation("relu")),
    "layer_normalization": sequential(IMAGE, conv(), lambda: L.LayerNormalization(axis=[1, 2, 3])),
    "group_normalization": sequential(IMAGE, lambda: L.Conv2D(6, 3), lambda: L.GroupNormalization(3)),
    "unit_normalization": sequential(IMAGE, conv(), lambda: L.UnitNormalization()),
    "spectral_normalization": sequential(IMAGE, lambda: L.SpectralNormalization(L.Conv2D(4, 3)), activation("relu")),
    "padding_cropping": sequential(IMAGE, lambda: L.ZeroPadding2D((1, 2)), conv(), lambda: L.Cropping2D(((1, 0), (0, 2)))),
    "center_crop": sequential(IMAGE, lambda: L.CenterCrop(8, 10), conv()),
    "rescaling": sequential(IMAGE, lambda: L.Rescaling([1.0, 2.0, 0.5], 0.1), conv()),
    "up_sampling_nearest": sequential(IMAGE, conv(), lambda: L.UpSampling2D(2)),
    "up_sampling_bilinear": sequential(IMAGE, conv(), lambda: L.UpSampling2D((2, 3), interpolation="bilinear")),
    "up_sampling1d": sequential(SERIES, conv(1), lambda: L.UpSampling1D(2)),
    "up_sampling3d": sequential(VOLUME, conv(3), lambda: L.UpSampling3D(2)),
    "resizing_bilinear": sequential(IMAGE, lambda: L.Resizing(9, 17, "bilinear"), conv()),
    "resizing_nearest": sequential(IMAGE, lambda: L.Resizing(9, 17, "nearest"), conv()),
    "time_distributed": sequential((4, 8, 8, 3), lambda: L.TimeDistributed(L.Conv2D(4, 3, activation="relu"))),
    "repeat_vector": sequential(TABLE, lambda: L.RepeatVector(3), lambda: L.Dense(4, activation="tanh")),
    "permute_reshape": sequential(SERIES, lambda: L.Permute((2, 1)), lambda: L.Reshape((6, 6)), lambda: L.Dense(4)),
    "masking_lstm": sequential(SERIES, lambda: L.Masking(-9.0), lambda: L.LSTM(5)),
    "simple_rnn": sequential(SERIES, lambda: L.SimpleRNN(5)),
    "lstm": sequential(SERIES, lambda: L.LSTM(5, return_sequences=True), lambda: L.LSTM(4, go_backwards=True)),
    "gru": sequential(SERIES, lambda: L.GRU(5)),
    "gru_reset_before": sequential(SERIES, lambda: L.GRU(5, reset_after=False)),
    "bidirectional_lstm": sequential(SERIES, lambda: L.Bidirectional(L.LSTM(4, return_sequences=True))),
    "bidirectional_gru_sum": sequential(SERIES, lambda: L.Bidirectional(L.GRU(4), merge_mode="sum")),
    "stacked_cells": sequential(SERIES, lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(4), L.GRUCell(3)]))),
    "conv_lstm1d": sequential((4, 8, 3), lambda: L.ConvLSTM1D(3, 3)),
    "conv_lstm2d": sequential((4, 8, 8, 3), lambda: L.ConvLSTM2D(3, 3, return_sequences=True)),
    "conv_lstm3d": sequential((3, 6, 6, 6, 2), lambda: L.ConvLSTM3D(2, 3)),
    "multi_head_attention": functional(SERIES, attention),
    "multi_head_attention_causal": functional(SERIES, causal_attention),
    "attention_dot": functional(SERIES, lambda x: L.Attention(use_scale=True)([L.Dense(4)(x), L.Dense(4)(x)])),
    "attention_additive": functional(SERIES, lambda x: L.AdditiveAttention()([L.Dense(4)(x), L.Dense(4)(x)])),
    "einsum_dense": sequential(SERIES, lambda: L.EinsumDense("abc,cd->abd", output_shape=(SERIES[0], 5), bias_axes="d")),
    "merging": functional(SERIES, lambda x: L.Average()([L.Maximum()([x, -x]), L.Minimum()([x, L.Subtract()([x, x * x])])])),
    "dot": functional(SERIES, lambda x: L.Dot(axes=(2, 2), normalize=True)([L.Dense(4)(x), L.Dense(4)(x)])),
    "squeeze_and_excitation": functional(IMAGE, squeeze_and_excitation),
    "prelu": sequential(IMAGE, conv(), lambda: L.PReLU(shared_axes=[1, 2])),
}
