"""Where the parts of an image come from: an engine's export, an archive file, a folder in OCI layout.

Each gives the same: blobs (layers and JSON documents) one after another, whose content can be read once,
as it comes.  Nothing is written to disk, and no name of an archive is ever opened.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import docker
import requests
from docker.errors import DockerException, create_api_error_from_http_exception

from imagematrix.errors import InputError, Interrupted
from imagematrix.image.compression import at_most, peek, unpacked
from imagematrix.image.documents import LISTS, NO_LIST
from imagematrix.image.tar import BLOCK, FILE, Chunk, FormatError, Tar, is_header

_CHUNK_BYTES: Final = 1 << 20
_POLL_SECONDS: Final = 0.1
# What an archive from anywhere may unpack to: so many bytes, or, where that is more, so many for each of its own.
# Images come to 2 to 4, large files of zeros in them to some more.
_UNPACKED_BYTES: Final = 2 << 30
_SWELLING: Final = 200


class Blob(NamedTuple):
    """One file of an export."""

    name: str  # "blobs/sha256/…", "manifest.json", "<id>/layer.tar"
    bytes: int
    content: Iterator[Chunk]  # to be read, if at all, before the next blob is asked for


def engine_blobs(
    client: docker.DockerClient, refs: Sequence[str], stop: threading.Event
) -> Generator[Blob, None, None]:
    """What the engine exports (`docker save`) of some images, in one answer: shared layers come once.

    Raises docker.errors.APIError where the engine refuses, requests.RequestException where it is gone,
    Interrupted, and tar.FormatError.
    """
    with closing(_answer(client, refs, stop)) as answer:
        yield from _members(_until(answer.iter_content(_CHUNK_BYTES), stop))


def archive_blobs(path: Path, stop: threading.Event) -> Generator[Blob, None, None]:
    """What is in an archive file, compressed or not, or in a folder in OCI layout.

    Raises InputError where it cannot be opened, Interrupted, and tar.FormatError.
    """
    try:
        if path.is_dir():
            yield from _folder(path, stop)
        else:
            with path.open("rb") as file:
                _, chunks = unpacked(_until(_pieces(file.fileno()), stop))
                head, chunks = peek(at_most(chunks, most_unpacked(path)), BLOCK)
                if not (len(head) == BLOCK and is_header(head)):
                    raise FormatError("it is no tar archive, compressed or not" if head else "it is empty")
                yield from _members(chunks)
    except OSError as error:
        raise InputError(
            f"the image archive cannot be read: {error.strerror or error}",
            where=str(path),
            next_step="name a file made by `docker save`, or an OCI image layout",
        ) from error


def check_archive(path: Path) -> None:
    """See what can be seen without reading it all: that it is there, and begins as an image archive does.

    Raises InputError.
    """
    with usable(path), closing(archive_blobs(path, threading.Event())) as blobs:
        if next(blobs, None) is None or (
            path.is_dir() and not any((path / name).is_file() for name in LISTS)
        ):
            raise FormatError(NO_LIST)


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Says of which archive it is that something cannot be understood.  Raises InputError."""
    try:
        yield
    except FormatError as error:
        raise InputError(
            f"the image archive cannot be used: {error}",
            where=str(path),
            next_step="make it again: `docker save --output FILE IMAGE`, or any tool that writes OCI layouts",
        ) from error


def most_unpacked(path: Path) -> int:
    """Bytes that an archive may unpack to: many times what it takes on disk, but no more than is worth a wait."""
    try:
        files = path.rglob("*") if path.is_dir() else [path]
        size = sum(each.stat().st_size for each in files if each.is_file() and not each.is_symlink())
    except OSError:
        size = 0
    return max(_UNPACKED_BYTES, size * _SWELLING)


def _answer(client: docker.DockerClient, refs: Sequence[str], stop: threading.Event) -> requests.Response:
    """The engine's answer to one request for all images; the SDK's own call takes one name only.

    An engine packs everything before it sends the first byte, and that cannot be broken off: so it is waited
    for in another thread, which a request to stop leaves behind.
    """
    api = client.api
    arrived: queue.SimpleQueue[requests.Response | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            url = f"{api.base_url}/v{api.api_version}/images/get"
            arrived.put(api.get(url, params={"names": list(refs)}, stream=True, timeout=api.timeout))
        except (requests.RequestException, DockerException, OSError) as error:
            arrived.put(error)

    threading.Thread(target=ask, name="image export", daemon=True).start()
    while True:
        if stop.is_set():
            raise Interrupted
        try:
            answer = arrived.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        if isinstance(answer, Exception):
            raise answer
        try:
            answer.raise_for_status()
        except requests.HTTPError as error:
            with closing(answer):
                create_api_error_from_http_exception(error)
        return answer


def _members(chunks: Iterable[Chunk]) -> Generator[Blob, None, None]:
    tar = Tar(chunks)
    for member in tar.members():
        if member.kind == FILE and member.whole:
            yield Blob(member.name, member.bytes, tar.content())


def _folder(folder: Path, stop: threading.Event) -> Generator[Blob, None, None]:
    """The files of an OCI layout; links are not followed, so nothing outside of it is read."""
    for path in (*sorted(folder.glob("*.json")), *sorted((folder / "blobs").glob("*/*"))):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                content = _until(_pieces(file.fileno()), stop)
                yield Blob(path.relative_to(folder).as_posix(), path.stat().st_size, content)


def _pieces(descriptor: int) -> Iterator[bytes]:
    while piece := os.read(descriptor, _CHUNK_BYTES):
        yield piece


def _until(chunks: Iterable[Chunk], stop: threading.Event) -> Iterator[Chunk]:
    for chunk in chunks:
        if stop.is_set():
            raise Interrupted
        yield chunk
