"""An image's layers, read from the engine's export (`docker save`) as one stream.

Needed where the engine's metadata does not do: an image store whose own figures count disk blocks, a
history that cannot be told apart.  Nothing is written to disk and no layer is held in memory.
"""

from __future__ import annotations

import io
import json
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

import docker

from imagematrix.model import HistoryLine

_JSON_LIMIT_BYTES = 16 << 20  # of a manifest or config; an OCI registry's limit is 4 MiB


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """What an export says of one image."""

    history: tuple[HistoryLine, ...]  # oldest first; `bytes` of a line that made a layer is that layer's
    layer_bytes: tuple[tuple[str, int], ...]  # (diff ID, bytes), bottom first


def read_export(client: docker.DockerClient, ref: str) -> Export:
    """Stream one image out of its engine and count its layers' content.

    Raises ValueError when what comes is not an image export.
    """
    return parse_export(cast(Iterable[bytes], client.api.get_image(ref, chunk_size=1 << 20)))


def parse_export(chunks: Iterable[bytes]) -> Export:
    """Count the layers of an image export, of any age: `<id>/layer.tar`, or `blobs/sha256/…`."""
    sizes: dict[str, int] = {}
    links: dict[str, str] = {}
    documents: dict[str, object] = {}
    with tarfile.open(fileobj=_Stream(iter(chunks)), mode="r|") as outer:
        for member in outer:
            if member.issym():
                # Engines before 25 export a layer that is there already as a link to its first copy.
                links[member.name] = posixpath.normpath(
                    posixpath.join(posixpath.dirname(member.name), member.linkname)
                )
            content = outer.extractfile(member) if member.isfile() else None
            if content is None:
                continue
            blob = io.BufferedReader(cast(io.RawIOBase, content), 1 << 20)
            start = blob.peek(64)[:64].lstrip()
            if start.startswith((b"{", b"[")):
                if member.size <= _JSON_LIMIT_BYTES:
                    documents[member.name] = json.loads(blob.read())
            elif member.size > 0 and not _is_version_file(member):
                sizes[member.name] = content_bytes(blob)
    sizes.update({name: sizes[target] for name, target in links.items() if target in sizes})
    return _assemble(documents, sizes)


def _is_version_file(member: tarfile.TarInfo) -> bool:
    return member.name.endswith("VERSION")


def _assemble(documents: dict[str, object], sizes: dict[str, int]) -> Export:
    try:
        manifest = cast(list[dict[str, object]], documents["manifest.json"])[0]
        config = cast(dict[str, object], documents[cast(str, manifest["Config"])])
        names = cast(list[str], manifest["Layers"])
        diff_ids = cast(list[str], cast(dict[str, object], config["rootfs"])["diff_ids"])
        layer_bytes = tuple((diff, sizes[name]) for diff, name in zip(diff_ids, names, strict=True))
        entries = cast(list[dict[str, object]], config.get("history") or [])
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"not an image export: {error!r}") from error
    left = [size for _, size in layer_bytes]
    lines = []
    for entry in entries:
        empty = bool(entry.get("empty_layer"))
        size = 0 if empty or not left else left.pop(0)
        lines.append(HistoryLine(created_by=str(entry.get("created_by", "")), bytes=size, empty=empty))
    return Export(history=tuple(lines), layer_bytes=layer_bytes)


def content_bytes(layer: IO[bytes]) -> int:
    """Bytes of a layer's regular files, a file with several hard links once; links and folders have none.

    The same sum as `docker history` shows for a layer that BuildKit made (moby, layer/migration.go: the
    sizes in its tar headers), but independent of the image store.
    """
    with tarfile.open(fileobj=layer, mode="r|*") as inner:
        return sum(member.size for member in inner if member.isreg())


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file that can be read once, forwards."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
