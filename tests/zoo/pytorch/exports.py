"""The ways in which torch.onnx.export writes a model."""

import contextlib
import io
import logging
import warnings

import torch

# name -> exporter, operator set, batch ("free", or the fixed one), further options.
# The new exporter has no operator set below 18: what it is asked for lower it writes as 18.
EXPORTS = {
    "script-11": ("script", 11, "free", {}),
    "script-13-fixed": ("script", 13, 1, {}),
    "script-17": ("script", 17, "free", {}),
    "script-17-batch-of-2": ("script", 17, 2, {}),
    "script-17-unfolded": ("script", 17, "free", {"do_constant_folding": False}),
    "script-20": ("script", 20, "free", {}),
    "dynamo-18-fixed-beside": ("dynamo", 18, 1, {"external_data": True}),
    "dynamo-18-unoptimized": ("dynamo", 18, "free", {"optimize": False}),
    "dynamo-22": ("dynamo", 22, "free", {}),
    "dynamo-23": ("dynamo", 23, "free", {}),
}

# Those with which every method is tried: each exporter, one with a free batch and one with a fixed one.
EXPLAINED = {"script-17", "dynamo-18-fixed-beside"}


class Exporter:
    """Exports one model; what the new exporter traces is kept for each batch."""

    def __init__(self, model, samples):
        self.model = model
        self.samples = samples
        self.programs = {}

    def export(self, name, path):
        """Writes `path` (and `path`.data beside it). Raises what torch raises."""
        kind, opset, batch, options = EXPORTS[name]
        rows = self.samples[: 2 if batch == "free" else batch]
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            logging.disable(logging.WARNING)
            if kind == "script":
                # With gradients off, it traces attention's fast path, which it cannot export (vit_b_16).
                axes = {"input": {0: "batch"}, "logits": {0: "batch"}} if batch == "free" else None
                names = {"input_names": ["input"], "output_names": ["logits"], "dynamic_axes": axes}
                torch.onnx.export(self.model, (rows,), path, dynamo=False, opset_version=opset, **names, **options)
            else:
                # With gradients on, what it traces of attention has strides that it cannot decompose (BEiT).
                with torch.no_grad():
                    program = self.program(rows, batch)
                    settings = {"external_data": False, "verbose": False} | options
                    torch.onnx.export(program, (), path, dynamo=True, opset_version=opset, **settings)

    def program(self, rows, batch):
        if batch not in self.programs:
            shapes = ({0: torch.export.Dim("batch")},) if batch == "free" else None
            self.programs[batch] = torch.export.export(self.model, (rows,), dynamic_shapes=shapes)
        return self.programs[batch]
