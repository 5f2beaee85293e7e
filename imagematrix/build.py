"""One image from one Dockerfile, by BuildKit.

The engine's SDK cannot drive BuildKit, so `docker buildx build` does; what happened is read from its
machine-readable progress (BuildKit's SolveStatus objects), never from text meant for people.
"""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagematrix import scratch
from imagematrix.errors import EngineError, Interrupted, MachineError, StepError, out_of_files
from imagematrix.model import Built, Engine, Step
from imagematrix.solve import Solve
from imagematrix.text import without_users

Pairs = tuple[tuple[str, str], ...]

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_SILENT_SECONDS = 60.0  # after which a build that says nothing is told of
_LARGE_BYTES = 100_000_000  # of a build context that is told of
_POLL_SECONDS = 0.2  # how soon a stop request is seen while a build says nothing


def build(
    engine: Engine,
    *,
    context: Path,
    dockerfile: Path,
    tags: tuple[str, ...],
    log: Path,
    cache: Path,
    build_args: Pairs = (),
    target: str = "",
    platform: str = "",
    contexts: Pairs = (),
    labels: Pairs = (),
    secrets: tuple[tuple[str, Path], ...] = (),
    on_progress: Callable[[str], None] = lambda _: None,
    on_notice: Callable[[str], None] = lambda _: None,
    hide: Callable[[str], str] = without_users,
    stop: threading.Event | None = None,
) -> Built:
    """Build and load one image into the engine under these tags.

    `contexts` are named build contexts, (("node:24", "docker-image://…"), ("rootfs", "/a/folder")): they
    put another image in the place of a FROM without touching the Dockerfile.  `on_progress` is told the
    name of each step as it starts, `on_notice` what a user should know who waits for one that says nothing, or
    whose context is large; nothing but `stop` limits how long it takes.  The whole log goes to `log`, each line
    as `hide` has it; what is needed for the moment, into `cache`.

    Raises StepError when the build fails, with the step and its last lines; EngineError where buildx cannot
    be started; MachineError where the log or the cache cannot be written; Interrupted when `stop` is set
    meanwhile.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with scratch.folder(cache / "scratch") as own:
        metadata_file = own / "metadata.json"
        command = [
            *engine.buildx,
            "build",
            "--progress=rawjson",
            "--load",
            f"--metadata-file={metadata_file}",
        ]
        command += [f"--file={dockerfile}", *(f"--tag={tag}" for tag in tags)]
        command += [f"--build-arg={_argument(name, value)}" for name, value in build_args]
        command += [f"--build-context={name}={value}" for name, value in contexts]
        command += [f"--label={name}={value}" for name, value in labels]
        command += [f"--secret=id={name},src={path}" for name, path in secrets]
        command += [f"--target={target}"] if target else []
        command += [f"--platform={platform}"] if platform else []
        solve = Solve(on_progress)
        with _kept(log) as write:
            watch = _Watch(solve, context, log, lambda text: on_notice(hide(text)))
            code = _run([*command, str(context)], engine, solve, lambda text: write(hide(text)), stop, watch)
        if code != 0:
            raise StepError(Step.BUILD, hide(_failure(solve, code, engine)), log=log)
        metadata = json.loads(metadata_file.read_text(encoding="utf-8"))
    return Built(
        seconds=solve.seconds,
        cached=solve.cached,
        config_digest=metadata["containerimage.config.digest"],
        image_ref=metadata["containerimage.digest"],
        log=log,
    )


def _argument(name: str, value: str) -> str:
    """One that is in our environment is left to buildx to read there: everyone can read a command line."""
    return name if os.environ.get(name) == value else f"{name}={value}"


def _failure(solve: Solve, code: int, engine: Engine) -> str:
    told = solve.failure() or f"buildx ended with exit code {code}"
    kept = dict(engine.env).get("BUILDX_CONFIG", "")
    if solve.begun or not kept:
        return told
    return f"{told} (before any step: should what buildx keeps in {kept} be damaged, remove that folder)"


@contextmanager
def _kept(log: Path) -> Iterator[Callable[[str], object]]:
    """A log that is written line by line, so that it can be followed.  Raises MachineError."""
    with _log_errors(log):
        sink = log.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)

    def write(text: str) -> None:
        with _log_errors(log):
            sink.write(text)

    try:
        yield write
    finally:
        with suppress(OSError):  # what was not written has been told
            sink.close()


@contextmanager
def _log_errors(log: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"the build's log cannot be kept: {error.strerror}",
            where=str(log),
            next_step="make room there, or make the folder writable",
        ) from error


def _run(
    command: list[str],
    engine: Engine,
    solve: Solve,
    write: Callable[[str], object],
    stop: threading.Event | None,
    watch: _Watch,
) -> int:
    # An attestation would turn the result into an index, and its digest into one that changes every time.
    env = {**os.environ, **dict(engine.env), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    # A session of its own: Ctrl-C reaches this process alone, which then ends the build in order.
    try:
        process = subprocess.Popen(
            command,
            preexec_fn=_end_with_parent,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise out_of_files(error) or EngineError(
            f"buildx cannot be started: {error.strerror}",
            where=command[0],
            next_step="install it anew; where it lies in the cache, remove its folder there, which is then "
            "fetched anew",
        ) from error
    try:
        for line in _lines(process, stop, watch):
            for text in solve.feed(line):
                write(text + "\n")
            if solve.boots:  # in a container without our labels and limits, which nobody would remove
                return 1
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert process.stderr is not None
        process.stderr.close()


def _end_with_parent() -> None:
    """In the child, before it becomes buildx: it is ended when this process is killed (prctl(2), PR_SET_PDEATHSIG).

    Where the system has no such call a build goes on to its end.
    """
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


class _Watch:
    """Tells the user of a build that says nothing, and of a context that is large: at first, and as it doubles."""

    def __init__(self, solve: Solve, context: Path, log: Path, tell: Callable[[str], None]) -> None:
        self._solve = solve
        self._context = context
        self._log = log
        self._tell = tell
        self._large_bytes = _LARGE_BYTES
        self.heard()

    def heard(self) -> None:
        """The build has said something."""
        self._heard = time.monotonic()
        self._silent_seconds = _SILENT_SECONDS

    def look(self) -> None:
        """Whether there is something to be told."""
        silent = time.monotonic() - self._heard
        if silent >= self._silent_seconds:
            self._silent_seconds *= 2
            at = f" since {self._solve.at}" if self._solve.at else ""
            self._tell(
                f"the build has said nothing for {silent:.0f} s{at}; Ctrl-C ends it, its log is {self._log}"
            )
        if self._solve.context_bytes >= self._large_bytes:
            self._large_bytes = 2 * self._solve.context_bytes
            self._tell(
                f"{self._solve.context_bytes / 1e6:.0f} MB of the build context {self._context} are sent so far; "
                "a .dockerignore in it keeps out what the image does not need"
            )


def _lines(process: subprocess.Popen[bytes], stop: threading.Event | None, watch: _Watch) -> Iterator[str]:
    """The lines of the process's standard error as they come."""
    assert process.stderr is not None
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stderr, selectors.EVENT_READ)
        while True:
            if stop is not None and stop.is_set():
                raise Interrupted
            watch.look()
            if not selector.select(timeout=_POLL_SECONDS):
                continue
            chunk = os.read(process.stderr.fileno(), 1 << 16)
            if not chunk:
                break
            watch.heard()
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode("utf-8", errors="replace")
    if rest:
        yield rest.decode("utf-8", errors="replace")
