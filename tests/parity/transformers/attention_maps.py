"""Methods of attention, from their equations, by PyTorch's automatic differentiation in float64: attention_maps.json, beside this file.

- Raw attention: the row of the last block's attention, averaged over the heads.
- Attention rollout: Abnar & Zuidema 2020, section 3, with the heads, the discarded share and the division of vit-explain
  (github.com/jacobgil/vit-explain, 1d68f22) by option.
- Gradient attention rollout: vit-explain's. It keeps gradients in the order of the backward pass, from the last block to the first; here
  each belongs to its own block.
- Generic attention explainability: Chefer et al. 2021, equations 5 and 6.
- LeGrad: Bousselham et al. 2024, section 3.2.

`maps` are what each says of the tokens of the grid, before they are resized.
"""

import json
import pathlib

import torch
from networks import CLASSES_EXPLAINED, made, rounded
from torch.nn import functional


class Recorded:
    """Attention written out in place of PyTorch's fused operator, with the probabilities of each block kept for its gradient."""

    def __enter__(self):
        self.fused = functional.scaled_dot_product_attention
        self.attention = []
        functional.scaled_dot_product_attention = self.written_out
        return self

    def __exit__(self, *_):
        functional.scaled_dot_product_attention = self.fused

    def written_out(self, q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, **_):
        assert attn_mask is None and dropout_p == 0.0 and not is_causal
        probabilities = torch.softmax(q @ k.transpose(-2, -1) * (q.shape[-1] ** -0.5 if scale is None else scale), -1)
        self.attention.append(probabilities)
        return probabilities @ v


def heads_of(name, network):
    """The blocks, and what the head makes of tokens."""
    if name == "torchvision ViT":
        return network.encoder.layers, lambda tokens: network.heads(network.encoder.ln(tokens)[:, 0])
    return network.blocks, lambda tokens: network.forward_head(network.norm(tokens))


def fuse(values, how):
    return {"mean": values.mean(1), "max": values.max(1)[0], "min": values.min(1)[0]}[how]


def discard(matrix, share, spared=()):
    """Zeros in place of the smallest values."""
    for at in matrix.flatten().argsort(stable=True)[: int(matrix.numel() * share)].tolist():
        if at not in spared:
            matrix[at // len(matrix), at % len(matrix)] = 0


def rolled(blocks, divide):
    """The product of the blocks, the last one leftmost."""
    total = torch.eye(len(blocks[0]), dtype=torch.float64)
    for matrix in blocks:
        mixed = 0.5 * matrix + 0.5 * torch.eye(len(matrix), dtype=torch.float64)
        sums = mixed.sum(1)
        total = mixed / (sums[None] if divide == "columns" else sums[:, None]) @ total
    return total


def rollout(attention, _gradients, heads="mean", share=0.0, divide="rows"):
    blocks = [fuse(one, heads)[0].clone() for one in attention]
    for matrix in blocks:
        # The class token keeps what it takes from itself.
        discard(matrix, share, spared=(0,))
    return rolled(blocks, divide)


def gradient_rollout(attention, gradients, share=0.0, divide="rows"):
    blocks = [(one * gradient)[0].mean(0).clamp(min=0) for one, gradient in zip(attention, gradients, strict=True)]
    for matrix in blocks:
        discard(matrix, share)
    return rolled(blocks, divide)


def generic(attention, gradients):
    relevance = torch.eye(attention[0].size(-1), dtype=torch.float64)
    for one, gradient in zip(attention, gradients, strict=True):
        cam = (gradient * one).clamp(min=0).mean(dim=1)[0]
        relevance = relevance + cam @ relevance
    return relevance


def raw(attention, _gradients, heads="mean"):
    return fuse(attention[-1], heads)[0]


MATRICES = [
    ("raw-attention", {}, raw, {}),
    ("raw-attention", {"heads": "max"}, raw, {"heads": "max"}),
    ("attention-rollout", {}, rollout, {}),
    ("attention-rollout", {"heads": "max", "discard": 0.9, "divide": "columns"}, rollout, {"heads": "max", "share": 0.9, "divide": "columns"}),
    ("attention-rollout", {"heads": "min", "discard": 0.4}, rollout, {"heads": "min", "share": 0.4}),
    ("gradient-rollout", {}, gradient_rollout, {}),
    ("gradient-rollout", {"discard": 0.9, "divide": "columns"}, gradient_rollout, {"share": 0.9, "divide": "columns"}),
    ("generic-attention", {}, generic, {}),
]

# The tokens that the head reads, and those before the grid.
TOKENS = {
    "torchvision ViT": ([0], 1),
    "timm ViT": ([0], 1),
    "timm ViT with registers": (slice(3, None), 3),
    "timm ViT without class token": (slice(None), 0),
    "timm DeiT": ([0, 1], 2),
}


def explained(logits, index, target):
    return logits[0, index] if target == "logit" else logits.softmax(-1)[0, index]


def legrad(network, name, sample, index, target, last):
    blocks, head = heads_of(name, network)
    outputs = []
    hooks = [block.register_forward_hook(lambda _module, _inputs, output: outputs.append(output)) for block in blocks]
    with Recorded() as recorded:
        network(sample)
    for hook in hooks:
        hook.remove()
    maps = []
    for attention, tokens in list(zip(recorded.attention, outputs, strict=True))[-last:]:
        (gradient,) = torch.autograd.grad(explained(head(tokens), index, target), attention, retain_graph=True)
        maps.append(gradient.clamp(min=0).mean((1, 2))[0])
    return torch.stack(maps).mean(0)


def network(name):
    network, samples = made(name)
    read, before = TOKENS[name]
    found = []
    for method, params, matrix, options in MATRICES:
        for target in ("logit", "probability"):
            if target == "probability" and (params or method in ("raw-attention", "attention-rollout")):
                continue
            maps = []
            for sample, index in zip(samples[:, None], CLASSES_EXPLAINED, strict=True):
                with Recorded() as recorded:
                    logits = network(sample)
                gradients = torch.autograd.grad(explained(logits, index, target), recorded.attention)
                result = matrix([one.detach() for one in recorded.attention], gradients, **options)
                maps.append(result[read].mean(0)[before:])
            found.append({"method": method, "params": params, "target": target, "maps": rounded(torch.stack(maps))})
    depth = len(heads_of(name, network)[0])
    for target, params in (("logit", {}), ("probability", {}), ("logit", {"blocks": 1})):
        maps = [
            legrad(network, name, sample, index, target, params.get("blocks", depth))[before:]
            for sample, index in zip(samples[:, None], CLASSES_EXPLAINED, strict=True)
        ]
        found.append({"method": "legrad", "params": params, "target": target, "maps": rounded(torch.stack(maps))})
    return found


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"classes": CLASSES_EXPLAINED, "networks": {name: network(name) for name in TOKENS}}) + "\n"
)
