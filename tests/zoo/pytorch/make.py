"""What the family scripts of PyTorch share: `FAMILY.py list`, and `FAMILY.py make NAME FOLDER`."""

import os
import sys
from pathlib import Path

import numpy as np
import onnx
import torch

sys.path.append(str(Path(__file__).parents[1] / "shared"))

import family
from choice import CANDIDATES, CLASSES, save

from exports import EXPLAINED, EXPORTS, Exporter
from references import references
from weights import randomize, seeded_samples


def main(architectures, versions):
    """
    architectures: name -> (function that makes the model with so many classes, extent of its square input).

    Samples and references are written as .npy, channels first.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    family.main(architectures, {"torch": torch.__version__, "onnx": onnx.__version__} | versions, make)


def make(_name, architecture, folder):
    constructor, size = architecture
    torch.manual_seed(0)
    model = randomize(constructor(num_classes=CLASSES).eval(), CLASSES, size)
    candidates = seeded_samples(CANDIDATES, size)
    chosen, found, moved, unavailable = references(model, candidates)
    samples = candidates[chosen]
    np.save(folder / "samples.npy", samples.numpy())
    save(folder, chosen, found)
    files = {name: f"{name}.onnx" for name in EXPORTS}
    family.write_manifest(
        folder,
        classes=CLASSES,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        inputShape=[size, size, 3],
        float64_error=unavailable,
        gradient_by_rounding=moved,
        exports=family.exported(files, folder, Exporter(model, samples).export, EXPLAINED),
    )
