"""What any document is held to while it is read: its time, its memory, and nothing written or started."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from imagematrix.errors import ImagematrixError, StepError
from imagematrix.text import one_line

SECONDS: Final = 10.0  # of one document of some kilobytes; most take milliseconds, but machines are busy
MEMORY_BYTES: Final = 1 << 30  # of data beyond what there is when the reading begins
_LONGEST_MESSAGE: Final = 1000  # characters
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of what changes a disk, each with the places of the paths among its arguments.
_CHANGING: Final = {
    "os.chmod": (0,),
    "os.link": (0, 1),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
}
_STARTING: Final = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect")


class OutOfBoundsError(BaseException):
    """A document took too long, or made the tool do what no document may; nothing in the package catches it."""


class _Watch:
    """An audit hook, which stays for good; it looks only while a document is being read."""

    def __init__(self) -> None:
        self.folder: Path | None = None  # where writing is allowed; None: nobody looks
        self.seen: list[str] = []

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if self.folder is None:
            return
        if event == "open":
            flags = args[2] if isinstance(args[2], int) else 0
            if flags & _WRITING and not isinstance(args[0], int):
                self._check(event, args[0])
        elif event in _CHANGING:
            for place in _CHANGING[event]:
                self._check(event, args[place])
        elif event in _STARTING and args[0] != "git":  # which is asked what a user calls a commit
            self._refuse(f"{event} {args[0]!r}")

    def _check(self, event: str, path: object) -> None:
        if isinstance(path, int):
            return  # a descriptor, which was opened under the same eyes
        assert self.folder is not None
        real = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        if real != str(self.folder) and not real.startswith(f"{self.folder}/"):
            self._refuse(f"{event} {path!r}")

    def _refuse(self, what: str) -> None:
        self.seen.append(what)
        raise OutOfBoundsError(what)


_watch: Final = _Watch()
sys.addaudithook(_watch)


@contextmanager
def bounds(folder: Path, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> Iterator[None]:
    """Run the block within these bounds; it may write below `folder` alone, and start and call nobody.

    Out of memory is a MemoryError, which no test expects.  The clock is that of the wall.
    """

    def late(_number: int, _frame: FrameType | None) -> None:
        raise OutOfBoundsError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    _watch.seen.clear()
    _watch.folder = Path(os.path.realpath(folder))
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + memory_bytes, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        _watch.folder = None
        sys.dont_write_bytecode = bytecode
    assert not _watch.seen, _watch.seen  # even where something swallowed what the hook raised


def refused(
    read: Callable[[], object],
    *,
    folder: Path,
    seconds: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> str:
    """Do the reading within bounds: "" where it goes well, else the message of the refusal.

    Any exception but a refusal of ours passes, and fails the test; so does a message that is more than a line,
    that a terminal would act on, or that is too long to be read.
    """
    try:
        with bounds(folder, seconds=seconds, memory_bytes=memory_bytes):
            read()
    except (ImagematrixError, StepError) as error:
        what = error.what if isinstance(error, ImagematrixError) else error.reason
        said = [what] + ([error.where, error.next_step] if isinstance(error, ImagematrixError) else [])
        for text in said:
            assert text == one_line(text), repr(text)
            assert text.isprintable() or not text.isascii(), repr(text)
        assert what.strip(), "a refusal that says nothing"
        assert len(what) <= _LONGEST_MESSAGE, what
        return what
    return ""


def _data_bytes() -> int:
    """Private writable memory of this process (proc(5), status: VmData), which is what the limit counts."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmData:")[2].split()[0]) << 10
