"""Every fatal error, each with its exit code and its next step.

Two kinds of failure are kept apart here.  A subclass of `ImagematrixError` ends the command: the tool
cannot do its work.  `StepError` ends one variant only: the pipeline turns it into that variant's
result and the matrix goes on.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import ClassVar


class ImagematrixError(Exception):
    """The command cannot go on: what is wrong, where, and what to do next.

    `where` is a place a person can open: "variants.yml:12:5", a URL, a folder; "" when there is none.
    """

    exit_code: ClassVar[int]

    def __init__(self, what: str, *, where: str = "", next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}\n  next: {self.next_step}"


class InputError(ImagematrixError):
    """Something the user wrote (matrix, flag, file) cannot be used as it is."""

    exit_code = 2


class EngineError(ImagematrixError):
    """No Docker engine, or no client for it, that this tool can work with."""

    exit_code = 3


class BaseImageError(ImagematrixError):
    """A base image can neither be fetched from a registry nor made from packages."""

    exit_code = 3


class FetchError(ImagematrixError):
    """A package could not be downloaded, or what came is not what was pinned or signed."""

    exit_code = 3


class MachineError(ImagematrixError):
    """The machine does not let the tool work: no space, a folder that cannot be written."""

    exit_code = 3


def out_of_files(error: BaseException) -> MachineError | None:
    """What is to be told where an error comes, at bottom, of a limit on open files; None where it does not."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.EMFILE, errno.ENFILE):
            return MachineError(
                f"no more files may be opened: {os.strerror(cause.errno)}",
                next_step="raise the limit (`ulimit -n 1024`), or take fewer variants at a time (--jobs 1)",
            )
        cause = cause.__cause__ or cause.__context__
    return None


def bottom(error: BaseException) -> str:
    """What lies at the bottom of an error, without the layers of the HTTP libraries over it: "Connection refused"."""
    cause = error
    while not isinstance(cause, json.JSONDecodeError):
        inner = cause.__cause__ or cause.__context__
        if inner is None:
            break
        cause = inner
    else:
        return "its answer is no JSON"
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause)


class StepError(Exception):
    """One variant did not get through one step; the others go on.

    `step` is the name of a `model.Step`; `reason` is what the user reads; `log` is the file that holds
    the whole story, where there is one.
    """

    def __init__(self, step: str, reason: str, *, log: Path | None = None) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
        self.log = log


class WrongAnswerError(StepError):
    """The app answered, and not as expected: with this status, after this time since its start."""

    def __init__(self, step: str, reason: str, *, http_status: int, first_response_seconds: float) -> None:
        super().__init__(step, reason)
        self.http_status = http_status
        self.first_response_seconds = first_response_seconds


class UnansweredError(StepError):
    """A program of the image did not end in time, or said too much: what it was asked stays unknown."""


class Interrupted(Exception):  # noqa: N818 - not an error: someone asked us to stop
    """A worker was asked to stop; what it had started is cleaned up by the time this is raised."""
