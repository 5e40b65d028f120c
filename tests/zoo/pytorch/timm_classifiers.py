"""timm's classifiers: small configurations, with less depth and width where the constructor allows."""

import timm
from timm.layers import GatedMlp
from timm.models import mlp_mixer

from make import main


def of(name, **options):
    return lambda num_classes: timm.create_model(name, pretrained=False, num_classes=num_classes, **options)


def mixer(**options):
    """As mixer_s16_224, resmlp_12_224 and gmlp_ti16_224 have it, whose depth and width are not to choose."""
    return lambda num_classes: mlp_mixer.MlpMixer(
        num_classes=num_classes, img_size=64, patch_size=16, num_blocks=3, embed_dim=96, **options
    )


ARCHITECTURES = {
    "vit_tiny_patch16": (of("vit_tiny_patch16_224", img_size=64, depth=3), 64),
    "deit_tiny_distilled": (of("deit_tiny_distilled_patch16_224", img_size=64, depth=3), 64),
    "deit3_small": (of("deit3_small_patch16_224", img_size=64, depth=3, embed_dim=96, num_heads=3), 64),
    "beit_base": (of("beit_base_patch16_224", img_size=64, depth=3, embed_dim=96, num_heads=3), 64),
    "beitv2_base": (of("beitv2_base_patch16_224", img_size=64, depth=3, embed_dim=96, num_heads=3), 64),
    "eva02_tiny": (of("eva02_tiny_patch14_224", img_size=56, depth=3), 56),
    "eva_giant": (of("eva_giant_patch14_224", img_size=56, depth=3, embed_dim=96, num_heads=3), 56),
    "cait_xxs24": (of("cait_xxs24_224", img_size=64, depth=3), 64),
    "xcit_nano": (of("xcit_nano_12_p16_224", img_size=64, depth=3), 64),
    "mobilevit_xxs": (of("mobilevit_xxs"), 64),
    "mobilevitv2_050": (of("mobilevitv2_050"), 64),
    "levit_128s": (of("levit_128s"), 224),
    "coat_lite_tiny": (of("coat_lite_tiny", img_size=64), 64),
    "coat_tiny": (of("coat_tiny", img_size=64), 64),
    "coatnet_0": (of("coatnet_nano_rw_224", img_size=64), 64),
    "pvt_v2_b0": (of("pvt_v2_b0"), 64),
    "edgenext_xx_small": (of("edgenext_xx_small"), 64),
    "poolformer_s12": (of("poolformer_s12"), 64),
    "poolformerv2_s12": (of("poolformerv2_s12"), 64),
    "mixer_s16": (mixer(), 64),
    "resmlp_12": (mixer(mlp_ratio=4, block_layer=mlp_mixer.ResBlock, norm_layer=mlp_mixer.Affine), 64),
    "gmlp_ti16": (mixer(mlp_ratio=6, block_layer=mlp_mixer.SpatialGatingBlock, mlp_layer=GatedMlp), 64),
    "repvgg_a0": (of("repvgg_a0"), 64),
    "res2net50": (of("res2net50_26w_4s"), 64),
    "nfnet_l0": (of("nfnet_l0"), 64),
    "ghostnet_100": (of("ghostnet_100"), 64),
    "ghostnetv2_100": (of("ghostnetv2_100"), 64),
    "fastvit_t8": (of("fastvit_t8"), 64),
    "hgnetv2_b0": (of("hgnetv2_b0"), 64),
    "mobilenetv4_conv_small": (of("mobilenetv4_conv_small"), 64),
}

if __name__ == "__main__":
    main(ARCHITECTURES, {"timm": timm.__version__})
