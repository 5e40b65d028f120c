"""Makes tables.json beside it: labels as text, safetensors and CSV as Python's libraries write them. Run with Python 3, numpy 2.4,
safetensors 0.8, torch 2.15; the output is committed."""

import base64
import csv
import io
import json
import pathlib

import numpy as np
import torch
from safetensors.torch import save

here = pathlib.Path(__file__).parent
encode = lambda data: base64.b64encode(data).decode()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return encode(file.getvalue())


def pytorch(tensors):
    file = io.BytesIO()
    torch.save(tensors, file)
    return encode(file.getvalue()[:2000])


names = ["éclair", "dog", "cat", "dog", "ﬁn", "😀", "cat"]
x = np.arange(21, dtype="float32").reshape(7, 3) / 4
archive = io.BytesIO()
np.savez(archive, x=x, y=np.array(names))

quoted = io.StringIO()
writer = csv.writer(quoted)
writer.writerow(["first", "second, in cm", 'the "third"', "species"])
rows = [[str(row[0]), str(-row[1]), f"{row[2]:.1e}"] for row in x.tolist()]
for row, name in zip(rows, names):
    writer.writerow([*row, name])

# Thirds, which half precision rounds.
thirds = torch.arange(21).reshape(7, 3) / 3
tensors = {
    "x": torch.tensor(x),
    "float64": thirds.double(),
    "float16": thirds.half(),
    "bfloat16": thirds.bfloat16(),
    "int64": torch.arange(-10, 11).reshape(7, 3),
    "uint8": torch.arange(235, 256, dtype=torch.uint8).reshape(7, 3),
    "y": torch.tensor([0, 1, 2, 1, 0, 2, 1], dtype=torch.int32),
    "hot": torch.eye(7) > 0,
    "float8": thirds.to(torch.float8_e4m3fn),
}
# Unicode sorted by code points, as numpy does.
values, numbers = np.unique(np.array(names), return_inverse=True)
json.dump(
    {
        "names": names,
        "sorted": values.tolist(),
        "numbers": numbers.tolist(),
        "unicode": npy(np.array(names)),
        "bigEndian": npy(np.array(names, dtype=">U8")),
        "column": npy(np.array(names).reshape(7, 1)),
        "bytes": npy(np.array([name.encode() for name in names])),
        "objects": npy(np.array(names, dtype=object)),
        "npz": encode(archive.getvalue()),
        "csv": quoted.getvalue(),
        "table": [float(value) for row in rows for value in row],
        "safetensors": encode(save(tensors, metadata={"made by": "tables.py"})),
        "x": x.ravel().tolist(),
        "values": {
            name: tensors[name].float().ravel().tolist() for name in ["x", "float64", "float16", "bfloat16", "int64", "uint8"]
        },
        "pytorch": pytorch(tensors),
    },
    open(here / "tables.json", "w"),
)
