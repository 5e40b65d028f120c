"""Finds and calls the command ``xaigrid``."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import IO

from .errors import XaigridError, error_from
from .packed import packed_command
from .version import __version__

#: Exit status of a run that is done, but with samples that failed.
DONE_WITH_FAILURES = 3

_NODE_NEEDED = "Install Node 20.19 or newer (https://nodejs.org)"


def command() -> tuple[str, ...]:
    """How the command is called.

    In this order: the words of XAIGRID_COMMAND, ``xaigrid`` on the PATH, the command that comes with this package if the extra
    ``node`` is installed, or ``npx --no-install xaigrid``. npx never downloads anything here: it only finds a package of the
    current project.

    Raises:
        XaigridError: COMMAND_NOT_FOUND.

    """
    named = os.environ.get("XAIGRID_COMMAND")
    if named is not None and named.strip():
        return tuple(shlex.split(named, posix=os.name != "nt"))
    on_path = shutil.which("xaigrid")
    if on_path is not None:
        return (on_path,)
    packed = packed_command()
    if packed is not None:
        return packed
    npx = shutil.which("npx")
    if npx is not None:
        return (npx, "--no-install", "xaigrid")
    raise XaigridError(
        "COMMAND_NOT_FOUND",
        f"There is neither xaigrid nor npx on the PATH. {_NODE_NEEDED}, or this package with its own Node "
        '(pip install "xaigrid[node]"). XAIGRID_COMMAND names a command elsewhere, '
        'for example XAIGRID_COMMAND="node /path/of/xaigrid/apps/cli/bin/xaigrid.js".',
    )


def call(arguments: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
    """Calls the command and returns what it wrote to stdout.

    Raises:
        XaigridError: what the command reported, COMMAND_NOT_FOUND, or VERSION_MISMATCH.

    """
    words = checked_command()
    done = subprocess.run(
        [*words, *arguments], capture_output=True, text=True, encoding="utf-8", env=_environment(env), check=False
    )
    if done.returncode not in (0, DONE_WITH_FAILURES):
        raise error_from(done.stderr, done.returncode)
    return done.stdout


def follow(
    arguments: Sequence[str],
    *,
    on_line: Callable[[str], None],
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Calls the command, passes on every line of its stderr, and returns what it wrote to stdout.

    KeyboardInterrupt makes the command finish the work in hand, as Ctrl-C does, and is raised again once it has ended. A
    second one makes it stop at once.

    Raises:
        XaigridError: as `call`.

    """
    words = checked_command()
    said: list[str] = []
    # A session of its own: the interrupt of a terminal or a notebook reaches the command through this process alone.
    with subprocess.Popen(
        [*words, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=_environment(env),
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        output: list[str] = []
        reader = threading.Thread(target=lambda stream: output.append(stream.read()), args=(process.stdout,), daemon=True)
        reader.start()
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(stdin or "")
        interrupted: KeyboardInterrupt | None = None
        while True:
            try:
                _read_lines(process.stderr, said, on_line)
                status = process.wait()
                break
            except KeyboardInterrupt as interrupt:
                interrupted = interrupt
                _interrupt(process)
            except BaseException:
                # It ends in order, and its store with it.
                process.terminate()
                raise
        reader.join()
    if interrupted is not None:
        raise interrupted
    if status not in (0, DONE_WITH_FAILURES):
        raise error_from("\n".join(said), status)
    return "".join(output)


def _read_lines(stream: IO[str], said: list[str], on_line: Callable[[str], None]) -> None:
    for line in stream:
        said.append(line.rstrip("\n"))
        on_line(said[-1])


def _interrupt(process: subprocess.Popen[str]) -> None:
    if os.name == "nt":
        return  # The console has sent it to the command too.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)


def checked_command() -> tuple[str, ...]:
    """The command, after its version was found to fit this package.

    Raises:
        XaigridError: COMMAND_NOT_FOUND, or VERSION_MISMATCH.

    """
    words = command()
    assert_fits(_version_of(words), "The command")
    return words


def command_version() -> str:
    """The version of the command, such as ``0.1.0``."""
    return _version_of(command())


def assert_fits(version: str, what: str) -> None:
    """Checks the version of a command or a server: the first two numbers must be those of this package.

    Raises:
        XaigridError: VERSION_MISMATCH.

    """
    if version.split(".")[:2] != __version__.split(".")[:2]:
        raise XaigridError(
            "VERSION_MISMATCH",
            f"{what} has version {version}, and this package is {__version__}. Install the two from the same version of xaigrid.",
        )


@cache
def _version_of(words: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            [*words, "--version"], capture_output=True, text=True, encoding="utf-8", env=_environment(None), check=False
        )
    except OSError as error:
        raise XaigridError(
            "COMMAND_NOT_FOUND", f"{words[0]} cannot be started: {error.strerror}. {_NODE_NEEDED}, or correct XAIGRID_COMMAND."
        ) from error
    version = done.stdout.strip()
    if done.returncode != 0 or not version[:1].isdigit():
        said = (done.stderr.strip() or version or "nothing").splitlines()[-1]
        raise XaigridError(
            "COMMAND_NOT_FOUND",
            f"`{shlex.join(words)}` is not the command xaigrid; it said: {said} "
            "Put xaigrid on the PATH, or name it by XAIGRID_COMMAND.",
        )
    return version


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    return {**kept, "NO_COLOR": "1", **(more or {})}
