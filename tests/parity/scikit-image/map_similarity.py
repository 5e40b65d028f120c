"""What scikit-image, SciPy and NumPy make of pairs of images: map_similarity.json, beside this file.

forms: SSIM of two maps as Adebayo et al. (min-max) and Sixt et al. (percentiles) take it, and hog of scaled maps. ssim: structural_similarity with the Gaussian window, or a uniform one, of images of one, two and three axes. hog: hog with cells of
16 x 16, and Spearman's correlation of two of them. entropy: of numpy.histogram. quantile: numpy.quantile.
"""

import json
import pathlib

import numpy as np
import scipy.stats
import skimage
from skimage.feature import hog
from skimage.metrics import structural_similarity


def image(*shape, step):
    """The test makes the same: sums of waves, rounded to eighths so that no digit is lost on the way."""
    at = np.arange(np.prod(shape))
    return (np.round(8 * (np.sin(step * at) + np.cos(0.37 * step * at * at))) / 8).reshape(shape)


def pair(*shape):
    a = image(*shape, step=0.31)
    return a, a + image(*shape, step=0.73)


cases = []
for shape in ((40,), (24, 31), (12, 13, 14)):
    for window in ("gaussian", 7, 5):
        a, b = pair(*shape)
        options = {"gaussian_weights": True} if window == "gaussian" else {"win_size": window}
        found = structural_similarity(a, b, data_range=2.5, **options)
        cases.append({"shape": shape, "window": window, "ssim": float(found)})

a, b = pair(70, 55)
features = [hog(x, pixels_per_cell=(16, 16)) for x in (a, b)]
a, b = pair(60, 50)


def scaled(x):
    return (x - x.min()) / (x.max() - x.min())


def cut(x):
    low, high = np.percentile(x, 0.5), np.percentile(x, 99.5)
    return np.clip((x - low) / (high - low), 0, 1)


forms = {
    "min-max": float(structural_similarity(scaled(abs(a)), scaled(abs(b)), data_range=1, gaussian_weights=True)),
    "percentiles": float(
        max(structural_similarity(cut(a), cut(sign * b), data_range=1, win_size=5) for sign in (1, -1)),
    ),
    "turned": float(
        max(structural_similarity(cut(a), cut(sign * -b), data_range=1, win_size=5) for sign in (1, -1)),
    ),
    "hog": float(scipy.stats.spearmanr(*(hog(scaled(abs(x)), pixels_per_cell=(16, 16)) for x in (a, b)))[0]),
}
values = image(300, step=0.31)
entropies = {bins: float(scipy.stats.entropy(np.histogram(values, bins)[0])) for bins in (5, 10, 32, 100)}
quantiles = {share: float(np.quantile(values, share)) for share in (0, 0.005, 0.3, 0.995, 1)}

pathlib.Path(__file__).with_name("map_similarity.json").write_text(
    json.dumps(
        {
            "scikit-image": skimage.__version__,
            "ssim": cases,
            "hog": {
                "rows": 70,
                "columns": 55,
                "features": features[0].tolist(),
                "correlation": float(scipy.stats.spearmanr(*features)[0]),
            },
            "forms": forms,
            "entropies": entropies,
            "quantiles": quantiles,
        }
    )
    + "\n"
)
