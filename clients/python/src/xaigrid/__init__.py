"""xaigrid measures how faithful explanations of neural networks are.

>>> import xaigrid
>>> result = xaigrid.evaluate(model, x, y, methods=["grad-cam", "occlusion"], metrics=["drop-increase"])  # doctest: +SKIP
>>> result.table  # doctest: +SKIP
"""

from .errors import XaigridError
from .evaluation import catalog, evaluate, explain, run, score
from .quantus_metric import quantus
from .result import Result
from .server import Run, Server, connect
from .stores import Store, store
from .version import __version__

__all__ = [
    "Result",
    "Run",
    "Server",
    "Store",
    "XaigridError",
    "__version__",
    "catalog",
    "connect",
    "evaluate",
    "explain",
    "quantus",
    "run",
    "score",
    "store",
]
