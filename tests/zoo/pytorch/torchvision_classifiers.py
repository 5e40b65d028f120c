"""torchvision's classifiers, one or two of each family; those whose width or depth is all that makes them large have less of it."""

import torchvision
from torch import nn
from torchvision import models
from torchvision.models.densenet import DenseNet
from torchvision.models.maxvit import MaxVit
from torchvision.models.resnet import Bottleneck, ResNet
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2
from torchvision.models.vision_transformer import VisionTransformer

from make import main


def of(constructor, **options):
    return lambda num_classes: constructor(weights=None, num_classes=num_classes, **options)


def narrow_head(constructor, channels, pooled):
    """VGG and AlexNet: nine tenths of their weights are in the first two dense layers. They pool to 7 × 7 and 6 × 6, of small images to more than there is."""

    def make(num_classes):
        model = constructor(weights=None, num_classes=num_classes)
        model.avgpool = nn.AdaptiveAvgPool2d(pooled)
        features = channels * pooled * pooled
        layers = [nn.Linear(features, 64), nn.ReLU(True), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(True), nn.Dropout()]
        model.classifier = nn.Sequential(*layers, nn.Linear(64, num_classes))
        return model

    return make


def bottlenecks(**options):
    """One block a stage, of 3, 4, 6 and 3."""
    return lambda num_classes: ResNet(Bottleneck, [1, 1, 1, 1], num_classes=num_classes, **options)


def vit_b_16(num_classes):
    return VisionTransformer(
        image_size=64, patch_size=16, num_layers=4, num_heads=4, hidden_dim=128, mlp_dim=256, num_classes=num_classes
    )


def swin_t(num_classes):
    return SwinTransformer(
        patch_size=[4, 4], embed_dim=48, depths=[2, 2, 2, 2], num_heads=[2, 2, 4, 4], window_size=[4, 4], num_classes=num_classes
    )


def swin_v2_t(num_classes):
    return SwinTransformer(
        patch_size=[4, 4],
        embed_dim=48,
        depths=[2, 2, 2, 2],
        num_heads=[2, 2, 4, 4],
        window_size=[4, 4],
        num_classes=num_classes,
        block=SwinTransformerBlockV2,
        downsample_layer=PatchMergingV2,
    )


def maxvit_t(num_classes):
    return MaxVit(
        input_size=(64, 64),
        stem_channels=16,
        block_channels=[16, 32, 48, 64],
        block_layers=[1, 1, 2, 1],
        head_dim=16,
        stochastic_depth_prob=0.2,
        partition_size=2,
        num_classes=num_classes,
    )


ARCHITECTURES = {
    "alexnet": (narrow_head(models.alexnet, 256, 2), 96),
    "vgg11": (narrow_head(models.vgg11, 512, 7), 64),
    "vgg11_bn": (narrow_head(models.vgg11_bn, 512, 2), 64),
    "resnet18": (of(models.resnet18), 64),
    "resnet50": (bottlenecks(), 64),
    "resnext50_32x4d": (bottlenecks(groups=32, width_per_group=4), 64),
    "wide_resnet50_2": (bottlenecks(width_per_group=64 * 2), 64),
    "squeezenet1_0": (of(models.squeezenet1_0), 64),
    "squeezenet1_1": (of(models.squeezenet1_1), 64),
    "densenet121": (lambda num_classes: DenseNet(32, (3, 6, 4, 3), 64, num_classes=num_classes), 64),
    "googlenet": (of(models.googlenet, aux_logits=False, init_weights=False, transform_input=True), 64),
    "inception_v3": (of(models.inception_v3, aux_logits=False, init_weights=False, transform_input=True), 96),
    "mobilenet_v2": (of(models.mobilenet_v2), 64),
    "mobilenet_v3_small": (of(models.mobilenet_v3_small), 64),
    "mobilenet_v3_large": (of(models.mobilenet_v3_large), 64),
    "mnasnet0_5": (of(models.mnasnet0_5), 64),
    "shufflenet_v2_x0_5": (of(models.shufflenet_v2_x0_5), 64),
    "efficientnet_b0": (of(models.efficientnet_b0), 64),
    "efficientnet_v2_s": (of(models.efficientnet_v2_s), 64),
    "regnet_x_400mf": (of(models.regnet_x_400mf), 64),
    "regnet_y_400mf": (of(models.regnet_y_400mf), 64),
    "convnext_tiny": (of(models.convnext_tiny), 64),
    "swin_t": (swin_t, 64),
    "swin_v2_t": (swin_v2_t, 64),
    "vit_b_16": (vit_b_16, 64),
    "maxvit_t": (maxvit_t, 64),
}

if __name__ == "__main__":
    main(ARCHITECTURES, {"torchvision": torchvision.__version__})
