"""Turns answers of xaigrid into data frames. Columns have the names of ``--format csv``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

Json = dict[str, Any]


def table_frame(rows: Iterable[Json]) -> pd.DataFrame:
    """One row a method, metric and setting: each measure with ``Low`` and ``High``, the ends of its 95 % interval.

    ``samples`` is how many were scored of ``planned``. ``degenerate`` counts maps that say nothing, and ``against`` has what
    speaks against trusting the row, as codes; docs/results.md explains them.
    """
    return pd.DataFrame([_table_row(row) for row in rows])


def _table_row(row: Json) -> Json:
    flat = {key: row[key] for key in ("dataset", "model")}
    # The label tells evaluations of one method apart.
    flat |= {"method": row["label"], "explainedClass": row["explainedClass"], "metric": row["metric"]}
    flat |= {"scoredClass": row["scoredClass"], **row["setting"]}
    flat |= {key: row[key] for key in ("samples", "planned", "degenerate")}
    flat["against"] = " ".join(reason["code"] for reason in row["against"])
    for name, measure in row["measures"].items():
        flat[name] = measure["value"]
        if "interval" in measure:
            flat[f"{name}Low"] = measure["interval"]["low"]
            flat[f"{name}High"] = measure["interval"]["high"]
    return flat


def readable_frame(table: pd.DataFrame) -> pd.DataFrame:
    """The table for people: a measure and its interval in one cell, and neither a single data set nor a single model."""
    shown = pd.DataFrame(index=table.index)
    for name in table.columns:
        low, high = f"{name}Low", f"{name}High"
        if name in ("dataset", "model", "explainedClass", "scoredClass") and table[name].nunique() < 2:
            continue
        if low in table.columns:
            cells = zip(table[name], table[low], table[high], strict=True)
            shown[name] = [_with_interval(*cell) for cell in cells]
        elif not (name.endswith(("Low", "High")) and name.removesuffix("Low").removesuffix("High") in table.columns):
            shown[name] = [_cell(value) for value in table[name]]
    return shown


def _with_interval(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return ""
    return _cell(value) if pd.isna(low) else f"{value:.4f} [{low:.4f}, {high:.4f}]"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def score_frame(rows: Iterable[Json], measure: str) -> pd.DataFrame:
    """One row a sample, method and setting, with one measure."""
    return pd.DataFrame(
        [
            {
                **{key: row[key] for key in ("dataset", "model")},
                "method": row["label"],
                **{key: row[key] for key in ("metric", "scoredClass")},
                **row["setting"],
                "sample": row["sampleIndex"],
                "label": row["trueClass"],
                "predicted": row["predictedClass"],
                "degenerate": row["degenerate"],
                measure: row["measures"][measure],
            }
            for row in rows
            if measure in row["measures"]
        ]
    )


def rank_frame(rankings: Iterable[Json]) -> pd.DataFrame:
    """One row a method, best first: its mean rank, over how many metrics, and its rank by each. Notes are in ``attrs["notes"]``."""
    rankings = list(rankings)
    rows = [
        {
            **{key: ranking[key] for key in ("dataset", "model")},
            "method": method["label"],
            **{key: method[key] for key in ("control", "ranked", "meanRank", "medianRank")},
            **{setting_name(column["measure"], column["setting"]): column["ranks"][at] for column in ranking["columns"]},
        }
        for ranking in rankings
        for at, method in enumerate(ranking["methods"])
    ]
    frame = pd.DataFrame(rows)
    frame.attrs["notes"] = [note for ranking in rankings for note in ranking.get("notes", [])]
    return frame


def setting_name(what: str, setting: Json) -> str:
    """A metric or a measure at a setting: ``drop (zero, 0.1)``."""
    values = ", ".join(str(value) for value in setting.values())
    return f"{what} ({values})" if values else what


def comparison_frame(comparisons: Iterable[Json]) -> pd.DataFrame:
    """One row a pair, metric, setting and measure: ``difference`` is first minus second, with its 95 % interval.

    ``p`` is of the test, and ``holm`` is corrected for its family of tests. Both are missing where no test was made.
    """
    return pd.DataFrame([_comparison_row(one) for one in comparisons])


def _comparison_row(one: Json) -> Json:
    interval, test = one.get("interval") or {}, one.get("test") or {}
    return {
        **{key: one[key] for key in ("dataset", "model", "metric", "scoredClass")},
        **one["setting"],
        **{key: one[key] for key in ("measure", "first", "second", "samples", "difference")},
        "differenceLow": interval.get("low"),
        "differenceHigh": interval.get("high"),
        **{key: one.get(key) for key in ("higher", "lower")},
        "test": test.get("name"),
        **{key: test.get(key) for key in ("p", "holm", "family")},
    }


def failure_frame(details: Json) -> pd.DataFrame:
    """One row a part of the run that failed: samples ``start`` to ``end`` − 1 of a method, with code and sentence."""
    labels = {evaluation["ordinal"]: evaluation["label"] for evaluation in details["evaluations"]}
    columns = ["method", "stage", "start", "end", "samples", "attempts", "code", "message"]
    rows = [{**failure, "method": labels[failure["evaluation"]]} for failure in details["failures"]]
    return pd.DataFrame(rows, columns=columns)


def run_frame(runs: Iterable[Json]) -> pd.DataFrame:
    """One row a run."""
    columns = [
        "id",
        "name",
        "state",
        "tags",
        "note",
        "datasets",
        "models",
        "methods",
        "createdAt",
        "startedAt",
        "finishedAt",
    ]
    frame = pd.DataFrame(list(runs), columns=columns)
    for name in ("createdAt", "startedAt", "finishedAt"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame
