"""Small vision transformers whose weights hang on a seed alone, and their exports."""

import base64
import contextlib
import io
import pathlib
import sys
import tempfile
import zlib

import torch
from timm.models.deit import VisionTransformerDistilled
from timm.models.swin_transformer import SwinTransformer as TimmSwin
from timm.models.vision_transformer import VisionTransformer as TimmViT
from torch import nn
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vision_transformer import VisionTransformer

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "shared"))
from onnx_export import onnx_bytes  # noqa: E402

CLASSES = 4
SAMPLES = 2
TIMM = {"patch_size": 8, "embed_dim": 16, "num_heads": 4, "mlp_ratio": 1, "num_classes": CLASSES}

# Each with the size of its images. No image is a square, so that rows are not taken for columns.
NETWORKS = {
    # The class token is read.
    "torchvision ViT": ((24, 24), lambda: VisionTransformer(24, 8, 3, 4, 16, 16, num_classes=CLASSES)),
    "timm ViT": ((32, 24), lambda: TimmViT(img_size=(32, 24), depth=3, **TIMM)),
    # Registers stand before the grid, and the mean of the grid is read.
    "timm ViT with registers": (
        (32, 24),
        lambda: TimmViT(img_size=(32, 24), depth=3, reg_tokens=2, class_token=True, global_pool="avg", **TIMM),
    ),
    # No token but the grid.
    "timm ViT without class token": ((24, 32), lambda: TimmViT(img_size=(24, 32), depth=2, class_token=False, global_pool="avg", **TIMM)),
    # A class token and a distillation token, and a head for each.
    "timm DeiT": ((32, 24), lambda: VisionTransformerDistilled(img_size=(32, 24), depth=2, **TIMM)),
    "torchvision Swin": (
        (32, 24),
        lambda: SwinTransformer([4, 4], 8, [2, 2], [2, 4], [2, 2], mlp_ratio=1, num_classes=CLASSES),
    ),
    "timm Swin": (
        (32, 16),
        lambda: TimmSwin(
            img_size=(32, 16), patch_size=4, embed_dim=8, depths=(2, 2), num_heads=(2, 4), window_size=2, mlp_ratio=1, num_classes=CLASSES
        ),
    ),
}


def made(name):
    """The network in float64, and samples `[SAMPLES, 3, height, width]`. Weights and samples are whole numbers of 64ths, which pack well."""
    size, kind = NETWORKS[name]
    torch.manual_seed(sum(map(ord, name)))
    network = kind()
    with torch.no_grad():
        for part, values in network.named_parameters():
            # Attention of random weights is nearly uniform: these are larger, and biases and tokens are not 0.
            values += torch.randn_like(values) * (0.3 if values.ndim > 1 else 0.1)
            values.copy_((values * 64).round() / 64)
    samples = (torch.randn(SAMPLES, 3, *size) * 16).round() / 16
    return network.double().eval(), samples.double()


CLASSES_EXPLAINED = [1, 3]


def exported(network, samples, dynamo=False, **options):
    """The network with a softmax at its end, as ONNX, packed by zlib, in base64, in float32."""
    single = nn.Sequential(network, nn.Softmax(dim=1)).float().eval()
    x = samples[:1].float()
    if dynamo:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = pathlib.Path(folder) / "m.onnx"
            torch.onnx.export(
                single, (x,), path, dynamo=True, dynamic_shapes=({0: torch.export.Dim("n")},), external_data=False, **options
            )
            found = stripped(path)
    else:
        found = onnx_bytes(single, x)
    network.double()
    return base64.b64encode(zlib.compress(found, 9)).decode()


def stripped(path):
    """Without the stacks of Python that the exporter writes for each node."""
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        kept = [one for one in node.metadata_props if one.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for one in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del one.metadata_props[:]
    return model.SerializeToString()


def rounded(values):
    def digits(value):
        return [digits(one) for one in value] if isinstance(value, list) else float(f"{value:.9g}")

    return digits(torch.as_tensor(values).detach().tolist())


def packed(samples):
    """[n, c, ...] → [n, ..., c], as whole numbers of 16ths, one byte each, packed by zlib, in base64."""
    sixteenths = (samples.movedim(1, -1) * 16).to(torch.int8).contiguous().numpy().tobytes()
    return base64.b64encode(zlib.compress(sixteenths, 9)).decode()
