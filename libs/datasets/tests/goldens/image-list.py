"""Writes image-list.json: Parquet files as pyarrow writes them, with images as the library datasets of Hugging Face keeps them.

python3 image-list.py > image-list.json; pyarrow 26, Pillow 13
"""

import base64
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(buffer, "PNG")
    return buffer.getvalue()


colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (10, 20, 30), (40, 50, 60)]
images = [png(colour) for colour in colours]
features = {"image": {"_type": "Image"}, "label": {"names": ["warm", "cold"], "_type": "ClassLabel"}}
table = pa.table(
    {
        "image": pa.array([{"bytes": one, "path": f"{at}.png"} for at, one in enumerate(images)]),
        "label": pa.array([0, 1, 1, 0, 1], pa.int64()),
        "split": ["train", "test", "test", "train", "test"],
        "key": ["a", "b", "c", "d", "e"],
    }
).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
plain = pa.table({"image": pa.array(images, pa.binary()), "label": ["x", "y", "x", "y", "x"]})


def written(what, **options):
    buffer = io.BytesIO()
    pq.write_table(what, buffer, row_group_size=2, **options)
    return base64.b64encode(buffer.getvalue()).decode()


files = {name: written(table, compression=name) for name in ["snappy", "gzip", "zstd", "brotli", "lz4", "none"]}
files["bytes"] = written(plain)
print(json.dumps({"colours": colours, "images": [base64.b64encode(one).decode() for one in images], "files": files}, indent=1))
