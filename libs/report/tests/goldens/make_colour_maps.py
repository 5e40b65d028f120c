"""Writes colour-maps.json: 256 RGB bytes of matplotlib's viridis, inferno and jet. Run by hand: python3 make_colour_maps.py > colour-maps.json"""
import json
import sys

import matplotlib
import numpy as np

json.dump({name: matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3].ravel().tolist() for name in ("viridis", "inferno", "jet")}, sys.stdout)
