"""Writes classification.json: metrics of small sets of predictions by scikit-learn 1.2.1 (numpy 1.24, Debian 12).

Run by hand: python3 make_classification.py > classification.json. Outputs are float32; undefined values are null.
"""
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import (accuracy_score, auc, average_precision_score, confusion_matrix, precision_recall_curve,
                             precision_recall_fscore_support, roc_auc_score, roc_curve, top_k_accuracy_score)

warnings.simplefilter("ignore")
assert sklearn.__version__ == "1.2.1"
rng = np.random.RandomState(7)


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def case(outputs, labels, curves, probabilities=True):
    outputs = np.asarray(outputs, np.float32)
    labels = np.asarray(labels)
    n, classes = outputs.shape
    one_hot = np.eye(classes, dtype=int)[labels]
    predicted = outputs.argmax(1)
    names = range(classes)
    precision, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=names, zero_division=0)
    averages = {}
    for average in ["macro", "weighted", "micro"]:
        averages[average] = precision_recall_fscore_support(labels, predicted, labels=names, average=average, zero_division=0)[:3]
    areas = [roc_auc_score(one_hot[:, c], outputs[:, c]) if 0 < one_hot[:, c].sum() < n else None for c in names]
    defined = [area for area in areas if area is not None]
    result = {
        "outputs": outputs.astype(float).ravel().tolist(),
        "labels": labels.tolist(),
        "classes": classes,
        "accuracy": accuracy_score(labels, predicted),
        "topK": {k: top_k_accuracy_score(labels, outputs, k=k, labels=names) for k in (1, 2, 3) if k < classes and classes > 2},
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
        "averages": averages,
        "rocAuc": areas,
        "rocAucMacro": float(np.mean(defined)) if defined else None,
        "rocAucMicro": roc_auc_score(one_hot.ravel(), outputs.ravel()),
        "averagePrecision": [average_precision_score(one_hot[:, c], outputs[:, c]) for c in names],
        "averagePrecisionMacro": average_precision_score(one_hot, outputs, average="macro"),
        "averagePrecisionMicro": average_precision_score(one_hot, outputs, average="micro"),
        "confusion": {name: confusion_matrix(labels, predicted, labels=names, normalize=normalize).ravel().tolist()
                      for name, normalize in [("counts", None), ("true", "true"), ("predicted", "pred"), ("all", "all")]},
        "curves": {},
    }
    if probabilities:
        confidence = outputs.max(1).astype(np.float64)
        correct = predicted == labels
        for bins in (5, 10, 15):
            edges = np.linspace(0, 1, bins + 1)
            bin_of = np.searchsorted(edges[1:-1], confidence)
            weights = np.array([np.sum(bin_of == b) for b in range(bins) if np.any(bin_of == b)])
            accuracy, mean = calibration_curve(correct, confidence, n_bins=bins, strategy="uniform")
            result.setdefault("calibration", {})[bins] = {
                "accuracy": accuracy.tolist(), "confidence": mean.tolist(), "samples": weights.tolist(),
                "expectedError": float(np.sum(weights * np.abs(accuracy - mean)) / n),
            }
    for subject in curves:
        y, s = (one_hot.ravel(), outputs.ravel()) if subject == "micro" else (one_hot[:, subject], outputs[:, subject])
        precision, recall, thresholds = precision_recall_curve(y, s)
        result["curves"][str(subject)] = {
            "pr": [precision.tolist(), recall.tolist(), thresholds.astype(float).tolist()],
            "prDropped": dropped(y, s),
            "roc": [part.astype(float).tolist() for part in roc_curve(y, s, drop_intermediate=False)],
            "rocDropped": [part.astype(float).tolist() for part in roc_curve(y, s, drop_intermediate=True)],
        }
    per_class = [roc_curve(one_hot[:, c], outputs[:, c]) for c in names if areas[c] is not None]
    if per_class:
        # scikit-learn's example "ROC with multiclass", macro average.
        grid = np.unique(np.concatenate([fpr for fpr, _, _ in per_class]))
        result["macroCurve"] = [grid.tolist(), np.mean([np.interp(grid, fpr, tpr) for fpr, tpr, _ in per_class], axis=0).tolist()]
    return result


def dropped(y, s):
    """precision_recall_curve(drop_intermediate=True) of scikit-learn 1.3, from 1.2.1's counts."""
    from sklearn.metrics._ranking import _binary_clf_curve
    fps, tps, thresholds = _binary_clf_curve(y, s)
    if len(fps) > 2:
        keep = np.where(np.concatenate([[True], np.logical_or(np.diff(tps[:-1]), np.diff(tps[1:])), [True]]))[0]
        fps, tps, thresholds = fps[keep], tps[keep], thresholds[keep]
    precision = tps / (tps + fps)
    recall = tps / tps[-1] if tps[-1] else np.ones_like(tps, float)
    return [np.r_[precision[::-1], 1].tolist(), np.r_[recall[::-1], 0].tolist(), thresholds[::-1].astype(float).tolist()]


def clean(value):
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


labels = rng.randint(0, 5, 64)
plain = softmax(1.5 * rng.randn(64, 5) + 2 * np.eye(5)[labels])
tied = np.round(plain * 8) / 8
binary_labels = rng.randint(0, 2, 40)
positive = np.round(np.clip(0.5 + 0.25 * (2 * binary_labels - 1) + 0.3 * rng.randn(40), 0, 1) * 10) / 10
cases = {
    "plain": case(plain, labels, [0, 3, "micro"]),
    "tied scores": case(tied, labels, [0, 3, "micro"], probabilities=False),
    "all scores tied": case(np.full((30, 4), 0.25), np.arange(30) % 4, [0, "micro"]),
    "a class with no sample": case(plain[labels != 2], labels[labels != 2], [0, 2, "micro"]),
    "a class never predicted": case(plain * [1, 1, 1, 1, 0], labels, [4], probabilities=False),
    "one sample": case([[0.2, 0.5, 0.3]], [1], [1, "micro"]),
    "one sample, wrong": case([[0.2, 0.5, 0.3]], [2], [2, "micro"]),
    "two classes": case(np.stack([1 - positive, positive], 1), binary_labels, [0, 1, "micro"]),
    "scores that are no probabilities": case(3 * rng.randn(60, 4) + np.eye(4)[np.arange(60) % 4], np.arange(60) % 4, [2, "micro"], probabilities=False),
    "confidence on the edges of bins": case(np.stack([np.arange(41) / 40, 1 - np.arange(41) / 40], 1), np.arange(41) % 2, []),
}
json.dump(clean(cases), sys.stdout)
