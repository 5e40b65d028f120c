"""Makes the .json files beside it: what numpy, torch and pickle say. Run with Python 3, numpy 1.24 and torch; the outputs are committed."""

import base64
import io
import json
from fractions import Fraction
import pathlib
import pickle

import numpy as np
import torch
import torch.nn.functional as F

here = pathlib.Path(__file__).parent


def save(name, value):
    (here / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


def b64(data):
    return base64.b64encode(data).decode()


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return b64(out.getvalue())


# .npy: every numeric type in both byte orders, Fortran order, versions, shapes
files = {}
for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    for order in ["<", ">"] if kind[1] != "1" else ["|"]:
        low = 0 if kind[0] == "u" else -3
        values = np.array([[low, 0, 1], [2, 100, 7]]) / (2 if kind[0] == "f" else 1)
        array = values.astype(order + kind)
        files[order + kind] = {"npy": npy(array), "shape": [2, 3], "values": array.astype("f8").ravel().tolist()}
array = np.array([True, False, True])
files["bool"] = {"npy": npy(array), "shape": [3], "values": [1, 0, 1]}
array = np.arange(24, dtype="<i2").reshape(2, 3, 4)
files["fortran"] = {"npy": npy(np.asfortranarray(array)), "shape": [2, 3, 4], "values": array.ravel().tolist()}
files["version 2.0"] = {"npy": npy(array, (2, 0)), "shape": [2, 3, 4], "values": array.ravel().tolist()}
files["version 3.0"] = {"npy": npy(array, (3, 0)), "shape": [2, 3, 4], "values": array.ravel().tolist()}
files["scalar"] = {"npy": npy(np.float64(2.5)), "shape": [], "values": [2.5]}
files["empty"] = {"npy": npy(np.zeros((0, 4))), "shape": [0, 4], "values": []}
halves = np.array([0, -0.0, 2**-24, 1023 * 2**-24, 2**-14, 1 / 3, 65504, -1], dtype="<f2")
files["small and large halves"] = {"npy": npy(halves), "shape": [8], "values": halves.astype("f8").tolist()}
wide = np.array([2**53 + 1, -(2**63), 2**63 - 1], dtype="<i8")
files["wide integers"] = {"npy": npy(wide), "shape": [3], "values": [float(v) for v in wide.tolist()]}
save("npy", files)

refused = {
    "structured": npy(np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])),
    "complex": npy(np.zeros(2, dtype="c16")),
    "text": npy(np.array(["ab", "c"])),
    "objects": npy(np.array([{}, None], dtype=object)),
    "dates": npy(np.zeros(2, dtype="M8[s]")),
    "long double": npy(np.zeros(2, dtype="g")),
}
save("npy-refused", refused)

out, packed = io.BytesIO(), io.BytesIO()
x, y = np.arange(6, dtype="f4").reshape(3, 2), np.array([0, 1, 2])
np.savez(out, x=x, y=y)
np.savez_compressed(packed, x=np.zeros((100, 100)), y=y)
save("npz", {"stored": b64(out.getvalue()), "deflated": b64(packed.getvalue())})

# Resizing: torch, align_corners=False, in float64 and rounded to float32
random = np.random.RandomState(3)
cases = []
for shape, size in [((2, 7, 2), [20]), ((1, 20, 1), [7]), ((1, 1, 1), [4]), ((1, 3, 4, 2), [7, 6]), ((1, 6, 5, 1), [4, 3]), ((1, 2, 2, 1), [1, 5]), ((2, 2, 3, 4, 2), [5, 4, 3])]:
    x = random.randn(*shape).astype("f4")
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(size)]
    y = F.interpolate(torch.from_numpy(np.moveaxis(x, -1, 1)).double(), size=size, mode=mode, align_corners=False).numpy()
    y = np.moveaxis(y, 1, -1).astype("f4")
    cases.append({"shape": shape, "size": size, "input": x.ravel().tolist(), "output": y.ravel().tolist()})
save("resize", cases)

# Ranks: of decimals as they are written; the product of the float64s may fall below (29 of 100 at 0.29)
ranks = []
for n in [40, 100, 1000, 50176, 150528, 7]:
    for f in [0.0, 0.05, 0.1, 0.15, 0.28, 0.29, 0.3, 0.35, 0.55, 0.57, 0.58, 0.7, 0.9, 0.95, 0.999, 1.0, 1 / 3, 2 / 3]:
        ranks.append([n, f, int(n * Fraction(repr(f)))])
save("ranks", ranks)

# numpy's legacy generator
r = np.random.RandomState(42)
golden = {"42": {}}
golden["42"]["rand"] = [r.rand() for _ in range(5)]
golden["42"]["randn"] = [r.randn() for _ in range(5)]
golden["42"]["choice48"] = [int(r.choice(48)) for _ in range(20)]
golden["42"]["choice1"] = int(r.choice(1))
golden["42"]["choice65536"] = [int(r.choice(65536)) for _ in range(3)]
golden["42"]["choice4294967296"] = [int(r.choice(2**32)) for _ in range(3)]
golden["42"]["permutation10"] = r.permutation(10).tolist()
golden["42"]["after"] = r.rand()
r = np.random.RandomState(0)
for _ in range(2000):
    r.rand()
golden["0"] = {"randAfter2000": r.rand()}
golden["4294967295"] = {"rand": np.random.RandomState(2**32 - 1).rand()}
golden["array"] = {"seed": [1, 2, 3], "rand": np.random.RandomState([1, 2, 3]).rand()}
golden["longArray"] = {"length": 700, "rand": np.random.RandomState(list(range(700))).rand()}
save("numpy-random", golden)

# Pickles of one value in all protocols; the value in JSON stands in the test
value = {
    "x": np.arange(6, dtype="f8").reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
    "y": np.array([1, 0, 2], dtype="i8"),
    "empty": np.zeros((0, 3), dtype="f4"),
    "flags": np.array([True, False]),
    "scalars": [np.float32(0.5), np.int64(-7), np.bool_(True)],
    "plain": [None, True, False, 0, 255, 65536, -1, 2**40, -(2**62), 1.5, -1e300, float("inf"), "Grüße\n'\\", b"\x00\xffa", b"", (), (1,), (1, 2), (1, 2, 3, 4), [], {}, {1: "one"}],
}
save("pickle", {str(p): b64(pickle.dumps(value, protocol=p)) for p in range(6)})
