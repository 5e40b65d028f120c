"""Writes sklearn.zip: classifiers of scikit-learn as skl2onnx writes them, and what scikit-learn computes with them.

Each is trained on every third wine of scikit-learn's data set, and the goldens are of eight others: `predict_proba` of samples rounded to
float32, in float64; of smooth models the gradient of the probability of the explained class, by central differences of
`predict_proba` in float64; of some the Shapley values by shap's KernelExplainer, which tries all coalitions, against five wines.

Run with scikit-learn 1.9.1, skl2onnx 1.20.0, onnx 1.23.2, numpy 2.4.6, and shap 0.51.0: PYTHONHASHSEED=0 python make_sklearn.py
"""

import json
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import onnx.helper
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

HERE = Path(__file__).parent
# Of a feature's standard deviation.
STEP = 1e-3
SAMPLES = 8
REFERENCES = 5


def with_whole_numbers():
    """skl2onnx 1.20 writes truth values of HistGradientBoosting that onnx 1.23 refuses: they are 0 and 1."""
    make = onnx.helper.make_attribute

    def patched(key, value, *args, **named):
        if isinstance(value, (list, tuple)) and any(isinstance(own, (bool, np.bool_)) for own in value):
            value = [int(own) for own in value]
        return make(key, value, *args, **named)

    onnx.helper.make_attribute = patched


def scaled(model):
    return make_pipeline(StandardScaler(), model)


logistic = LogisticRegression(max_iter=200)

# name: (model, classes, options); smooth models have gradients.
MODELS = {
    "logistic": (scaled(logistic), 3, {"smooth": True, "shap": True}),
    "logistic-2": (scaled(logistic), 2, {"smooth": True}),
    "logistic-texts": (scaled(logistic), "texts", {"smooth": True}),
    "logistic-double": (scaled(logistic), 3, {"smooth": True, "input": "double"}),
    "logistic-columns": (scaled(logistic), 3, {"smooth": True, "input": "columns"}),
    "one-vs-rest": (scaled(OneVsRestClassifier(logistic)), 3, {"smooth": True}),
    "calibrated": (scaled(CalibratedClassifierCV(LinearSVC(random_state=0), cv=2)), 2, {"smooth": True}),
    "sgd": (scaled(SGDClassifier(loss="log_loss", alpha=0.1, random_state=0)), 3, {"smooth": True}),
    "stacking": (
        scaled(StackingClassifier([("a", logistic), ("b", GaussianNB())], LogisticRegression(), cv=2)),
        3,
        {"smooth": True},
    ),
    "voting": (
        scaled(VotingClassifier([("a", logistic), ("b", GaussianNB())], voting="soft", flatten_transform=False)),
        3,
        {"smooth": True},
    ),
    "normalizer-l1": (make_pipeline(MaxAbsScaler(), Normalizer("l1"), LogisticRegression(C=100)), 3, {"smooth": True}),
    "normalizer-l2": (make_pipeline(MaxAbsScaler(), Normalizer("l2"), LogisticRegression(C=100)), 2, {"smooth": True}),
    "imputer-pca": (make_pipeline(SimpleImputer(), RobustScaler(), PCA(3), LogisticRegression()), 3, {"smooth": True}),
    "mlp": (scaled(MLPClassifier((8,), activation="tanh", max_iter=300, random_state=0)), 3, {"smooth": True, "shap": True}),
    "mlp-2": (scaled(MLPClassifier((8,), activation="logistic", max_iter=300, random_state=0)), 2, {"smooth": True}),
    "naive-bayes": (scaled(GaussianNB()), 3, {"smooth": True}),
    "bernoulli": (scaled(BernoulliNB()), 3, {}),
    "lda": (scaled(LinearDiscriminantAnalysis("lsqr", shrinkage=0.9)), 3, {"smooth": True}),
    "qda": (scaled(QuadraticDiscriminantAnalysis(reg_param=0.1)), 3, {"smooth": True}),
    "tree": (DecisionTreeClassifier(max_depth=3, random_state=0), 3, {}),
    "tree-2": (DecisionTreeClassifier(max_depth=3, random_state=0), 2, {}),
    "forest": (RandomForestClassifier(5, max_depth=3, random_state=0), 3, {"shap": True}),
    "forest-2": (RandomForestClassifier(5, max_depth=3, random_state=0), 2, {}),
    "forest-double": (RandomForestClassifier(5, max_depth=3, random_state=0), 3, {"input": "double"}),
    "forest-v3": (RandomForestClassifier(5, max_depth=3, random_state=0), 3, {"opset": {"": 18, "ai.onnx.ml": 3}}),
    "extra-trees": (ExtraTreesClassifier(5, max_depth=3, random_state=0), 3, {}),
    "boosting": (GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0), 3, {"shap": True}),
    "boosting-2": (GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0), 2, {}),
    "hist-boosting": (HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=5), 3, {}),
    "hist-boosting-2": (HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=5), 2, {}),
    "ada-boost": (AdaBoostClassifier(n_estimators=3, random_state=0), 3, {}),
    "bagging": (BaggingClassifier(n_estimators=3, random_state=0), 3, {}),
    "svc": (scaled(SVC(probability=True, random_state=0)), 3, {"shap": True}),
    "svc-2": (scaled(SVC(probability=True, random_state=0)), 2, {}),
    "neighbours": (scaled(KNeighborsClassifier()), 3, {"shap": True}),
    "neighbours-2": (scaled(KNeighborsClassifier(3)), 2, {}),
    "neighbours-manhattan": (scaled(KNeighborsClassifier(3, metric="manhattan")), 3, {}),
}

# Without probabilities: files only, for what is said of them.
OTHERS = {
    "svc-votes": (scaled(SVC()), 3),
    "ridge": (scaled(RidgeClassifier()), 3),
    "regression": (scaled(LinearRegression()), 3),
}


def data():
    wine = load_wine()
    samples = wine.data.astype(np.float32)
    train = np.arange(len(samples)) % 3 == 0
    rest = np.flatnonzero(~train)
    tested = rest[np.linspace(0, len(rest) - 1, SAMPLES).astype(int)]
    return wine, samples, train, tested


def labels_of(wine, classes):
    if classes == "texts":
        return np.array(["red", "rosé", "white"])[wine.target]
    return wine.target if classes == 3 else (wine.target == 1).astype(int)


def input_types(kind, names):
    if kind == "columns":
        return [(name, FloatTensorType([None, 1])) for name in names]
    of = DoubleTensorType if kind == "double" else FloatTensorType
    return [("X", of([None, len(names)]))]


def gradients(model, samples, explained, deviations):
    """Central differences of the fourth order in float64."""
    rows = []
    for sample, label in zip(samples, explained):
        row = []
        for feature, step in enumerate(STEP * deviations):
            moved = np.repeat(sample[None], 4, axis=0)
            moved[:, feature] += step * np.array([-2, -1, 1, 2])
            p = model.predict_proba(moved)[:, label]
            row.append((p[0] - 8 * p[1] + 8 * p[2] - p[3]) / (12 * step))
        rows.append(row)
    return rows


def shapley(model, samples, references, explained):
    import shap

    explainer = shap.KernelExplainer(model.predict_proba, references)
    values = explainer.shap_values(samples, nsamples=2 ** samples.shape[1], l1_reg=0, silent=True)
    return [values[row, :, label].tolist() for row, label in enumerate(explained)]


def main():
    warnings.filterwarnings("ignore")
    with_whole_numbers()
    wine, samples, train, tested = data()
    names = [name.replace("/", "_") for name in wine.feature_names]
    goldens = {"featureNames": names, "samples": samples[tested].tolist(), "cases": []}
    references = samples[train][:: int(train.sum() // REFERENCES)][:REFERENCES]
    goldens["references"] = references.tolist()
    only = sys.argv[1:]
    with zipfile.ZipFile(HERE / "sklearn.zip", "w", zipfile.ZIP_DEFLATED) as archive:

        def write(name, content):
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)

        def write_model(name, model):
            write(f"{name}.onnx", model.SerializeToString())

        for name, (model, classes, options) in MODELS.items():
            if only and name not in only:
                continue
            model.fit(samples[train].astype(np.float64), labels_of(wine, classes)[train])
            types = input_types(options.get("input"), names)
            opset = {"target_opset": options["opset"]} if "opset" in options else {}
            write_model(name, to_onnx(model, initial_types=types, options={"zipmap": False}, **opset))
            write_model(f"{name}-zipmap", to_onnx(model, initial_types=types, **opset))
            x = samples[tested].astype(np.float64)
            probabilities = model.predict_proba(x)
            explained = probabilities.argmax(axis=1)
            case = {"name": name, "probabilities": probabilities.tolist(), "explained": explained.tolist()}
            if options.get("smooth"):
                case["gradients"] = gradients(model, x, explained, samples.std(axis=0).astype(np.float64))
            if options.get("shap"):
                case["shapley"] = shapley(model, x[:3], references.astype(np.float64), explained[:3])
            goldens["cases"].append(case)
            print(name, flush=True)
        for name, (model, classes) in OTHERS.items():
            model.fit(samples[train].astype(np.float64), labels_of(wine, classes)[train])
            write_model(name, to_onnx(model, initial_types=input_types(None, names)))
        write("goldens.json", json.dumps(goldens))


if __name__ == "__main__":
    main()
