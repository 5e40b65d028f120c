from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnx.numpy_helper
import pandas as pd
import pytest
from conftest import METHODS, METRICS, MODEL, Floats, said_by_command

import xaigrid
from xaigrid import evaluation
from xaigrid.cache import cache_folder

Labels = npt.NDArray[np.int64]


def frame_of(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])


def test_the_table_has_the_numbers_of_the_command(result: xaigrid.Result, store: Path) -> None:
    expected = frame_of(said_by_command("table", result.run_id, "--format", "csv", store=store))
    assert result.state == "done"
    assert result.methods == METHODS
    assert len(result.table) == 9
    expected["method"] = expected["label"]
    for name in result.table.columns:
        found = result.table[name].replace({"": None}).infer_objects()
        pd.testing.assert_series_equal(found, expected[name], check_dtype=False, rtol=0, atol=0)


def test_the_spec_of_a_result_gives_the_same_result(result: xaigrid.Result, tmp_path: Path, store: Path) -> None:
    (tmp_path / "spec.yaml").write_text(result.spec)
    answer = json.loads(said_by_command("run", tmp_path / "spec.yaml", "--json", store=store))
    assert answer["run"]["counters"] == {"mapsComputed": 0, "mapsReused": 36, "scoresComputed": 0, "scoresReused": 108}
    assert [row["measures"] for row in answer["table"]] == [row["measures"] for row in result._rows]


def test_the_same_call_again_is_the_same_run_and_computes_nothing(
    result: xaigrid.Result, x: Floats, y: Labels, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise AssertionError("nothing is left to compute")

    monkeypatch.setattr(evaluation, "follow", refuse)
    again = xaigrid.evaluate(MODEL, x.copy(), y, methods=METHODS, metrics=METRICS, background=x[:3], store=store)
    assert again.run_id == result.run_id
    pd.testing.assert_frame_equal(again.table, result.table)


def test_progress_reaches_the_bar(x: Floats, y: Labels, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, str]] = []

    class Bar:
        def update(self, percent: int, text: str) -> None:
            shown.append((percent, text))

        def close(self) -> None:
            shown.append((-1, "closed"))

    monkeypatch.setattr(evaluation, "make_bar", lambda _shown: Bar())
    xaigrid.evaluate(MODEL, x, y, methods="random", metrics="complexity", store=store)
    assert shown[-2:] == [(100, "maps 12/12  scored 12/12"), (-1, "closed")]


def test_other_samples_or_another_store_are_another_run(
    result: xaigrid.Result, x: Floats, y: Labels, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asked(Exception):
        pass

    def stop(*_: object, **__: object) -> str:
        raise Asked

    monkeypatch.setattr(evaluation, "follow", stop)
    options: dict[str, Any] = {"methods": METHODS, "metrics": METRICS, "background": x[:3]}
    with pytest.raises(Asked):
        xaigrid.evaluate(MODEL, x + 1, y, store=store, **options)
    with pytest.raises(Asked):
        xaigrid.evaluate(MODEL, x, y, store=store.with_name("other"), **options)


def test_after_its_run_was_removed_the_same_call_makes_another_from_what_is_stored(x: Floats, y: Labels, store: Path) -> None:
    options: dict[str, Any] = {"methods": "edges", "metrics": "complexity", "store": store}
    first = xaigrid.evaluate(MODEL, x, y, **options)
    said_by_command("remove", first.run_id, "--yes", store=store)
    second = xaigrid.evaluate(MODEL, x, y, **options)
    assert second.run_id != first.run_id
    assert second.counters["mapsReused"] == 12


def test_scores_are_those_of_the_command(result: xaigrid.Result, store: Path) -> None:
    drop = result.scores("drop")
    assert len(drop) == 3 * 2 * 12
    text = said_by_command(
        "scores", result.run_id, "--metric", "drop-increase", "--limit", "1000", "--format", "csv", store=store
    )
    expected = frame_of(text)
    assert drop["drop"].tolist() == expected["drop"].tolist()
    assert drop["sample"].tolist() == expected["sample"].tolist()
    means = drop.groupby(["method", "keepFraction"])["drop"].mean()
    table = result.table.dropna(subset=["drop"]).set_index(["method", "keepFraction"])["drop"]
    np.testing.assert_allclose(means.loc[list(table.index)], table, rtol=1e-12)
    with pytest.raises(xaigrid.XaigridError, match=r'No metric of this run has the measure "drops"\. Measures: drop, increase'):
        result.scores("drops")


def test_scores_are_read_page_by_page(result: xaigrid.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = result.scores("complexity")
    monkeypatch.setattr("xaigrid.reading.PAGE", 25)
    pd.testing.assert_frame_equal(result.scores("complexity"), whole)


def test_maps_are_mapped_from_the_file_of_the_export(result: xaigrid.Result, store: Path, tmp_path: Path) -> None:
    maps = result.maps("occlusion")
    assert isinstance(maps, np.memmap)
    assert (maps.shape, maps.dtype) == ((12, 40), np.float32)
    said_by_command("map", result.run_id, "--method", "occlusion", "--sample", "7", "--npy", tmp_path / "m.npy", store=store)
    assert np.array_equal(maps[7], np.load(tmp_path / "m.npy"))
    assert result.samples("occlusion").tolist() == list(range(12))
    with pytest.raises(
        xaigrid.XaigridError, match=r'No evaluation is called "sise"\. Name one: grad-cam, occlusion, shap-deep\.'
    ):
        result.maps("sise")


def test_ranks_and_comparisons_are_those_of_the_command(result: xaigrid.Result, store: Path) -> None:
    ranks = result.rank()
    expected = json.loads(said_by_command("rank", result.run_id, "--format", "json", store=store))[0]
    assert ranks["method"].tolist() == [method["label"] for method in expected["methods"]]
    assert ranks["meanRank"].tolist() == [method["meanRank"] for method in expected["methods"]]
    assert ranks["drop (zero, 0.1)"].tolist() == expected["columns"][0]["ranks"]
    assert ranks.attrs["notes"] == expected["notes"]
    pairs = result.compare("grad-cam")
    csv = frame_of(said_by_command("compare", result.run_id, "--method", "grad-cam", "--format", "csv", store=store))
    for name in ("measure", "first", "second", "difference", "differenceLow", "differenceHigh", "p", "holm"):
        assert pairs[name].tolist() == csv[name].tolist(), name


def test_a_result_shows_itself(result: xaigrid.Result) -> None:
    html = result._repr_html_()
    assert result.run_id in html
    first = result.table.iloc[0]
    assert f"{first['drop']:.4f} [{first['dropLow']:.4f}, {first['dropHigh']:.4f}]" in html
    assert len(result.warnings) == sum(len(codes.split()) for codes in result.table["against"])
    assert all(warning.split(",")[0] in METHODS for warning in result.warnings)
    assert "drop-increase (zero, 0.1): " in " ".join(result.warnings)
    assert repr(result) == f"<xaigrid run {result.run_id}, done: grad-cam, occlusion, shap-deep>"


def test_pictures_have_a_line_a_method_and_a_map_a_method(result: xaigrid.Result) -> None:
    pytest.importorskip("matplotlib")
    lines = result.plot.curves().axes[0].get_lines()
    assert [line.get_label() for line in lines] == METHODS
    table = result.table
    drop = table[(table["method"] == "occlusion") & table["drop"].notna()]
    assert lines[1].get_ydata().tolist() == drop["drop"].tolist()
    axes = result.show(sample=3).axes
    assert [one.get_title() for one in axes] == ["sample 3", *METHODS]
    heights = [bar.get_height() for bar in axes[2].patches]
    np.testing.assert_array_equal(np.array(heights, np.float32), result.maps("occlusion")[3])
    with pytest.raises(xaigrid.XaigridError, match="grad-cam has no map of sample 12"):
        result.show(sample=12)


def test_maps_made_elsewhere_score_as_those_they_equal(result: xaigrid.Result, x: Floats, y: Labels, store: Path) -> None:
    mine = np.array(result.maps("occlusion"))
    scored = xaigrid.score(MODEL, x, y, maps={"mine": mine}, methods="occlusion", metrics=METRICS, store=store, controls=True)
    assert scored.methods == ["mine", "occlusion", "random", "constant", "edges", "centre"]
    drop = scored.scores("drop")
    mine_drop, ours = (drop[drop["method"] == name]["drop"].tolist() for name in ("mine", "occlusion"))
    assert mine_drop == ours == result.scores("drop").query("method == 'occlusion'")["drop"].tolist()
    assert np.array_equal(scored.maps("mine"), mine)


def test_a_sample_that_fails_is_a_row_of_failures(x: Floats, y: Labels, store: Path) -> None:
    mine = np.zeros((12, 40), np.float32)
    mine[4] = np.nan
    failed = xaigrid.score(MODEL, x, y, maps={"mine": mine}, metrics="complexity", store=store)
    assert failed.state == "done-with-failures"
    assert failed.failures[["method", "start", "end", "code"]].values.tolist() == [["mine", 4, 5, "NOT_FINITE"]]
    assert np.isnan(failed.maps()[4]).all()
    assert not np.isnan(failed.maps()[[3, 5]]).any()


def test_a_choice_of_samples_keeps_their_indices(x: Floats, y: Labels, store: Path) -> None:
    some = xaigrid.evaluate(MODEL, x, y, methods="gradient", metrics="complexity", store=store, limit=5, seed=1)
    assert len(some.samples()) == len(some.maps()) == 5
    assert some.scores("complexity")["sample"].tolist() == some.samples().tolist()
    assert any("5 of 12 samples" in note for note in some.notes)
    every = xaigrid.explain(MODEL, x, y, method="gradient", store=store, seed=1)
    assert np.array_equal(some.maps(), every[some.samples()])


def small_onnx() -> bytes:
    """Convolution of channels first, ReLU, the mean over positions, and three logits, as PyTorch writes it."""
    random = np.random.default_rng(2)
    weights = {"kernel": random.normal(size=(4, 3, 3, 3)), "dense": random.normal(size=(4, 3))}
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Conv", ["input", "kernel"], ["conv"], pads=[1, 1, 1, 1]),
            onnx.helper.make_node("Relu", ["conv"], ["relu"]),
            onnx.helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
            onnx.helper.make_node("Flatten", ["pool"], ["flat"]),
            onnx.helper.make_node("MatMul", ["flat", "dense"], ["logits"]),
        ],
        "small",
        [onnx.helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, ["batch", 3, 8, 8])],
        [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", 3])],
        [onnx.numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()],
    )
    opsets = [onnx.helper.make_opsetid("", 18)]
    return bytes(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def test_an_onnx_file_with_channels_first_by_path_and_by_bytes(store: Path, tmp_path: Path) -> None:
    images = np.random.default_rng(1).normal(size=(4, 3, 8, 8)).astype(np.float32)
    options: dict[str, Any] = {"methods": "gradient", "metrics": "complexity", "store": store}
    path = tmp_path / "small.onnx"
    path.write_bytes(small_onnx())
    by_path = xaigrid.evaluate(path, images, np.arange(4) % 3, **options)
    assert any("read as channels first" in note for note in by_path.notes)
    assert by_path.maps().shape == (4, 8, 8, 3)
    by_bytes = xaigrid.evaluate(path.read_bytes(), images, np.arange(4) % 3, **options)
    assert by_bytes.counters["mapsReused"] == 4
    assert by_bytes.show(sample=1).axes[1].images[0].get_array().shape == (8, 8)


def test_a_whole_spec_runs_as_file_text_and_dict(result: xaigrid.Result, store: Path, tmp_path: Path) -> None:
    spec = {
        "name": "whole",
        "limit": 3,
        "datasets": {"digits": {"kind": "mnist1d"}},
        "models": {"cnn": {"path": MODEL}},
        "evaluations": [{"dataset": "digits", "model": "cnn", "explainers": ["gradient"], "metrics": ["complexity"]}],
    }
    whole = xaigrid.run(spec, store=store)
    (tmp_path / "spec.yaml").write_text(whole.spec)
    again = xaigrid.run(tmp_path / "spec.yaml", store=store)
    assert again.counters["mapsReused"] == 3
    assert again.table["complexity"].tolist() == whole.table["complexity"].tolist()
    runs = xaigrid.store(store).runs(limit=100)
    assert runs["id"].tolist()[:2] == [again.run_id, whole.run_id]
    assert result.run_id in set(runs["id"])
    assert xaigrid.store(store).result(whole.run_id).table["complexity"].tolist() == whole.table["complexity"].tolist()


INTERRUPTED = """
import numpy as np, sys, xaigrid
x = np.random.default_rng(0).normal(size=(400, 40, 1)).astype(np.float32)
result = xaigrid.evaluate(sys.argv[1], x, np.arange(400) % 10, store=sys.argv[2], shardSize=4, metrics="complexity",
                          methods={"method": "shap-gradient", "draws": int(sys.argv[3])}, background=x[:50])
print(result.run_id, result.state)
"""


def test_after_an_interrupt_the_same_call_goes_on_with_the_run(home: Path) -> None:
    words = [sys.executable, "-c", INTERRUPTED, str(MODEL), str(home / "interrupted"), "150"]
    first = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    memory = cache_folder() / "runs"
    before = set(memory.iterdir())
    while first.poll() is None and not set(memory.iterdir()) - before:
        time.sleep(0.1)
    time.sleep(2)
    os.kill(first.pid, signal.SIGINT)
    said = first.communicate()[1]
    assert "KeyboardInterrupt" in said
    [run] = set(memory.iterdir()) - before
    run_id = json.loads(run.read_text())["run"]
    assert f"Call the same again to go on with run {run_id}." in said
    state = xaigrid.store(home / "interrupted").result(run_id).state
    assert state == "interrupted"
    second = subprocess.run(words, capture_output=True, text=True, check=False)
    assert second.stdout == f"{run_id} done\n", second.stderr
