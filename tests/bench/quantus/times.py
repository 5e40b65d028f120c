"""How long metrics of Quantus take, and the models that both sides run.

times.py models FOLDER: writes FOLDER/lenet.onnx and FOLDER/resnet50.onnx, with seeded random weights.
times.py score FOLDER: scores the cases of FOLDER/cases.json with one thread and writes FOLDER/quantus.json: the best seconds of each, and
the rows that its model was asked for.
"""

import json
import pathlib
import sys
import time

import numpy as np
import torch
import torchvision

CLASSES = {"lenet": 10, "resnet50": 1000}
SHAPES = {"lenet": (1, 28, 28), "resnet50": (3, 224, 224)}


class LeNet(torch.nn.Sequential):
    """Of LeCun et al. 1998, with ReLU and maximum pooling, as the tutorials of Quantus have it."""

    def __init__(self):
        super().__init__(
            *(torch.nn.Conv2d(1, 6, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
            *(torch.nn.Conv2d(6, 16, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten()),
            *(torch.nn.Linear(256, 120), torch.nn.ReLU(), torch.nn.Linear(120, 84), torch.nn.ReLU()),
            torch.nn.Linear(84, 10),
        )


def network(name):
    torch.manual_seed(1)
    return (LeNet() if name == "lenet" else torchvision.models.resnet50(weights=None)).eval()


class Counted(torch.nn.Module):
    """Counts the rows that it is asked for."""

    def __init__(self, model):
        super().__init__()
        self.model, self.rows = model, 0

    def forward(self, x):
        self.rows += len(x)
        return self.model(x)


def write_models(folder):
    for name, shape in SHAPES.items():
        model = torch.nn.Sequential(network(name), torch.nn.Softmax(dim=1)).eval()
        torch.onnx.export(
            model,
            (torch.zeros(2, *shape),),
            folder / f"{name}.onnx",
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )


def gradients(model, inputs, targets, **_):
    """The gradient of the class's output, in one pass for all rows, as Quantus calls it."""
    x = torch.as_tensor(np.asarray(inputs), dtype=torch.float32).requires_grad_(True)
    outputs = model(x)
    outputs[torch.arange(len(x)), torch.as_tensor(np.asarray(targets))].sum().backward()
    return x.grad.numpy()


def score_cases(folder):
    import quantus

    torch.set_num_threads(1)
    found = []
    for case in json.loads((folder / "cases.json").read_text()):
        name, samples = case["model"], case["samples"]
        model = Counted(network(name)).eval()
        shape = SHAPES[name]
        read = lambda what: np.fromfile(folder / f"{name}-{what}.bin", dtype=np.float32)
        # Channels last on the other side.
        inputs = read("inputs").reshape(-1, *shape[1:], shape[0])[:samples].transpose(0, 3, 1, 2).copy()
        maps = read("maps").reshape(-1, 1, *shape[1:])[:samples].copy()
        metric = getattr(quantus, case["metric"])(
            **case["options"], disable_warnings=True, display_progressbar=False, return_aggregate=False
        )
        explained = {"explain_func": gradients} if case["explains"] else {"a_batch": maps}
        seconds = []
        for _ in range(case["rounds"]):
            model.rows = 0
            started = time.perf_counter()
            metric(
                model=model,
                x_batch=inputs,
                y_batch=np.zeros(samples, dtype=int),
                softmax=not case["explains"],
                **explained,
            )
            seconds.append(time.perf_counter() - started)
        # What the rows themselves take, in batches as large as Quantus' default.
        together, turns = (64, 20) if name == "lenet" else (2, 3)
        rows = torch.as_tensor(np.resize(inputs, (together, *shape)))
        asked = model.rows
        with torch.no_grad():
            model(rows)
            started = time.perf_counter()
            for _ in range(turns):
                model(rows)
            forward = (time.perf_counter() - started) / together / turns
        found.append({"seconds": min(seconds), "rows": asked / samples, "forward": forward})
    (folder / "quantus.json").write_text(json.dumps(found))


if __name__ == "__main__":
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    {"models": write_models, "score": score_cases}[what](folder)
