"""A network of PyTorch as ONNX, without the package onnx."""

import io

import torch
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

# The exporter would add functions of onnxscript with the package onnx. There are none here, so it is not needed.
onnx_proto_utils._add_onnxscript_fn = lambda model_bytes, _: model_bytes


def onnx_bytes(model, x):
    """The file of `model`, which takes any number of samples like those of `x`."""
    with io.BytesIO() as file:
        torch.onnx.export(model, (x,), file, dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"])
        return file.getvalue()
