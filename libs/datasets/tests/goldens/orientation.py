"""Writes orientation.json beside it: small images of every format that is read, with every EXIF orientation, made by Pillow, and what
PIL.Image.open reads from them. Run with Python 3, Pillow 13.0, numpy 2.4; the output is committed."""

import base64
import io
import json
import pathlib
import struct

import numpy as np
from PIL import Image

# The corners differ, and the sides differ in length. Blocks of one colour: JPEG keeps them.
WIDTH, HEIGHT, BLOCK = 24, 16, 8
colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (10, 250, 250), (250, 10, 250)]
pixels = np.zeros((HEIGHT, WIDTH, 3), "uint8")
for at, colour in enumerate(colours):
    pixels[BLOCK * (at // 3) :, BLOCK * (at % 3) :] = colour
image = Image.fromarray(pixels)
small = Image.fromarray((np.arange(36, dtype="uint8") * 7).reshape(3, 4, 3))
grey = Image.fromarray(np.arange(12, dtype="uint8").reshape(3, 4) * 20)
ORIENTATION = 0x0112
XMP = 700
XMP_TEXT = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="{}"/></x:xmpmeta>'


def saved(picture, form, **options):
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def big_endian(picture, orientation, kind=3):
    """A plain TIFF by hand: Pillow writes little-endian ones for RGB."""
    data = picture.tobytes()
    entries = [
        (256, 4, 1, picture.width), (257, 4, 1, picture.height), (258, 3, 1, 8 << 16), (259, 3, 1, 1 << 16), (262, 3, 1, 1 << 16),
        (273, 4, 1, 8), (274, kind, 1, orientation << {1: 24, 3: 16, 4: 0}[kind]), (277, 3, 1, 1 << 16), (278, 4, 1, picture.height), (279, 4, 1, len(data)),
    ]
    directory = struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHII", *entry) for entry in entries) + bytes(4)
    padded = data + bytes(len(data) % 2)
    return b"MM\x00*" + struct.pack(">I", 8 + len(padded)) + padded + directory


files = {}
for orientation in range(0, 10):
    tiffinfo = {ORIENTATION: orientation}
    files[f"tiff-{orientation}.tif"] = saved(grey, "TIFF", tiffinfo=tiffinfo)
    files[f"bigtiff-{orientation}.tif"] = saved(grey, "TIFF", tiffinfo=tiffinfo, big_tiff=True)
    files[f"big-endian-{orientation}.tif"] = big_endian(grey, orientation)
    if 1 <= orientation <= 8:
        for compression in ("tiff_lzw", "packbits", "tiff_adobe_deflate"):
            files[f"{compression}-{orientation}.tif"] = saved(small, "TIFF", tiffinfo=tiffinfo, compression=compression)
        # The tag as a number of 32 bits, which Pillow reads as well.
        files[f"big-endian-long-{orientation}.tif"] = big_endian(grey, orientation, kind=4)
        files[f"xmp-{orientation}.tif"] = saved(grey, "TIFF", tiffinfo={XMP: XMP_TEXT.format(orientation).encode()})
        files[f"jpeg-{orientation}.jpg"] = saved(image, "JPEG", quality=95, subsampling=0, exif=exif(orientation))
        files[f"png-{orientation}.png"] = saved(small, "PNG", exif=exif(orientation))
        files[f"webp-{orientation}.webp"] = saved(small, "WEBP", lossless=True, exif=exif(orientation))
# The tag is believed before XMP.
files["tag-and-xmp.tif"] = saved(grey, "TIFF", tiffinfo={ORIENTATION: 1, XMP: XMP_TEXT.format(6).encode()})


def read(data):
    opened = Image.open(io.BytesIO(data))
    mode = "L" if opened.mode == "L" else "RGB"
    values = np.asarray(opened.convert(mode))
    return {"file": base64.b64encode(data).decode(), "shape": list(values.shape[:2]) + [3 if mode == "RGB" else 1], "values": base64.b64encode(values.tobytes()).decode()}


here = pathlib.Path(__file__).parent
(here / "orientation.json").write_text(json.dumps({name: read(data) for name, data in files.items()}, indent=2) + "\n")
