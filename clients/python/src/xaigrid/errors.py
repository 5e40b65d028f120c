"""The one exception of this package."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"(?<=[^.\s][.!?])\s+(?=[A-Z`\"(])")


class XaigridError(Exception):
    """Every error that xaigrid reports on purpose.

    Attributes:
        code: what a program tests, such as ``SPEC_INVALID``. docs/reference.md lists those of the command.
            ``COMMAND_NOT_FOUND`` and ``PACKAGE_MISSING`` come from this package alone.
        message: everything that was said.
        sentence: what is wrong, the first sentence of the message.
        hint: what to do, the rest of the message; empty if the first sentence says it.
        exit_status: the exit status of the command; None if the error came from this package or a server.

    """

    def __init__(self, code: str, message: str, exit_status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.exit_status = exit_status
        parts = _SENTENCE_END.split(message, maxsplit=1)
        self.sentence = parts[0]
        self.hint = parts[1] if len(parts) > 1 else ""

    def __reduce__(self) -> tuple[type[XaigridError], tuple[str, str, int | None]]:
        return (type(self), (self.code, self.message, self.exit_status))


_REPORTED = re.compile(r"^xaigrid: ([A-Z][A-Z_]+): ", re.MULTILINE)
_USAGE = re.compile(r"^error: ", re.MULTILINE)


def error_from(stderr: str, exit_status: int) -> XaigridError:
    """The error that the command reported last on stderr."""
    reported = list(_REPORTED.finditer(stderr))
    if reported:
        last = reported[-1]
        return XaigridError(last[1], stderr[last.end() :].strip(), exit_status)
    usage = list(_USAGE.finditer(stderr))
    if usage:
        return XaigridError("USAGE", stderr[usage[-1].end() :].strip(), exit_status)
    said = stderr.strip()[-2000:]
    return XaigridError("INTERNAL", f"The command ended with status {exit_status}. It said: {said or 'nothing'}", exit_status)


def missing_package(name: str, purpose: str, *needed: str) -> XaigridError:
    """The error for an optional package that is not installed, with all that the purpose needs."""
    return XaigridError("PACKAGE_MISSING", f"{purpose} needs the package {name}. Install it: pip install {' '.join(needed)}")
