"""An export of images, read once as it streams by: every layer that is wanted, and every JSON document.

The layouts differ by engine and age: `<id>/layer.tar` before Docker 25, `blobs/sha256/…` since, compressed
blobs from a containerd store, `<diff ID>.tar` from Podman.  A layer is known by the digest of its uncompressed
archive (OCI image specification, "Layer DiffID"), and what a blob is is told from its first bytes.  So no
layout need be known, and the order of the blobs does not matter.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from imagematrix.image.compression import peek, sniff, unpacked
from imagematrix.image.files import LayerFiles
from imagematrix.image.layers import read_contents
from imagematrix.image.sampling import Compressing
from imagematrix.image.source import Blob
from imagematrix.image.store import LayerStore
from imagematrix.image.tar import BLOCK, Chunk, FormatError

_LARGEST_DOCUMENT: Final = 16 << 20  # bytes of a manifest or config; registries stop at 4 MiB
_MOST_DOCUMENTS: Final = 64 << 20  # bytes of all of them
_LARGEST_LAYER: Final = 256 << 30  # bytes unpacked: what a compressed stream may swell to
_DIGEST_NAME: Final = re.compile(r"(?:^|/)([0-9a-f]{64})(?:\.tar)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How an export's layers are read."""

    store: LayerStore
    compressing: Callable[[], Compressing]
    exact_sizes: bool  # a kept layer whose compressed size is only estimated is read again
    trusted: bool  # the export's names are believed: an engine's own, not a file from anywhere
    wanted: Collection[str] | None  # diff IDs; None is every layer that comes
    on_layer: Callable[[LayerFiles], None]


@dataclass(kw_only=True, slots=True)
class Export:
    """What came of one export."""

    documents: dict[str, bytes] = field(default_factory=dict)  # by file name
    layers: dict[str, LayerFiles] = field(default_factory=dict)  # by diff ID
    read: list[str] = field(default_factory=list)  # diff IDs of those that the store did not have


def read_export(blobs: Iterable[Blob], how: Reading) -> Export:
    """Read an export to its end.  A layer is kept in the store as soon as it has been read whole.

    Raises FormatError where it is damaged, and what the source of the blobs and the store raise.
    """
    export = Export()
    documents_bytes = 0
    for blob in blobs:
        head, content = peek(blob.content, BLOCK)
        name = posixpath.normpath(blob.name)
        if _is_document(head):
            documents_bytes += blob.bytes
            if blob.bytes > _LARGEST_DOCUMENT or documents_bytes > _MOST_DOCUMENTS:
                raise FormatError(f"its document {name!r} is larger than any image's")
            export.documents[name] = b"".join(content)
        elif len(head) == BLOCK or sniff(head):
            try:
                _layer(blob._replace(name=name, content=content), head, how, export)
            except FormatError as error:
                raise FormatError(f"layer {name!r}: {error}") from error
    return export


def _is_document(head: bytes) -> bool:
    return head.lstrip().startswith((b"{", b"[")) and not _is_tar(head)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar" or head == bytes(BLOCK)  # an empty archive has zeros alone


def _layer(blob: Blob, head: bytes, how: Reading, export: Export) -> None:
    named = _DIGEST_NAME.search(blob.name)
    digest = f"sha256:{named[1]}" if named else ""
    compressed = bool(sniff(head))
    told = (how.store.diff_id_of(digest) if compressed else digest) if digest else ""
    if told and _have(told, how, export):
        return
    taps = _Taps()
    if compressed or not (how.trusted and digest):
        taps.digest = hashlib.sha256()
    if not compressed:
        taps.compressing = how.compressing()
    head, chunks = peek(unpacked(blob.content)[1], BLOCK)
    if not _is_tar(head):
        return  # a signature, say
    tapped = taps.through(chunks)
    contents = read_contents(tapped)
    for _ in tapped:
        pass  # what fills up the archive after its end counts in its digest
    diff_id = f"sha256:{taps.digest.hexdigest()}" if taps.digest else digest
    # A compressed blob is what a registry client would send, as it is.
    size, whole = taps.compressing.result() if taps.compressing else (blob.bytes, True)
    if how.wanted is not None and diff_id not in how.wanted:
        return
    layer = LayerFiles(
        diff_id=diff_id,
        content_bytes=contents.content_bytes,
        entries=contents.entries,
        texts=contents.texts,
        elves=contents.elves,
        compressed_bytes=size,
        compressed_exact=whole,
    )
    export.layers[diff_id] = layer
    export.read.append(diff_id)
    how.store.save(layer)
    if compressed and digest and how.trusted:
        how.store.save_blob(digest, diff_id)
    how.on_layer(layer)


def _have(diff_id: str, how: Reading, export: Export) -> bool:
    """Whether a layer need not be read: it was, or nobody wants it, or it is kept."""
    if diff_id in export.layers:
        return True
    if how.wanted is not None:
        return diff_id not in how.wanted
    kept = how.store.load(diff_id, exact_sizes=how.exact_sizes)
    if kept is None:
        return False
    export.layers[diff_id] = kept
    return True


class _Taps:
    """What a layer's uncompressed archive goes past on its way to the reader."""

    def __init__(self) -> None:
        self.digest: hashlib._Hash | None = None
        self.compressing: Compressing | None = None

    def through(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        seen = 0
        for chunk in chunks:
            seen += len(chunk)
            if seen > _LARGEST_LAYER:
                raise FormatError(f"it unpacks to more than {_LARGEST_LAYER} bytes")
            if self.digest is not None:
                self.digest.update(chunk)
            if self.compressing is not None:
                self.compressing.update(chunk)
            yield chunk
