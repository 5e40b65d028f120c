"""Seeded random weights with which a network of any depth neither dies nor saturates, and samples that differ."""

import math

import torch
from torch import nn

# Parameters that are added to the samples' own values, and tables of attention's offsets: not products.
OFFSETS = ("pos_embed", "position", "token", "bias_table", "attention_biases", "rpb", "rel_pos")
# Factors of a residual branch: as they are initialised (1e-6, 0) nothing of the branch would be seen.
SCALES = ("layer_scale", "gamma", ".ls", "lambda", "alpha", "skipinit")
# A temperature that goes through exp or a clamp.
KEPT = ("logit_scale", "temperature")


def seeded_samples(count, size, seed=7):
    """[count, 3, size, size] in [0, 1]: coarse patterns of several scales with some noise, so that samples are not alike."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.zeros(count, 3, size, size)
    for cells in (2, 4, 9):
        coarse = torch.randn(count, 3, cells, cells, generator=generator)
        x += nn.functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=False)
    x += 0.3 * torch.randn(x.shape, generator=generator)
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    return ((x - low) / (high - low)).contiguous()


def randomize(model, classes, size, seed=0):
    """Sets every parameter, then the running statistics of batch norms to those of some samples, then the spread of the logits."""
    torch.manual_seed(seed)
    norms = [module for module in model.modules() if "Norm" in type(module).__name__]
    # Without a norm, ReLU halves the variance in each layer.
    gain = 3 if norms else 6
    in_norms = {id(parameter) for module in norms for parameter in module.parameters(recurse=False)}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            last = name.rpartition(".")[2]
            if any(word in name for word in KEPT):
                continue
            if any(word in name for word in OFFSETS):
                parameter.normal_(0, 0.2)
            elif "bias" in last or last.startswith("b_"):
                parameter.uniform_(-0.1, 0.1)
            elif any(word in "." + name for word in SCALES) and id(parameter) not in in_norms:
                parameter.uniform_(0.3, 0.6)
            elif parameter.numel() in (1, max(parameter.shape, default=1)) or id(parameter) in in_norms:
                parameter.uniform_(0.6, 1.4)
            else:
                bound = math.sqrt(gain / parameter[0].numel())
                parameter.uniform_(-bound, bound)
        batch_norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        for module in batch_norms:
            # Most units of a ReLU behind it are on, as in trained nets: with a mean of 0 a change of weights by 1e-6 takes MobileNetV2's gradient
            # 5 % off in float64, so many units cross their kinks; with these, 0.004 %.
            if module.affine:
                module.weight.uniform_(0.4, 0.8)
                module.bias.uniform_(0.5, 1.5)
            module.momentum = None
            module.reset_running_stats()
            module.train()
        if batch_norms:
            model(seeded_samples(8, size, seed=11))
        model.eval()
        spread = model(seeded_samples(8, size, seed=13)).std().item()
        for module in model.modules():
            weight = getattr(module, "weight", None)
            if isinstance(module, (nn.Linear, nn.Conv2d)) and weight.shape[0] == classes:
                weight.mul_(1.5 / max(spread, 1e-3))
    return model
