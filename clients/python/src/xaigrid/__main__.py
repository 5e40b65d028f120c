"""``python -m xaigrid``: calls the command that this package finds."""

from __future__ import annotations

import os
import subprocess
import sys

from .command import checked_command
from .errors import XaigridError


def main() -> int:
    """Calls the command with the arguments of this process, and returns its exit status."""
    try:
        words = checked_command()
    except XaigridError as error:
        print(f"xaigrid: {error}", file=sys.stderr)
        return 1
    if os.name == "nt":
        return subprocess.call([*words, *sys.argv[1:]])
    os.execvp(words[0], [*words, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
