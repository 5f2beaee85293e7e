"""The quick way to an image's files: a walk by its own node.  Nothing is exported, nothing is hashed.

What a walk tells is held against the sums of the image's layers, and kept by the chain of its layers: the
files of the same layers are the same, whatever the image's config says.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import docker
from filelock import FileLock, Timeout

from imagematrix import scratch
from imagematrix.errors import Interrupted, MachineError
from imagematrix.image.files import (
    ENGINE_PLACES,
    FIRST_BYTES,
    WANTED,
    WANTED_ELF,
    WANTED_LIMIT_BYTES,
    FileSystem,
)
from imagematrix.image.names import visible
from imagematrix.image.walk_container import SCRIPT, tell
from imagematrix.image.walk_lines import LINE_LIMIT_BYTES, Telling, WalkRefusedError
from imagematrix.model import EngineImage, ReadyBase

_VERSION: Final = 4  # goes up when what is kept means something else
# The last is there on machines whose Podman has subscriptions to share (containers-mounts.conf(5)).
_MOUNTED: Final = (*ENGINE_PLACES, "/run/secrets")
_KEPT: Final = 100  # walks; of an image with a whole Debian in it, some 3 MB each
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class NoWalk:
    """There is no walk of an image that can be believed."""

    reason: str


def walk(
    client: docker.DockerClient,
    image: EngineImage,
    *,
    labels: Mapping[str, str],
    cache: Path,
    stop: threading.Event,
) -> FileSystem | NoWalk:
    """The files of an image, by a container of it that is gone again afterwards.

    `labels` are those of the run (LABEL_OWNER, LABEL_RUN); `cache` is the folder that keeps walks.  Raises
    Interrupted when `stop` is set, MachineError where the cache cannot be written.
    """
    return _walk(
        client,
        image.ref,
        entrypoint=image.config.entrypoint,
        diff_ids=[layer.diff_id for layer in image.layers],
        unpacked_bytes=image.unpacked_bytes,
        labels=labels,
        cache=cache,
        stop=stop,
    )


def walk_base(
    client: docker.DockerClient,
    base: ReadyBase,
    image: EngineImage,
    *,
    labels: Mapping[str, str],
    cache: Path,
    stop: threading.Event,
) -> FileSystem | NoWalk:
    """The files of the base image that `image` stands on; otherwise as `walk`."""
    return _walk(
        client,
        base.build_ref,
        entrypoint=image.config.entrypoint,
        diff_ids=base.diff_ids,
        unpacked_bytes=sum(layer.bytes for layer in image.layers[: len(base.diff_ids)]),
        labels=labels,
        cache=cache,
        stop=stop,
    )


def _walk(
    client: docker.DockerClient,
    ref: str,
    *,
    entrypoint: Sequence[str],
    diff_ids: Sequence[str],
    unpacked_bytes: int,
    labels: Mapping[str, str],
    cache: Path,
    stop: threading.Event,
) -> FileSystem | NoWalk:
    kept = cache / f"{_key(diff_ids)}.jsonl"
    with _alone(kept, stop):
        files = _held(kept)
        if files is not None:
            return files
        telling = Telling()
        try:
            lines = tell(client, ref, entrypoint=entrypoint, labels=labels, stop=stop)
            with closing(lines), _keeping(kept) as write:
                for line in lines:
                    write(telling.feed(line) + b"\n")
                files = telling.end()
                _believe(files, telling.mounts, unpacked_bytes)
        except WalkRefusedError as refused:
            # An engine's words may have lines; those of a program inside may have anything.
            reason = visible(" ".join(str(refused).split()))
            return NoWalk(reason=f"a walk by the image's own node: {reason}")
        _prune(cache)
        return files


def _believe(files: FileSystem, mounts: Sequence[str], unpacked_bytes: int) -> None:
    """Hold a walk against what is known of the image otherwise.  Raises WalkRefusedError."""
    for path in mounts:
        if not any(path == place or path.startswith(f"{place}/") for place in _MOUNTED):
            raise WalkRefusedError(f"the engine hides {path} from it")
    visible = files.visible_bytes
    if visible > unpacked_bytes:
        raise WalkRefusedError(f"it told of {visible} bytes, where all layers hold {unpacked_bytes}")


def _key(diff_ids: Sequence[str]) -> str:
    """What a walk is kept by: the layers, and all that decides what is told of them."""
    told_by = [
        str(_VERSION),
        SCRIPT,
        *ENGINE_PLACES,
        *WANTED,
        *WANTED_ELF,
        str(WANTED_LIMIT_BYTES),
        str(FIRST_BYTES),
    ]
    return hashlib.sha256("\0".join([*told_by, *diff_ids]).encode()).hexdigest()


def _held(kept: Path) -> FileSystem | None:
    """A walk that was kept; None where there is none, or none that can be read."""
    telling = Telling()
    try:
        with kept.open("rb") as lines:
            while line := lines.readline(LINE_LIMIT_BYTES):
                telling.feed(line)
        os.utime(kept)  # the longest unused goes first
        return telling.end()
    except (OSError, WalkRefusedError):
        return None


@contextmanager
def _alone(kept: Path, stop: threading.Event) -> Iterator[None]:
    """One walk of the same files at a time; a lock file serves many, so that they do not add up."""
    with _cache_errors(kept.parent):
        kept.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(kept.parent / f"{kept.name[:2]}.lock")
    while not lock.is_locked:
        if stop.is_set():
            raise Interrupted
        with _cache_errors(kept.parent), suppress(Timeout):
            lock.acquire(timeout=_POLL_SECONDS, poll_interval=_POLL_SECONDS / 4)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _keeping(kept: Path) -> Iterator[Callable[[bytes], None]]:
    """Writes a file that takes its place whole when the block ends well, and is gone when it does not."""
    folder = kept.parent
    with _cache_errors(folder):
        handle, aside = scratch.file(folder)
    out = os.fdopen(handle, "wb")

    def write(line: bytes) -> None:
        with _cache_errors(folder):
            out.write(line)

    try:
        yield write
        with _cache_errors(folder):
            out.flush()
            aside.replace(kept)  # before it is closed: what nobody holds open may be swept
    finally:
        with suppress(OSError):  # what a full disk did not take it does not take now
            out.close()
        aside.unlink(missing_ok=True)


def _prune(folder: Path) -> None:
    """Keep the walks that were used last."""
    walks = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    for path in walks[:-_KEPT]:
        path.unlink(missing_ok=True)


@contextmanager
def _cache_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"the cache cannot be written: {error.strerror or error}",
            where=str(folder),
            next_step="make room, make that folder writable, or remove it: all in it is made again",
        ) from error
