"""Classifiers of scikit-learn, and pipelines as users have them, of two and of more classes."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, FastICA, IncrementalPCA, KernelPCA, TruncatedSVD
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
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, VarianceThreshold
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, Perceptron, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid, RadiusNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from make import main


def scaled(model):
    return make_pipeline(StandardScaler(), model)


def logistic(**options):
    return LogisticRegression(max_iter=500, **options)


def behind(*transformers):
    """Whether a transformer is right shows through what is smooth behind it."""
    return make_pipeline(*transformers, logistic())


def mlp(*sizes, **options):
    return scaled(MLPClassifier(sizes, max_iter=200, random_state=0, **options))


def forest(**options):
    return RandomForestClassifier(20, max_depth=5, random_state=0, **options)


def members():
    return [("logistic", logistic()), ("bayes", GaussianNB())]


SMOOTH = {
    "logistic_regression": (scaled(logistic()), "wine"),
    "logistic_regression_of_two": (scaled(logistic()), "cancer"),
    "logistic_regression_iris": (logistic(), "iris"),
    "logistic_regression_digits": (make_pipeline(MinMaxScaler(), logistic()), "digits"),
    "logistic_regression_cv": (scaled(LogisticRegressionCV(Cs=3, cv=3, max_iter=500)), "cancer"),
    "logistic_regression_lasso": (scaled(logistic(penalty="l1", solver="liblinear")), "cancer"),
    "grid_search": (GridSearchCV(scaled(logistic()), {"logisticregression__C": [0.1, 1.0]}, cv=3), "wine"),
    "sgd_log_loss": (scaled(SGDClassifier(loss="log_loss", alpha=0.1, random_state=0)), "wine"),
    "sgd_log_loss_of_two": (scaled(SGDClassifier(loss="log_loss", alpha=0.1, random_state=0)), "cancer"),
    "sgd_modified_huber": (scaled(SGDClassifier(loss="modified_huber", alpha=0.1, random_state=0)), "wine"),
    "one_vs_rest": (scaled(OneVsRestClassifier(logistic())), "wine"),
    "mlp_relu": (mlp(16), "wine"),
    "mlp_relu_of_two": (mlp(16), "cancer"),
    "mlp_tanh_deep": (mlp(16, 8, activation="tanh"), "wine"),
    "mlp_logistic": (mlp(8, activation="logistic"), "cancer"),
    "mlp_identity": (mlp(8, activation="identity"), "iris"),
    "mlp_digits": (mlp(64), "digits"),
    "svc_rbf": (scaled(SVC(probability=True, random_state=0)), "wine"),
    "svc_rbf_of_two": (scaled(SVC(probability=True, random_state=0)), "cancer"),
    "svc_linear": (scaled(SVC(kernel="linear", probability=True, random_state=0)), "wine"),
    "svc_polynomial": (scaled(SVC(kernel="poly", probability=True, random_state=0)), "wine"),
    "svc_sigmoid": (scaled(SVC(kernel="sigmoid", probability=True, random_state=0)), "cancer"),
    "nu_svc": (scaled(NuSVC(nu=0.3, probability=True, random_state=0)), "wine"),
    "calibrated_linear_svc": (scaled(CalibratedClassifierCV(LinearSVC(random_state=0), cv=3)), "cancer"),
    "calibrated_linear_svc_of_three": (scaled(CalibratedClassifierCV(LinearSVC(random_state=0), cv=3)), "wine"),
    "gaussian_process": (scaled(GaussianProcessClassifier(random_state=0)), "iris"),
    "gaussian_process_of_two": (scaled(GaussianProcessClassifier(random_state=0)), "cancer"),
    "gaussian_nb": (scaled(GaussianNB()), "wine"),
    "multinomial_nb": (MultinomialNB(), "digits"),
    "complement_nb": (make_pipeline(MinMaxScaler(), ComplementNB()), "wine"),
    "lda": (scaled(LinearDiscriminantAnalysis()), "wine"),
    "lda_of_two": (scaled(LinearDiscriminantAnalysis("lsqr", shrinkage="auto")), "cancer"),
    "qda": (scaled(QuadraticDiscriminantAnalysis(reg_param=0.1)), "wine"),
    "voting": (scaled(VotingClassifier(members(), voting="soft", flatten_transform=False)), "wine"),
    "voting_with_forest": (scaled(VotingClassifier([*members(), ("forest", forest())], voting="soft", flatten_transform=False)), "wine"),
    "stacking": (scaled(StackingClassifier(members(), logistic(), cv=3)), "wine"),
    "stacking_of_two": (scaled(StackingClassifier(members(), logistic(), cv=3)), "cancer"),
    "bagging_of_logistic": (scaled(BaggingClassifier(logistic(), 3, random_state=0)), "wine"),
    "linear_svc": (scaled(LinearSVC(random_state=0)), "wine"),
    "linear_svc_of_two": (scaled(LinearSVC(random_state=0)), "cancer"),
    "ridge": (scaled(RidgeClassifier()), "wine"),
    "ridge_of_two": (scaled(RidgeClassifier()), "cancer"),
    "perceptron": (scaled(Perceptron(random_state=0)), "wine"),
    "svc_without_probability": (scaled(SVC(decision_function_shape="ovo")), "wine"),
    "one_vs_one": (scaled(OneVsOneClassifier(LinearSVC(random_state=0))), "wine"),
    "k_neighbors_by_distance": (scaled(KNeighborsClassifier(weights="distance")), "wine"),
    "min_max_scaler": (behind(MinMaxScaler((-1, 1))), "wine"),
    "min_max_scaler_clipped": (behind(MinMaxScaler(clip=True)), "wine"),
    "max_abs_scaler": (behind(MaxAbsScaler()), "wine"),
    "robust_scaler": (behind(RobustScaler()), "wine"),
    "normalizer_l1": (behind(MaxAbsScaler(), Normalizer("l1")), "wine"),
    "normalizer_l2": (behind(MaxAbsScaler(), Normalizer("l2")), "cancer"),
    "normalizer_max": (behind(MaxAbsScaler(), Normalizer("max")), "wine"),
    "polynomial_features": (behind(StandardScaler(), PolynomialFeatures(2)), "wine"),
    "pca_whitened": (behind(StandardScaler(), PCA(5, whiten=True)), "wine"),
    "incremental_pca": (behind(StandardScaler(), IncrementalPCA(5)), "wine"),
    "kernel_pca": (behind(StandardScaler(), KernelPCA(n_components=5, kernel="rbf")), "wine"),
    "truncated_svd": (behind(StandardScaler(), TruncatedSVD(5, random_state=0)), "wine"),
    "fast_ica": (behind(StandardScaler(), FastICA(5, whiten="unit-variance", random_state=0)), "wine"),
    "random_projection": (behind(StandardScaler(), GaussianRandomProjection(8, random_state=0)), "digits"),
    "lda_transform": (behind(StandardScaler(), LinearDiscriminantAnalysis()), "wine"),
    "power_transformer": (behind(PowerTransformer()), "wine"),
    "quantile_transformer": (behind(QuantileTransformer(n_quantiles=30, random_state=0)), "wine"),
    "spline_transformer": (behind(StandardScaler(), SplineTransformer()), "iris"),
    "select_k_best": (behind(StandardScaler(), SelectKBest(k=5)), "wine"),
    "select_from_model": (behind(StandardScaler(), SelectFromModel(forest())), "wine"),
    "rfe": (behind(StandardScaler(), RFE(logistic(), n_features_to_select=6)), "wine"),
    "variance_threshold": (behind(VarianceThreshold(0.1), StandardScaler()), "digits"),
    "simple_imputer": (behind(SimpleImputer(), StandardScaler()), "wine"),
    "knn_imputer": (behind(KNNImputer(n_neighbors=3), StandardScaler()), "wine"),
    "column_transformer": (
        behind(ColumnTransformer([("a", StandardScaler(), [0, 1, 2, 12]), ("b", MinMaxScaler(), [4, 5, 6])], remainder="passthrough"), RobustScaler()),
        "wine",
    ),
    "feature_union": (behind(StandardScaler(), make_union(PCA(3), SelectKBest(k=4))), "wine"),
}

IN_STEPS = {
    "decision_tree": (DecisionTreeClassifier(max_depth=5, random_state=0), "wine"),
    "decision_tree_of_two": (DecisionTreeClassifier(max_depth=5, random_state=0), "cancer"),
    "extra_tree": (ExtraTreeClassifier(max_depth=5, random_state=0), "wine"),
    "random_forest": (forest(), "wine"),
    "random_forest_of_two": (forest(), "cancer"),
    "random_forest_digits": (forest(), "digits"),
    "extra_trees": (ExtraTreesClassifier(20, max_depth=5, random_state=0), "wine"),
    "gradient_boosting": (GradientBoostingClassifier(n_estimators=20, random_state=0), "wine"),
    "gradient_boosting_of_two": (GradientBoostingClassifier(n_estimators=20, random_state=0), "cancer"),
    "hist_gradient_boosting": (HistGradientBoostingClassifier(max_iter=20, random_state=0), "wine"),
    "hist_gradient_boosting_of_two": (HistGradientBoostingClassifier(max_iter=20, random_state=0), "cancer"),
    "ada_boost": (AdaBoostClassifier(n_estimators=10, random_state=0), "wine"),
    "ada_boost_of_two": (AdaBoostClassifier(n_estimators=10, random_state=0), "cancer"),
    "bagging_of_trees": (BaggingClassifier(n_estimators=5, random_state=0), "wine"),
    "calibrated_forest": (CalibratedClassifierCV(forest(), cv=3, method="isotonic"), "cancer"),
    "scaled_forest": (scaled(forest()), "wine"),
    "k_neighbors": (scaled(KNeighborsClassifier()), "wine"),
    "k_neighbors_of_two": (scaled(KNeighborsClassifier(3)), "cancer"),
    "k_neighbors_manhattan": (scaled(KNeighborsClassifier(3, metric="manhattan")), "wine"),
    "radius_neighbors": (scaled(RadiusNeighborsClassifier(5.0)), "wine"),
    "nearest_centroid": (scaled(NearestCentroid()), "wine"),
    "bernoulli_nb": (scaled(BernoulliNB()), "wine"),
    "binarizer": (behind(StandardScaler(), Binarizer()), "wine"),
    "k_bins_discretizer": (behind(KBinsDiscretizer(4, encode="onehot-dense", quantile_method="averaged_inverted_cdf")), "wine"),
}

ARCHITECTURES = {
    **{name: (*model, False) for name, model in SMOOTH.items()},
    **{name: (*model, True) for name, model in IN_STEPS.items()},
}

if __name__ == "__main__":
    main(ARCHITECTURES)
