"""Writes blur.json: scipy.ndimage.gaussian_filter (mode reflect, truncate 4) on small random float64 arrays.

Run with Debian's python3-scipy 1.10: python3 make_blur.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

rng = np.random.default_rng(7)
cases = []
for shape, sigma in [((40, 1), 2.0), ((40, 1), 0.1), ((5, 1), 3.0), ((16, 12, 3), 1.5), ((16, 12, 3), 9.0)]:
    values = rng.integers(-8, 9, shape) / 8  # exact in float32
    filtered = gaussian_filter(values, sigma=[sigma] * (len(shape) - 1) + [0], mode="reflect")
    cases.append(
        {
            "shape": shape,
            "sigma": sigma,
            "values": [float(v) for v in values.ravel()],
            "blurred": [round(float(v), 9) for v in filtered.ravel()],
        }
    )
Path(__file__).with_name("blur.json").write_text(json.dumps(cases) + "\n")
