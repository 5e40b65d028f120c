"""What Quantus gives for maps of 4 x 6 positions and the regions that they should point to: localisation.json, beside this file.

Quantus scales maps by the largest magnitude of all samples that it is given, and weights attribution localisation by the number
of values of all of them but two; it refuses maps that are all negative, or all the same, unless there are others. Each map is given
with two others of the same largest magnitude, so that all is of one sample.
"""

import json
import pathlib
import warnings

import numpy as np
import quantus
import torch

warnings.filterwarnings("ignore")
HEIGHT, WIDTH, K = 4, 6, 7
random = np.random.RandomState(11)


def drawn():
    """Rounded as maps are stored."""
    return random.randn(HEIGHT, WIDTH).astype(np.float32)


def constant(value):
    return np.full((HEIGHT, WIDTH), value, dtype=np.float32)


tied = np.round(2 * drawn())
blob = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
blob[1:3, 1:3] = [[1, 2], [3, 2.5]]
signed = [drawn() for _ in range(8)]
maps = {
    **{f"signed {i}": values for i, values in enumerate(signed)},
    "negative": -np.abs(drawn()) - np.float32(0.1),
    "tied": tied,
    "blob": blob,
    "two maxima": np.where(np.arange(24).reshape(4, 6) % 23 == 0, 1, 0).astype(np.float32),
    "constant": constant(2),
    "zero": constant(0),
}
regions = {name: (random.rand(HEIGHT, WIDTH) < 0.35).astype(np.int64) for name in maps}
regions["two maxima"][0, 0], regions["two maxima"][-1, -1] = 1, 0
empty = np.zeros((HEIGHT, WIDTH), dtype=np.int64)
quadrants = {name: random.permutation([1, 1, 0, 0]).tolist() for name in maps}


def score(metric, values, region, **more):
    other = np.zeros((HEIGHT, WIDTH))
    other[0, 0] = np.abs(values).max() or 1
    found = metric(
        # Never asked.
        model=torch.nn.Identity(),
        x_batch=np.zeros((3, 1, HEIGHT, WIDTH)),
        y_batch=np.zeros(3, dtype=int),
        a_batch=np.stack([np.float64(values), other, other])[:, None],
        s_batch=np.stack([region] * 3)[:, None],
        channel_first=True,
        **more,
    )
    return float(found[0])


quiet = {"disable_warnings": True, "display_progressbar": False}
metrics = {
    "pointing": quantus.PointingGame(**quiet),
    "attributionLocalisation": quantus.AttributionLocalisation(**quiet),
    "weightedLocalisation": quantus.AttributionLocalisation(weighted=True, **quiet),
    "positiveLocalisation": quantus.AttributionLocalisation(abs=False, positive_attributions=True, **quiet),
    "massAccuracy": quantus.RelevanceMassAccuracy(**quiet),
    "absoluteMassAccuracy": quantus.RelevanceMassAccuracy(abs=True, **quiet),
    "rankAccuracy": quantus.RelevanceRankAccuracy(**quiet),
    "topKIntersection": quantus.TopKIntersection(k=K, **quiet),
    "conceptInfluence": quantus.TopKIntersection(k=K, concept_influence=True, **quiet),
    "auc": quantus.AUC(**quiet),
}
focus = quantus.Focus(**quiet)


def number(value):
    return value if np.isfinite(value) else None


samples = [
    {
        "name": name,
        "map": values.ravel().tolist(),
        "region": regions[name].ravel().tolist(),
        "quadrants": quadrants[name],
        "scores": {metric: number(score(of, values, regions[name])) for metric, of in metrics.items()},
        "focus": score(focus, values, regions[name], custom_batch=[quadrants[name]] * 3),
        "emptyRegion": {metric: number(score(of, values, empty)) for metric, of in metrics.items()},
    }
    for name, values in maps.items()
]
pathlib.Path(__file__).with_name("localisation.json").write_text(
    json.dumps({"quantus": quantus.__version__, "shape": [HEIGHT, WIDTH], "k": K, "samples": samples}) + "\n"
)
