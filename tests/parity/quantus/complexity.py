"""What Quantus gives for the complexity of maps of 4 x 6 positions, with one and with three channels: complexity.json, beside this file.

Quantus scales maps by the largest magnitude of all samples that it is given, and refuses maps that are all the same unless there are
others. Each map is given with another one of the same largest magnitude.
"""

import json
import pathlib
import warnings

import numpy as np
import quantus
import torch

warnings.filterwarnings("ignore")
HEIGHT, WIDTH = 4, 6
random = np.random.RandomState(5)


def drawn(channels=1):
    """Rounded as maps are stored."""
    return random.randn(channels, HEIGHT, WIDTH).astype(np.float32)


blob = np.zeros((1, HEIGHT, WIDTH), dtype=np.float32)
blob[0, 1:3, 1:3] = [[1, 2], [3, 2.5]]
one = np.zeros_like(blob)
one[0, 2, 3] = -4
maps = {
    **{f"signed {i}": drawn() for i in range(4)},
    **{f"channels {i}": drawn(3) for i in range(4)},
    # Powers over seven decades: some lie below the threshold of effective complexity.
    "steep": (10.0 ** -np.linspace(0, 7, 24)).astype(np.float32).reshape(1, HEIGHT, WIDTH),
    "blob": blob,
    "one": one,
    "constant": np.full_like(blob, 2),
    "zero": np.zeros_like(blob),
}


def score(metric, values):
    other = np.zeros(values.shape)
    other[0, 0, 0] = np.abs(values).max() or 1
    found = metric(
        # Never asked.
        model=torch.nn.Identity(),
        x_batch=np.zeros((2, *values.shape)),
        y_batch=np.zeros(2, dtype=int),
        # Float64, so that Quantus's own rounding does not hide behind that of maps.
        a_batch=np.stack([np.float64(values), other]),
        channel_first=True,
    )
    return float(found[0])


quiet = {"disable_warnings": True, "display_progressbar": False}
metrics = {
    "sparseness": quantus.Sparseness(**quiet),
    "complexity": quantus.Complexity(**quiet),
    "effectiveComplexity": quantus.EffectiveComplexity(**quiet),
}


def number(value):
    return value if np.isfinite(value) else None


samples = [
    {
        "name": name,
        "channels": values.shape[0],
        # Channels last.
        "map": np.moveaxis(values, 0, -1).ravel().tolist(),
        "scores": {metric: number(score(of, values)) for metric, of in metrics.items()},
    }
    for name, values in maps.items()
]
pathlib.Path(__file__).with_name("complexity.json").write_text(
    json.dumps({"quantus": quantus.__version__, "shape": [HEIGHT, WIDTH], "samples": samples}) + "\n"
)
