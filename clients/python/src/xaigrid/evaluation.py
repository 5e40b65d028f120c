"""One call from a model and arrays to results."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .cache import Array, cache_folder, keep_bytes
from .command import call, follow
from .errors import XaigridError
from .place import Place, place_of
from .progress import Bar, make_bar, reading_of
from .reading import CommandReader, Json
from .result import Result
from .spec import Entries, Question, Spec, make_spec, reuse_key, stored_entry
from .yaml_text import plain, yaml_text

_RESUMABLE = ("planned", "running", "interrupted", "failed", "cancelled")


def evaluate(
    model: Any,
    x: Any,
    y: Any,
    *,
    methods: Entries,
    metrics: Entries,
    background: Any = None,
    data: Mapping[str, Any] | None = None,
    model_options: Mapping[str, Any] | None = None,
    store: str | os.PathLike[str] | None = None,
    server: str | None = None,
    token: str | None = None,
    progress: bool = True,
    **spec: Any,
) -> Result:
    """Explains every sample by every method, scores the maps, stores all, and returns the results.

    The same call again finds the finished run and computes nothing. After an interrupt it goes on with the interrupted run.

    Args:
        model: the path of a Keras, TF.js or ONNX file; bytes of an ONNX file; a torch module, which is exported to ONNX; a
            Keras model.
        x: samples ``[n, ...]``, an array or a tensor, with channels first or last; what iterates over batches
            ``(x [b, ...], y [b])``, such as a DataLoader; or a data set as in a spec, as a dict.
        y: labels ``[n]``, whole numbers or names, or one-hot or multi-hot ``[n, classes]``; None if x has labels of its own.
        methods: a name, or a list of names and dicts as in a spec: ``{"method": "sise", "layers": ["conv2"]}``.
        metrics: likewise: ``{"metric": "drop-increase", "keepFractions": [0.1, 0.3]}``.
        background: references ``[m, ...]`` for methods that need them.
        data: more keys of the data set, such as ``{"layout": "channels-first", "classNames": [...]}``.
        model_options: more keys of the model, such as ``{"inputShape": [224, 224, 3]}``.
        store: the folder of a store; default the one that the command uses.
        server: the address of an orchestrator, which computes instead of this machine; with its token.
        token: its token.
        progress: whether a bar and notes are shown.
        spec: any other key of a spec by its own name: ``seed``, ``limit``, ``engine``, ``controls``, ``untilDecided``, ...

    Raises:
        XaigridError: whatever is wrong, with a code, a sentence and a hint.
        KeyboardInterrupt: after the work in hand was finished and stored.

    """
    asked = Question(methods, metrics, background, data or {}, model_options or {}, spec)
    return _run(make_spec(model, x, y, asked), place_of(store, server, token), progress)


def score(
    model: Any,
    x: Any,
    y: Any,
    *,
    maps: Mapping[str, Any],
    metrics: Entries,
    methods: Entries = (),
    explainedClass: str | int = "predicted",
    **options: Any,
) -> Result:
    """Scores maps that were made elsewhere, beside those of xaigrid's own methods.

    Args:
        model: as for `evaluate`.
        x: as for `evaluate`.
        y: as for `evaluate`.
        maps: name → array with one map a sample, ``[n, ...]``, with or without channels; or a dict with ``maps`` and more
            keys of the method ``stored``, such as ``explainedClass`` and ``layout``.
        metrics: as for `evaluate`.
        methods: methods of xaigrid to score beside them.
        explainedClass: the class that the maps are about: ``predicted``, ``label``, or an index.
        options: as for `evaluate`.

    Raises:
        XaigridError: as `evaluate`.

    """
    if not maps:
        raise XaigridError("USAGE", 'maps is empty. Give at least one array: maps={"mine": array}.')
    stored = [stored_entry(name, one, explainedClass) for name, one in maps.items()]
    ours = [methods] if isinstance(methods, str | Mapping) else list(methods)
    return evaluate(model, x, y, methods=[*stored, *ours], metrics=metrics, **options)


def explain(model: Any, x: Any, y: Any, *, method: str | Mapping[str, Any], **options: Any) -> Array:
    """The maps of one method: float32 ``[n, ...positions]``, or with channels last; mapped from a file.

    The maps are stored, and scored by the metric ``complexity``, which takes no pass through the model. A later `evaluate`
    of the same model, samples and method finds them.

    Args:
        model: as for `evaluate`.
        x: as for `evaluate`.
        y: as for `evaluate`.
        method: a name, or a dict as in a spec. A ``grid`` makes several evaluations and is refused.
        options: as for `evaluate`.

    Raises:
        XaigridError: as `evaluate`.

    """
    if isinstance(method, Mapping) and "grid" in method:
        raise XaigridError(
            "USAGE", "explain gives the maps of one evaluation, and grid makes several. Call evaluate and result.maps."
        )
    result = evaluate(model, x, y, methods=[method], metrics="complexity", **options)
    if not result.failures.empty:
        first = result.failures.iloc[0]
        said = f"{len(result.failures)} parts of the run failed, the first: {first['message']}"
        print(said, file=sys.stderr)
    return result.maps(result.methods[0])


def run(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    *,
    store: str | os.PathLike[str] | None = None,
    server: str | None = None,
    token: str | None = None,
    progress: bool = True,
) -> Result:
    """Runs a whole spec: the path of a file, YAML text with more than one line, or a dict.

    Paths in a file are relative to it, others to the current folder. Each call is a run of its own; maps and scores that are
    stored are not computed again.

    Raises:
        XaigridError: as `evaluate`.

    """
    place = place_of(store, server, token)
    if isinstance(spec, Mapping):
        spec = yaml_text(plain(spec))
    if isinstance(spec, str) and "\n" in spec:
        # Beside the user's files for a moment would be in their way: standard input is relative to the current folder.
        return _compute(["run", "-"], place, progress, stdin=spec).result()
    path = Path(spec).expanduser().resolve()
    return _compute(["run", str(path)], place, progress).result()


@dataclass
class _Computed:
    """What a call of the command left."""

    place: Place
    details: Json
    rows: list[Json]
    notes: list[str]
    samples: Path | None = None

    def result(self) -> Result:
        return Result(CommandReader(self.place), self.details, rows=self.rows, notes=self.notes, samples=self.samples)


def _run(spec: Spec, place: Place, progress: bool) -> Result:
    """Finds the run of an earlier call, goes on with it, or starts one."""
    if progress:
        for note in spec.notes:
            print(note, file=sys.stderr)
    memory = None if spec.digest is None else cache_folder() / "runs" / f"{reuse_key(spec.digest, place)}.json"
    earlier = None if memory is None else _remembered(memory, place)
    if earlier is not None:
        details, notes = earlier
        if details["state"] not in _RESUMABLE:
            return Result(CommandReader(place), details, notes=notes, samples=spec.samples)
        try:
            computed = _compute(["resume", details["id"]], place, progress, notes=notes)
        except XaigridError as error:
            if error.code != "RUN_STATE":
                raise
        else:
            computed.samples = spec.samples
            return computed.result()
    path = keep_bytes("specs", spec.text.encode(), ".yaml")
    computed = _compute(["run", str(path)], place, progress, notes=list(spec.notes), memory=memory)
    computed.samples = spec.samples
    return computed.result()


def _remembered(memory: Path, place: Place) -> tuple[Json, list[str]] | None:
    try:
        kept = json.loads(memory.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    try:
        return CommandReader(place).details(kept["run"]), kept["notes"]
    except XaigridError as error:
        # It was removed, or its store was.
        if error.code in ("RUN_NOT_FOUND", "STORE_NOT_FOUND"):
            return None
        raise


@dataclass
class _Watch:
    """Sorts the lines of the command: notes come before the run, progress while it is under way."""

    bar: Bar
    shown: bool
    memory: Path | None
    notes: list[str]
    run_id: str | None = None
    under_way: bool = field(default=False)

    def line(self, line: str) -> None:
        reading = reading_of(line)
        if reading is not None:
            self.under_way = True
            self.bar.update(*reading)
        elif line.startswith("run ") and " (" in line and not self.under_way:
            self.run_id = line.split(" ")[1]
            self._remember()
        elif not self.under_way and line and not line.startswith(("xaigrid: ", "error: ", "(")):
            self.notes.append(line)
            if self.shown:
                print(line, file=sys.stderr)

    def _remember(self) -> None:
        if self.memory is None:
            return
        self.memory.parent.mkdir(parents=True, exist_ok=True)
        written = self.memory.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps({"run": self.run_id, "notes": self.notes}), "utf-8")
        written.replace(self.memory)


def _compute(
    words: Sequence[str],
    place: Place,
    progress: bool,
    *,
    notes: Sequence[str] = (),
    memory: Path | None = None,
    stdin: str | None = None,
) -> _Computed:
    watch = _Watch(make_bar(progress), progress, memory, list(notes))
    try:
        output = follow(
            [*words, "--json", "--progress", "json", *place.arguments()], on_line=watch.line, env=place.environment(), stdin=stdin
        )
    except KeyboardInterrupt:
        if watch.run_id is not None:
            print(f"Interrupted. Call the same again to go on with run {watch.run_id}.", file=sys.stderr)
        raise
    finally:
        watch.bar.close()
    answer = json.loads(output)
    return _Computed(place, answer["run"], answer["table"], watch.notes)


def catalog(name: str | None = None) -> Any:
    """What a spec can name: methods, metrics and kinds of data sets, or one of them with its parameters as JSON Schema."""
    return json.loads(call(["catalog", *([] if name is None else [name]), "--json"]))
