"""Writes multi-label.json: what scikit-learn says of models whose samples have sets of labels.

Python 3.11, numpy 2.x, scikit-learn 1.9.1:  python make_multi_label.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

assert sklearn.__version__ == "1.9.1", sklearn.__version__
warnings.filterwarnings("ignore")


def nullable(values):
    return [None if np.isnan(value) else float(value) for value in np.atleast_1d(values)]


def golden(labels, outputs):
    predicted = (outputs > 0.5).astype(int)
    scores = lambda average: [
        nullable(value)
        for value in metrics.precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)[:3]
    ]
    areas = [metrics.roc_auc_score(labels[:, c], outputs[:, c]) for c in range(labels.shape[1])]
    return {
        "labels": labels.tolist(),
        "outputs": outputs.tolist(),
        "subsetAccuracy": metrics.accuracy_score(labels, predicted),
        "hammingLoss": metrics.hamming_loss(labels, predicted),
        "perClass": scores(None),
        "macro": scores("macro"),
        "micro": scores("micro"),
        "weighted": scores("weighted"),
        "samples": scores("samples"),
        "rocAuc": nullable(areas),
        "rocAucMacro": float(np.nanmean(areas)),
        "rocAucMicro": metrics.roc_auc_score(labels, outputs, average="micro"),
        "averagePrecision": nullable(metrics.average_precision_score(labels, outputs, average=None)),
        "averagePrecisionMacro": metrics.average_precision_score(labels, outputs, average="macro"),
        "averagePrecisionMicro": metrics.average_precision_score(labels, outputs, average="micro"),
        "roc": [values.tolist() for values in metrics.roc_curve(labels[:, 0], outputs[:, 0])[:2]],
    }


random = np.random.default_rng(7)
labels = (random.random((60, 5)) < [0.5, 0.3, 0.1, 0.7, 0.0]).astype(int)
labels[:3] = 0
# Two decimals: ties, also between samples of a class and others, and at the threshold.
outputs = np.round(np.clip(0.35 * labels + 0.65 * random.random((60, 5)), 0, 1), 2).astype("float32").astype(float)
outputs[5] = 0.5
cases = {
    "ties, sets without labels, a class without samples": golden(labels, outputs),
    "one label a sample": golden(np.eye(3, dtype=int)[random.integers(0, 3, 30)], random.random((30, 3)).astype("float32").astype(float)),
}
pathlib.Path(__file__).with_name("multi-label.json").write_text(json.dumps(cases) + "\n")
