"""Exports modules of torch to ONNX, and checks that the file gives what the module gives."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .cache import Array
from .errors import XaigridError, missing_package

#: So many samples go through the module and through the file.
COMPARED = 4
#: The largest difference that is rounding, as a share of the largest output.
TOLERANCE = 1e-3

_WAYS_OUT = (
    "Two ways out: write an ONNX file in your own way and give its path; "
    "or make maps in PyTorch and let xaigrid.score judge them with a model that can be exported."
)


@dataclass(frozen=True)
class Exported:
    """An exported module.

    Attributes:
        onnx: the bytes of the file.
        difference: the largest difference between the outputs of the module and of the file.
        notes: sentences for the user.

    """

    onnx: bytes
    difference: float
    notes: tuple[str, ...]


def export_module(module: Any, samples: Array | None) -> Exported:
    """Exports a module in evaluation mode with a free batch axis, by torch's newest exporter.

    Args:
        module: a ``torch.nn.Module`` with one input and one output, on any device; its mode is the same afterwards.
        samples: at least two samples as the module takes them, with channels first.

    Raises:
        XaigridError: PACKAGE_MISSING; SHAPE_MISMATCH if the module does not take the samples; MODEL_UNSUPPORTED if it cannot
            be exported; MODEL_MISREAD if the file gives something else than the module.

    """
    try:
        import onnx
        import onnxscript  # type: ignore[import-not-found, unused-ignore] # noqa: F401
        import torch
    except ImportError as error:
        raise missing_package(str(error.name), "The export of a torch module", "torch", "onnx", "onnxscript") from error
    if samples is None:
        raise XaigridError("USAGE", "A torch module is exported with samples. Give x as an array, or export the module yourself.")
    training = module.training
    module.eval()
    try:
        example = torch.from_numpy(_two_or_more(samples[:COMPARED])).to(_device(module, torch), _dtype(module, torch))
        expected = _outputs(module, example, torch)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            _export(module, example, path, torch)
            model = onnx.load(str(path))
    finally:
        module.train(training)
    _strip(model)
    content: bytes = model.SerializeToString(deterministic=True)
    difference, largest, by = _compare(content, example.cpu().numpy(), expected)
    if not difference <= TOLERANCE * max(largest, 1e-6):
        raise XaigridError(
            "MODEL_MISREAD",
            f"The exported file gives other outputs than the module: they differ by up to {difference:.2g}, "
            f"and the largest is {largest:.2g}. {_WAYS_OUT}",
        )
    note = (
        f"The torch module was exported to ONNX; over {len(expected)} samples its outputs and those of the file, run by {by}, "
        f"differ by at most {difference:.1e}."
    )
    return Exported(content, difference, (note,))


def _export(module: Any, example: Any, path: Path, torch: Any) -> None:
    try:
        with _quiet():
            torch.onnx.export(
                module,
                (example,),
                str(path),
                dynamo=True,
                external_data=False,
                input_names=["input"],
                output_names=["output"],
                dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            )
    except Exception as error:
        causes = list(_causes(error))
        # The message of the exporter is a page; the first cause has the operator.
        reason = next((line for cause in reversed(causes) if (line := _first_line(cause))), type(error).__name__)
        raise XaigridError("MODEL_UNSUPPORTED", f"torch cannot export this module to ONNX: {reason} {_WAYS_OUT}") from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return line if not line or line.endswith((".", "!")) else f"{line}."


def _outputs(module: Any, example: Any, torch: Any) -> Array:
    try:
        with torch.no_grad():
            output = module(example)
    except Exception as error:
        raise XaigridError(
            "SHAPE_MISMATCH",
            f"The module does not take samples of shape {list(example.shape[1:])}: {_first_line(error)} "
            "Give x in the layout of the module.",
        ) from error
    if not isinstance(output, torch.Tensor):
        raise XaigridError(
            "MODEL_UNSUPPORTED",
            f"The module returns {type(output).__name__}, not one tensor. Wrap it in a module that returns the logits alone.",
        )
    return np.asarray(output.detach().cpu().numpy())


def _strip(model: Any) -> None:
    """Removes the lines of code that the exporter notes with each node: they change when a cell moves, the model does not."""
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for function in model.functions:
        for node in function.node:
            node.ClearField("metadata_props")
            node.ClearField("doc_string")
    model.ClearField("metadata_props")
    model.graph.ClearField("metadata_props")
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        value.ClearField("metadata_props")


def _compare(content: bytes, example: Array, expected: Array) -> tuple[float, float, str]:
    """The largest difference, the largest output, and what ran the file."""
    try:
        import onnxruntime
    except ImportError:
        import onnx.reference

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = onnx.reference.ReferenceEvaluator(_loaded(content)).run(None, {"input": example})[0]
        by = "onnx.reference"
    else:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        found = session.run(None, {"input": example})[0]
        by = "onnxruntime"
    if found.shape != expected.shape:
        return float("inf"), float(np.abs(expected).max()), by
    return float(np.abs(found - expected).max()), float(np.abs(expected).max()), by


def _loaded(content: bytes) -> Any:
    import onnx

    return onnx.load_model_from_string(content)


def _two_or_more(samples: Array) -> Array:
    """Samples for the exporter, which takes the batch axis of one sample for a constant."""
    return np.concatenate([samples, samples]) if len(samples) == 1 else samples


def _first_parameter(module: Any) -> Any:
    return next(iter(module.parameters()), None)


def _device(module: Any, torch: Any) -> Any:
    parameter = _first_parameter(module)
    return torch.device("cpu") if parameter is None else parameter.device


def _dtype(module: Any, torch: Any) -> Any:
    parameter = _first_parameter(module)
    return torch.float32 if parameter is None else parameter.dtype


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints pages; what matters of them is in its exceptions."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield
