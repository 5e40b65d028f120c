"""What the family scripts of Keras share: `FAMILY.py list`, and `FAMILY.py make NAME FOLDER`. The installed Keras is measured, 2 or 3."""

import logging
import os
import sys
import warnings
import zlib
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "shared"))

import family
from choice import CANDIDATES, CLASSES, save

from patterns import channels_first, patterns
from references import references
from weights import randomize

KERAS = int(keras.__version__.split(".")[0])
if KERAS == 2:
    import keras2 as library
else:
    import keras3 as library


def main(architectures):
    """
    architectures: name -> (function that makes the model, which ends in CLASSES probabilities; shape of a sample, channels last; range of its values).

    Samples and references are written as .npy, channels first.
    """
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    family.main(architectures, library.VERSIONS, make)


def make(name, architecture, folder):
    constructor, shape, (low, high) = architecture
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    keras.utils.set_random_seed(0)
    model = constructor()
    candidates = (low + (high - low) * patterns(CANDIDATES, shape, rng)).astype("float32")
    randomize(model, candidates, rng)
    chosen, found, moved, unavailable = references(library, constructor, model, candidates, rng)
    samples = candidates[chosen]
    np.save(folder / "samples.npy", channels_first(samples))
    save(folder, chosen, found)
    family.write_manifest(
        folder,
        classes=CLASSES,
        parameters=model.count_params(),
        inputShape=list(shape),
        float64_error=unavailable,
        gradient_by_rounding=moved,
        exports=family.exported(library.files_of(shape), folder, lambda kind, path: library.export(model, kind, path, samples), library.EXPLAINED),
    )
