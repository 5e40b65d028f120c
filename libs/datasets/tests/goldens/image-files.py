"""Writes image-files.json: small image files made by Pillow, with what Pillow reads from them as RGB, or None where it is not asked for.

python3 image-files.py > image-files.json     (Pillow 9.4.0)
"""
import base64
import io
import json

from PIL import Image

WIDTH, HEIGHT = 7, 5


def pattern(channels, seed=1):
    values, state = [], seed
    for _ in range(WIDTH * HEIGHT * channels):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return bytes(values)


def smooth():
    return bytes(v for y in range(HEIGHT) for x in range(WIDTH) for v in (30 * x, 40 * y, 100 + 10 * x + 5 * y))


def encoded(image, form, **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


rgb = Image.frombytes("RGB", (WIDTH, HEIGHT), pattern(3))
grey = Image.frombytes("L", (WIDTH, HEIGHT), pattern(1))
even = Image.frombytes("RGB", (WIDTH, HEIGHT), smooth())
opaque = rgb.convert("RGBA")
clear = opaque.copy()
clear.putpixel((0, 0), (1, 2, 3, 128))
turned = Image.Exif()
turned[0x0112] = 6
good = {
    "rgb.png": encoded(rgb, "PNG"),
    "grey.png": encoded(grey, "PNG"),
    "palette.png": encoded(even.quantize(8), "PNG"),
    "opaque.png": encoded(opaque, "PNG"),
    "bilevel.png": encoded(grey.point(lambda v: 255 * (v > 127), "1"), "PNG"),
    "rgb.tif": encoded(rgb, "TIFF"),
    "lzw.tiff": encoded(rgb, "TIFF", compression="tiff_lzw"),
    "grey.tif": encoded(grey, "TIFF"),
    "rgb.jpg": encoded(even, "JPEG", quality=95, subsampling=0),
    "grey.jpeg": encoded(grey, "JPEG", quality=95),
    "turned.jpg": encoded(even, "JPEG", quality=95, subsampling=0, exif=turned),
    "lossless.webp": encoded(rgb, "WEBP", lossless=True),
}
bad = {
    "transparent.png": encoded(clear, "PNG"),
    "deep.png": encoded(Image.frombytes("I;16", (WIDTH, HEIGHT), pattern(2)), "PNG"),
    "cmyk.jpg": encoded(even.convert("CMYK"), "JPEG"),
    "ycbcr.tif": encoded(even.convert("YCbCr"), "TIFF"),
    "pages.tif": encoded(rgb, "TIFF", save_all=True, append_images=[rgb]),
}
print(
    json.dumps(
        {
            "height": HEIGHT,
            "width": WIDTH,
            "good": {
                name: {"file": base64.b64encode(data).decode(), "rgb": list(Image.open(io.BytesIO(data)).convert("RGB").tobytes())}
                for name, data in good.items()
            },
            "bad": {name: base64.b64encode(data).decode() for name, data in bad.items()},
        }
    )
)
