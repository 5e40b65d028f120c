"""Gradients of PyTorch at kinks and poles, of the sum of each function's values: python make_kinks.py > goldens.json

Made with torch 2.15 (CPU). What is infinite or NaN is written as a string.
"""

import json
import math

import torch
from torch.nn import functional as F

AROUND = [-4.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 4.0, 6.0, 7.0]


def number(value):
    return value if math.isfinite(value) else str(value)


def golden(function, *inputs):
    tensors = [torch.tensor(values, requires_grad=True) for values in inputs]
    function(*tensors).sum().backward()
    return [[number(value) for value in tensor.grad.flatten().tolist()] for tensor in tensors]


pairs = [[0.0, 1.0, -2.0, 3.0], [0.0, 1.0, 2.0, -3.0]]
rows = [[2.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, 0.0, 3.0]]
bases = [0.0, 0.0, 0.0, 0.0, 2.0, 2.0]
exponents = [0.0, 1.0, 2.0, 3.0, 0.0, 0.5]

goldens = {
    "Relu": golden(F.relu, AROUND),
    "LeakyRelu": golden(lambda x: F.leaky_relu(x, 0.25), AROUND),
    "PRelu": golden(lambda x: F.prelu(x, torch.tensor([0.25])), AROUND),
    "Elu": golden(lambda x: F.elu(x, 0.5), AROUND),
    "Selu": golden(F.selu, AROUND),
    "Celu": golden(lambda x: F.celu(x, 0.5), AROUND),
    "HardSigmoid": golden(F.hardsigmoid, AROUND),
    "HardSwish": golden(F.hardswish, AROUND),
    "Clip, as relu6": golden(F.relu6, AROUND),
    "Clip, as hardtanh": golden(F.hardtanh, AROUND),
    "ThresholdedRelu": golden(lambda x: F.threshold(x, 1.0, 0.0), AROUND),
    "Softsign": golden(F.softsign, AROUND),
    "Softplus": golden(F.softplus, AROUND),
    "Abs": golden(torch.abs, AROUND),
    "Sign": golden(torch.sign, AROUND),
    "Floor": golden(torch.floor, AROUND),
    "Ceil": golden(torch.ceil, AROUND),
    "Round": golden(torch.round, AROUND),
    "Reciprocal": golden(torch.reciprocal, AROUND),
    "Log": golden(torch.log, [0.0, 1.0, 2.0]),
    "Pow to 0": golden(lambda x: x**0.0, AROUND),
    "Pow to 1": golden(lambda x: x**1.0, AROUND),
    "Pow to 2": golden(lambda x: x**2.0, AROUND),
    "Pow to 3": golden(lambda x: x**3.0, AROUND),
    "Pow to -1": golden(lambda x: x**-1.0, AROUND),
    "Pow of two": golden(torch.pow, bases, exponents),
    "Div": golden(torch.div, [0.0, 1.0, 2.0], [2.0, 0.0, -1.0]),
    "Max of two": golden(torch.maximum, *pairs),
    "Min of two": golden(torch.minimum, *pairs),
    "ReduceMax": golden(lambda x: torch.amax(x, 1), rows),
    "ReduceMin": golden(lambda x: torch.amin(x, 1), rows),
    "ReduceL1": golden(lambda x: torch.linalg.vector_norm(x, 1, 1), rows),
    "ReduceL2": golden(lambda x: torch.linalg.vector_norm(x, 2, 1), rows),
    "ReduceSumSquare": golden(lambda x: (x * x).sum(1), rows),
    "ReduceLogSumExp": golden(lambda x: torch.logsumexp(x, 1), rows),
    "a norm of order 3": golden(lambda x: torch.linalg.vector_norm(x, 3, 1), rows),
    "a deviation": golden(lambda x: torch.std(x, 1), rows),
    "a unit vector": golden(lambda x: F.normalize(x, dim=1)[:, :1], rows),
    "MaxPool": golden(lambda x: F.max_pool1d(x[None], 3), rows),
}
print("{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in goldens.items()) + "\n}")
