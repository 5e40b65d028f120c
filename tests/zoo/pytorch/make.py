"""What the family scripts of PyTorch share: `FAMILY.py list`, and `FAMILY.py make NAME FOLDER`."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch

sys.path.append(str(Path(__file__).parents[1] / "shared"))

from choice import CANDIDATES, CLASSES, save

from exports import EXPLAINED, EXPORTS, Exporter
from references import references
from weights import randomize, seeded_samples


def main(architectures, versions):
    """
    architectures: name -> (function that makes the model with so many classes, extent of its square input).

    `list` prints {versions, architectures}. `make` writes each export into FOLDER, samples and references as .npy, channels
    first, and manifest.json, which says what is where and what PyTorch refused to export.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    if sys.argv[1] == "list":
        print(json.dumps({"versions": {"torch": torch.__version__, "onnx": onnx.__version__} | versions, "architectures": list(architectures)}))
        return
    _, _, name, folder = sys.argv
    make(*architectures[name], Path(folder))


def make(constructor, size, folder):
    torch.manual_seed(0)
    model = randomize(constructor(num_classes=CLASSES).eval(), CLASSES, size)
    candidates = seeded_samples(CANDIDATES, size)
    chosen, found, moved, unavailable = references(model, candidates)
    samples = candidates[chosen]
    manifest = {"classes": CLASSES, "parameters": sum(parameter.numel() for parameter in model.parameters()), "inputShape": [size, size, 3]}
    np.save(folder / "samples.npy", samples.numpy())
    manifest["float64_error"] = unavailable
    manifest["gradient_by_rounding"] = moved
    save(folder, chosen, found)
    exporter = Exporter(model, samples)
    manifest["exports"] = []
    for name in EXPORTS:
        started = time.time()
        entry = {"name": name, "file": f"{name}.onnx", "explained": name in EXPLAINED}
        try:
            exporter.export(name, str(folder / entry["file"]))
            entry["beside"] = [path.name for path in folder.glob(f"{name}.onnx.*")]
        except Exception as error:  # Exporters raise whatever their parts raise; the table says it.
            entry = {"name": name, "refused": f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]}
        manifest["exports"].append(entry)
        print(f"{name} {time.time() - started:.1f} s {entry.get('refused', '')}", file=sys.stderr, flush=True)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
