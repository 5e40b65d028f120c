"""Recurrent models as PyTorch's two exporters write them, and PyTorch's gradients: python make_recurrent.py

Writes goldens.json beside itself: each file in base64, an input `[n, steps, features]`, the probabilities, and the gradient of
the most probable class's. Made with torch 2.15 and onnxscript 0.7 in float64, the files in float32.
"""

import base64
import json
import logging
import pathlib
import tempfile
import warnings

import onnx
import torch
from torch import nn

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
STEPS, FEATURES, UNITS, CLASSES = 5, 3, 4, 3


class Last(nn.Module):
    """The output of the last step."""

    def __init__(self, cell):
        super().__init__()
        self.cell, self.head = cell, nn.Linear(UNITS * (2 if cell.bidirectional else 1), CLASSES)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


class Mean(Last):
    """The mean over all steps."""

    def forward(self, x):
        return self.head(self.cell(x)[0].mean(1))


class States(Last):
    """The last states, and an LSTM's cells, of both directions."""

    def __init__(self, cell):
        super().__init__(cell)
        self.head = nn.Linear(UNITS * 2 * (2 if isinstance(cell, nn.LSTM) else 1), CLASSES)

    def forward(self, x):
        states = self.cell(x)[1]
        states = torch.cat(states, 2) if isinstance(states, tuple) else states
        return self.head(states.permute(1, 0, 2).flatten(1))


class StepsFirst(Last):
    """Steps before samples, as PyTorch has it by default."""

    def forward(self, x):
        return self.head(self.cell(x.permute(1, 0, 2))[0].sum(0))


class Attention(nn.Module):
    """A GRU whose steps attend to one another."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRU(FEATURES, UNITS, batch_first=True), nn.Linear(UNITS, CLASSES)

    def forward(self, x):
        steps = self.cell(x)[0]
        scores = torch.softmax(torch.einsum("bid,bjd->bij", steps, steps), -1)
        return self.head(torch.einsum("bij,bjd->bd", scores, steps))


two_ways = dict(batch_first=True, bidirectional=True)
models = {
    "LSTM": lambda: Last(nn.LSTM(FEATURES, UNITS, batch_first=True)),
    "LSTM, two layers, both ways": lambda: Mean(nn.LSTM(FEATURES, UNITS, 2, **two_ways)),
    "LSTM, last states": lambda: States(nn.LSTM(FEATURES, UNITS, **two_ways)),
    "LSTM without bias, steps first": lambda: StepsFirst(nn.LSTM(FEATURES, UNITS, bias=False)),
    "GRU": lambda: Last(nn.GRU(FEATURES, UNITS, batch_first=True)),
    "GRU, both ways": lambda: Mean(nn.GRU(FEATURES, UNITS, **two_ways)),
    "GRU, last states": lambda: States(nn.GRU(FEATURES, UNITS, **two_ways)),
    "RNN": lambda: Last(nn.RNN(FEATURES, UNITS, batch_first=True)),
    "RNN of ReLU, both ways": lambda: Mean(nn.RNN(FEATURES, UNITS, nonlinearity="relu", **two_ways)),
    "GRU with attention by einsum": Attention,
}


def exported(model, x, dynamo):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "m.onnx"
        if dynamo:
            shapes = ({0: torch.export.Dim("batch")},)
            torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, verbose=False)
        else:
            torch.onnx.export(model, (x,), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}})
        return base64.b64encode(bare(onnx.load(path)).SerializeToString()).decode()


def bare(file):
    """Without what says where in the sources each node is from."""
    for part in [file.graph, *file.graph.node, *file.graph.input, *file.graph.output, *file.graph.initializer]:
        part.doc_string = ""
        part.ClearField("metadata_props")
    file.ClearField("metadata_props")
    file.graph.ClearField("value_info")
    return file


goldens = []
for seed, (name, make) in enumerate(models.items()):
    for exporter in ["torchscript", "dynamo"]:
        torch.manual_seed(seed)
        model = make().eval()
        x = torch.randn(3, STEPS, FEATURES)
        try:
            file = exported(model, x[:2], exporter == "dynamo")
        except Exception as error:  # noqa: BLE001
            print(name, exporter, "is not exported:", str(error).splitlines()[0])
            continue
        model, x = model.double(), x.double().requires_grad_(True)
        p = torch.softmax(model(x), 1)
        classes = p.argmax(1)
        p.gather(1, classes[:, None]).sum().backward()
        rounded = lambda t: [float(f"{v:.10g}") for v in t.flatten().tolist()]  # noqa: E731
        golden = {"name": f"{name} ({exporter})", "file": file, "shape": [3, STEPS, FEATURES], "classes": classes.tolist()}
        goldens.append({**golden, "x": rounded(x.detach()), "probabilities": rounded(p), "gradient": rounded(x.grad)})
lines = ",\n".join("  " + json.dumps(golden) for golden in goldens)
(pathlib.Path(__file__).parent / "goldens.json").write_text(f"[\n{lines}\n]\n")
