"""Writes graphs/*.onnx and goldens.json: torchvision's classifiers as torch.onnx.export writes them, without their weights.

Weights are made by a formula that architecture.ts knows too (`seeded`): in the ONNX file an initialiser keeps its dims and
two floats, the bounds between which its values lie; its seed is its place among the initialisers. Only small tensors that
the exporter itself made (shapes, constants) are kept as they are. goldens.json has PyTorch's probabilities, the gradient of
the explained class's probability with respect to the input and to one layer, computed in float64 with the same (float32)
weights: a sample of each gradient, its sum, its norm and its largest magnitude.

Batch statistics and the last layer's scale are calibrated on the input, so that signals neither die nor explode in 50 layers.

Run with Debian's python3-torch 1.13, python3-torchvision 0.14 and python3-onnx 1.12: python3 make_architectures.py [NAME ...]
"""

import io
import json
import math
import sys
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.fx.experimental.optimization import fuse
from torch.onnx import TrainingMode
from torchvision import models
from torchvision.models.densenet import DenseNet
from torchvision.models.efficientnet import EfficientNet, _efficientnet_conf
from torchvision.models.mobilenetv3 import MobileNetV3, _mobilenet_v3_conf
from torchvision.models.regnet import BlockParams, RegNet
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.models.shufflenetv2 import ShuffleNetV2
from torchvision.models.vgg import VGG, make_layers
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.vision_transformer import VisionTransformer

HERE = Path(__file__).parent
CLASSES = 5
SAMPLES = 200
INPUT_SEED = 1_000_000


def seeded(seed, count, low, high):
    """float32 values in [low, high): murmur3's finaliser of a Weyl sequence; the same in architecture.ts."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    unit = (h >> np.uint32(8)).astype(np.float64) / 2**24
    return (np.float64(low) + (np.float64(high) - np.float64(low)) * unit).astype(np.float32)


def resnet18():
    return ResNet(BasicBlock, [2, 2, 2, 2], num_classes=CLASSES)


def resnext():
    return ResNet(Bottleneck, [1, 1, 1, 1], num_classes=CLASSES, groups=4, width_per_group=4)


def vgg11_bn():
    model = VGG(make_layers([8, "M", 16, "M", 24, 24, "M", 32, 32, "M", 32, 32, "M"], batch_norm=True), num_classes=CLASSES)
    model.classifier = nn.Sequential(
        nn.Linear(32 * 7 * 7, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, CLASSES)
    )
    return model


def mobilenet_v3_small():
    setting, last = _mobilenet_v3_conf("mobilenet_v3_small", width_mult=0.5)
    return MobileNetV3(setting, last, num_classes=CLASSES)


def efficientnet_b0():
    setting, last = _efficientnet_conf("efficientnet_b0", width_mult=0.5, depth_mult=1.0)
    return EfficientNet(setting, dropout=0.2, last_channel=last, num_classes=CLASSES)


def regnet_y():
    return RegNet(BlockParams.from_init_params(depth=8, w_0=16, w_a=12.0, w_m=2.2, group_width=8, se_ratio=0.25), num_classes=CLASSES)


def convnext():
    layers = [CNBlockConfig(16, 24, 2), CNBlockConfig(24, 32, 2), CNBlockConfig(32, 48, 2), CNBlockConfig(48, None, 1)]
    return ConvNeXt(layers, num_classes=CLASSES)


def vit():
    return VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=CLASSES)


# name -> (constructor, input shape, operator set, exported as for training (batch norms stay nodes), layer)
ARCHITECTURES = {
    "resnet18": (resnet18, (3, 64, 64), 14, False, "layer2.0.conv2"),
    "resnext": (resnext, (3, 64, 64), 11, True, "layer3.0.conv2"),
    "vgg11_bn": (vgg11_bn, (3, 224, 224), 13, True, "features.8"),
    "mobilenet_v2": (lambda: models.mobilenet_v2(width_mult=0.35, num_classes=CLASSES), (3, 64, 64), 14, True, "features.6.conv.2"),
    "mobilenet_v3_small": (mobilenet_v3_small, (3, 64, 64), 14, True, "features.4.block.0.0"),
    "densenet": (lambda: DenseNet(8, (3, 4, 4, 3), 16, num_classes=CLASSES), (3, 64, 64), 13, True, "features.transition1.conv"),
    "efficientnet_b0": (efficientnet_b0, (3, 64, 64), 16, True, "features.3.0.block.0.0"),
    "squeezenet1_1": (lambda: models.squeezenet1_1(num_classes=CLASSES), (3, 64, 64), 9, False, "features.6.expand3x3"),
    "shufflenet_v2": (lambda: ShuffleNetV2([2, 3, 2], [12, 24, 48, 96, 128], num_classes=CLASSES), (3, 64, 64), 12, True, "stage2.0.branch2.5"),
    "shufflenet_v2_fixed_batch": (lambda: ShuffleNetV2([1, 2, 1], [8, 16, 24, 32, 48], num_classes=CLASSES), (3, 64, 64), 14, True, "stage2.0.branch2.5"),
    "googlenet": (lambda: models.googlenet(num_classes=CLASSES, init_weights=False, aux_logits=False, transform_input=True), (3, 64, 64), 15, True, "inception4a.branch2.1.conv"),
    "regnet_y": (regnet_y, (3, 64, 64), 14, True, "trunk_output.block2.block2-0.proj.0"),
    "convnext": (convnext, (3, 64, 64), 17, True, "features.3.0.block.0"),
    "vit": (vit, (3, 32, 32), 14, True, "conv_proj"),
}


class Probabilities(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return torch.softmax(self.body(x), 1)


def export(model, shape, opset, keep, free_batch):
    buffer = io.BytesIO()
    torch.onnx.export(
        model,
        torch.zeros(1, *shape),
        buffer,
        opset_version=opset,
        training=TrainingMode.PRESERVE if keep else TrainingMode.EVAL,
        input_names=["input"],
        output_names=["probabilities"],
        dynamic_axes={"input": {0: "batch"}, "probabilities": {0: "batch"}} if free_batch else None,
    )
    return onnx.load_from_string(buffer.getvalue())


def seeds_of(proto, model):
    """Initialiser -> (its seed, the parameter or buffer it came from, transposed or not); values are still random, so unique."""
    state = {name: value for name, value in model.state_dict().items() if value.dtype == torch.float32}
    found = {}
    for index, tensor in enumerate(proto.graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 2:
            continue
        for name, value in state.items():
            own = value.numpy()
            if own.shape == values.shape and np.array_equal(own, values):
                found[tensor.name] = (index, name, False)
                break
            if own.ndim == 2 and own.T.shape == values.shape and np.array_equal(own.T, values):
                found[tensor.name] = (index, name, True)
                break
        else:
            print("  kept:", tensor.name, values.shape)
    missing = set(state) - {name for _, name, _ in found.values()}
    if missing:
        print("  not in the file:", sorted(missing))
    return found


def calibrate(model, seeds, x):
    """Sets every parameter by its formula; returns the bounds by parameter."""
    own = {name: (seed, transposed) for seed, name, transposed in seeds.values()}
    bounds = {}
    state = dict(model.named_parameters()) | dict(model.named_buffers())

    def put(name, low, high):
        low, high = float(np.float32(low)), float(np.float32(high))
        bounds[name] = (low, high)
        if name not in own:
            return
        seed, transposed = own[name]
        target = state[name]
        values = seeded(seed, target.numel(), low, high)
        shape = tuple(target.shape)
        values = values.reshape(shape[::-1]).T if transposed else values.reshape(shape)
        target.data.copy_(torch.from_numpy(values.copy()))

    modules = dict(model.named_modules())
    heads = [name for name, module in modules.items() if isinstance(module, (nn.Linear, nn.Conv2d))]
    for name, parameter in model.named_parameters():
        path, _, kind = name.rpartition(".")
        module = modules.get(path)
        if kind in ("bias", "in_proj_bias"):
            put(name, -0.1, 0.1)
        elif kind == "layer_scale":
            put(name, 0.3, 0.6)
        elif isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)) or parameter.ndim == 1:
            put(name, 0.6, 1.4)
        elif kind in ("class_token", "pos_embedding"):
            put(name, -0.5, 0.5)
        else:
            fan = parameter[0].numel()
            put(name, -math.sqrt(6 / fan), math.sqrt(6 / fan))

    def before(path):
        def hook(module, inputs):
            values = inputs[0]
            mean, variance = values.mean().item(), values.var((0, 2, 3), unbiased=False).mean().item() + 1e-3
            deviation = math.sqrt(variance)
            put(f"{path}.running_mean", mean - 0.3 * deviation, mean + 0.3 * deviation)
            put(f"{path}.running_var", 0.7 * variance, 1.4 * variance)

        return hook

    for path, module in modules.items():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(before(path))
    if any(isinstance(module, nn.BatchNorm2d) for module in modules.values()):
        model(x)
    for module in modules.values():
        module._forward_pre_hooks.clear()

    # The logits' spread: sure of a class, but not saturated.
    head = f"{heads[-1]}.weight"
    logits = []
    handle = model.body.register_forward_hook(lambda module, inputs, output: logits.append(output.detach()))
    for _ in range(2):
        model(x)
        low, high = bounds[head]
        factor = 1.5 / max(logits[-1].std().item(), 1e-6)
        put(head, low * factor, high * factor)
    handle.remove()
    return bounds


def strip(proto, seeds, bounds):
    for tensor in proto.graph.initializer:
        if tensor.name not in seeds:
            continue
        tensor.ClearField("raw_data")
        tensor.float_data.extend(bounds[seeds[tensor.name][1]])
    for node in proto.graph.node:
        node.ClearField("doc_string")
    proto.graph.ClearField("value_info")


def summary(gradient):
    flat = gradient.numpy().ravel()
    stride = max(1, flat.size // SAMPLES)
    # A stride that is prime to rows and channels visits all columns.
    while stride > 1 and math.gcd(stride, flat.size) != 1:
        stride += 1
    taken = flat[::stride]
    return {
        "shape": list(gradient.shape),
        "stride": stride,
        "values": [float(f"{v:.8g}") for v in taken],
        "sum": float(f"{flat.sum():.12g}"),
        "norm": float(f"{np.sqrt((flat**2).sum()):.12g}"),
        "largest": float(f"{np.abs(flat).max():.12g}"),
    }


def make(name):
    constructor, shape, opset, keep, layer = ARCHITECTURES[name]
    print(name)
    torch.manual_seed(0)
    body = constructor()
    body.eval()
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                tensor.uniform_(0.5, 1.5)
    for parameter in body.parameters():
        parameter.data.add_(torch.rand_like(parameter) * 1e-2)
    if not keep:
        body = fuse(body)
    model = Probabilities(body).eval()
    # Without dynamic_axes, PyTorch writes the batch of 1 into the Reshapes.
    proto = export(model, shape, opset, keep, free_batch="fixed_batch" not in name)
    seeds = seeds_of(proto, model)
    x = torch.from_numpy(seeded(INPUT_SEED, math.prod(shape), 0, 1).reshape(1, *shape))
    with torch.no_grad():
        bounds = calibrate(model, seeds, x)
    strip(proto, seeds, bounds)
    (HERE / "graphs").mkdir(exist_ok=True)
    onnx.save(proto, str(HERE / "graphs" / f"{name}.onnx"))

    double = model.double()
    module = dict(double.named_modules())[f"body.{layer}"]
    kept = []
    # The layer's output goes on as a copy: activations work in place.
    module.register_forward_hook(lambda module, inputs, output: (output.retain_grad(), kept.append(output), output.clone())[2])
    inputs = x.double().requires_grad_()
    probabilities = double(inputs)
    label = int(probabilities[0].argmax())
    probabilities[0, label].backward()
    weights = next(initialiser for initialiser, (_, source, _) in seeds.items() if source == f"body.{layer}.weight")
    node = next(node for node in proto.graph.node if weights in node.input)
    print("  operators:", sorted({node.op_type for node in proto.graph.node}))
    print("  probabilities:", [round(p, 3) for p in probabilities[0].tolist()], "size", len(proto.SerializeToString()))
    return {
        "name": name,
        "input": list(shape),
        "label": label,
        "probabilities": [float(f"{p:.10g}") for p in probabilities[0].tolist()],
        "inputGradient": summary(inputs.grad[0]),
        "layer": node.name,
        "layerGradient": summary(kept[0].grad[0]),
    }


if __name__ == "__main__":
    path = HERE / "goldens.json"
    goldens = {golden["name"]: golden for golden in json.loads(path.read_text())} if path.exists() else {}
    for name in sys.argv[1:] or ARCHITECTURES:
        goldens[name] = make(name)
    lines = ",\n".join(json.dumps(goldens[name]) for name in ARCHITECTURES if name in goldens)
    path.write_text(f"[\n{lines}\n]\n")
