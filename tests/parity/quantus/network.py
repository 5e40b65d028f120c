"""The network that libraries and xaigrid are asked about alike: logits z_c = Σ_i x_i·cos(3i + 5c).

i counts the values of an input channels last, as xaigrid has them; the libraries have channels first. The tests have the same
network in libs/metrics/tests/softmax-engine.ts, so that no file of weights has to be shared.
"""

import torch


class Network(torch.nn.Module):
    """Logits `[n, classes]` of inputs `[n, channels, height, width]`, in float64."""

    def __init__(self, channels: int, height: int, width: int, classes: int, softmax: bool = False):
        super().__init__()
        count = channels * height * width
        i = torch.arange(count, dtype=torch.float64)[:, None]
        c = torch.arange(classes, dtype=torch.float64)[None]
        self.weight = torch.nn.Parameter(torch.cos(3 * i + 5 * c))
        self.softmax = softmax

    def forward(self, x):
        logits = x.to(torch.float64).permute(0, 2, 3, 1).flatten(1) @ self.weight
        return torch.softmax(logits, dim=1) if self.softmax else logits


def channels_last(values):
    """`[n, channels, ...]` as nested lists `[n, ..., channels]`."""
    return torch.as_tensor(values).movedim(1, -1).tolist()
