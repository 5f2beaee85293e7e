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
from dataclasses import dataclass, field, replace
from typing import Final

from imagematrix.image.compression import peek, sniff, unpacked
from imagematrix.image.files import LayerFiles, Packed
from imagematrix.image.layers import Room, read_contents
from imagematrix.image.names import visible
from imagematrix.image.sampling import Compressing
from imagematrix.image.source import Blob
from imagematrix.image.store import LayerStore
from imagematrix.image.tar import BLOCK, Chunk, FormatError

_LARGEST_DOCUMENT: Final = 16 << 20  # bytes of a manifest or config; registries stop at 4 MiB
_MOST_DOCUMENTS: Final = 64 << 20  # bytes of all of them
_DOCUMENT_BYTES: Final = 512  # that each takes at least: its name, and that it is there
_MOST_LAYERS: Final = 2_000  # of one export; an engine has at most some 125 in an image
LARGEST: Final = 1 << 40  # bytes unpacked that the layers of an engine's export may come to, all together
_MOST_BLOBS: Final = 20  # that one layer is known to be in
_USUAL_RATIO: Final = 3  # of a layer's bytes before and after compression, where only these are known
_DIGEST_NAME: Final = re.compile(r"(?:^|/)([0-9a-f]{64})(?:\.tar)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How an export's layers are read."""

    store: LayerStore
    compressing: Callable[[int], Compressing]  # given the bytes of the archive, as far as they are known
    exact_sizes: bool  # a kept layer whose compressed size is only estimated is read again
    trusted: bool  # the export's names are believed: an engine's own, not a file from anywhere
    most_bytes: int  # that its layers may unpack to, all together
    wanted: Collection[str] | None  # diff IDs; None is every layer that comes
    on_layer: Callable[[LayerFiles], None]


@dataclass(kw_only=True, slots=True)
class Export:
    """What came of one export."""

    documents: dict[str, bytes] = field(default_factory=dict)  # by file name
    layers: dict[str, LayerFiles] = field(default_factory=dict)  # by diff ID
    read: list[str] = field(default_factory=list)  # diff IDs of those that the store did not have
    room: Room = field(default_factory=Room)
    unpacked_bytes: int = 0


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
            documents_bytes += max(blob.bytes, _DOCUMENT_BYTES) + len(name)
            if blob.bytes > _LARGEST_DOCUMENT:
                raise FormatError(f"its document {_shown(name)} is larger than any image's")
            if documents_bytes > _MOST_DOCUMENTS:
                raise FormatError("its documents are more than any images have")
            export.documents[name] = b"".join(content)
        elif len(head) == BLOCK or sniff(head):
            try:
                _layer(blob._replace(name=name, content=content), head, how, export)
            except FormatError as error:
                raise FormatError(f"layer {_shown(name)}: {error}") from error
    return export


def _shown(name: str) -> str:
    return f"'{visible(name[:100])}{'…' if len(name) > 100 else ''}'"


def _is_document(head: bytes) -> bool:
    return head.lstrip().startswith((b"{", b"[")) and not _is_tar(head)


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar" or head == bytes(BLOCK)  # an empty archive has zeros alone


def _layer(blob: Blob, head: bytes, how: Reading, export: Export) -> None:
    named = _DIGEST_NAME.search(blob.name)
    digest = f"sha256:{named[1]}" if named else ""
    compression = sniff(head)
    compressed = bool(compression)
    told = (how.store.diff_id_of(digest) if compressed else digest) if digest else ""
    packed = Packed(digest or blob.name, compression, blob.bytes)
    if told and _have(told, packed, how, export):
        return
    if len(export.layers) >= _MOST_LAYERS:
        raise FormatError(f"one more than the {_MOST_LAYERS} that an archive may have")
    taps = _Taps(export, how.most_bytes, how.compressing(blob.bytes * (_USUAL_RATIO if compressed else 1)))
    if compressed or not (how.trusted and digest):
        taps.digest = hashlib.sha256()
    head, chunks = peek(unpacked(blob.content)[1], BLOCK)
    if not _is_tar(head):
        return  # a signature, say
    tapped = taps.through(chunks)
    contents = read_contents(tapped, export.room)
    for _ in tapped:
        pass  # what fills up the archive after its end counts in its digest
    diff_id = f"sha256:{taps.digest.hexdigest()}" if taps.digest else digest
    if how.wanted is not None and diff_id not in how.wanted:
        return
    layer = LayerFiles(
        diff_id=diff_id,
        content_bytes=contents.content_bytes,
        entries=contents.entries,
        texts=contents.texts,
        elves=contents.elves,
        compressed=taps.compressing.result(),
        packed=(),
    )
    export.read.append(diff_id)
    export.layers[diff_id] = _with(how.store.save(layer), packed, how)
    if compressed and digest and how.trusted:
        how.store.save_blob(digest, diff_id)
    how.on_layer(layer)


def _have(diff_id: str, packed: Packed, how: Reading, export: Export) -> bool:
    """Whether a layer need not be read: it was, or nobody wants it, or it is kept."""
    layer = export.layers.get(diff_id)
    if layer is None:
        if how.wanted is not None:
            return diff_id not in how.wanted
        layer = how.store.load(diff_id, exact_sizes=how.exact_sizes)
        if layer is None:
            return False
        export.room.take(len(layer.entries), 0)
        # What an engine has is nothing to an archive.
        layer = layer if how.trusted else replace(layer, packed=())
    export.layers[diff_id] = _with(layer, packed, how)
    return True


def _with(layer: LayerFiles, packed: Packed, how: Reading) -> LayerFiles:
    """The layer, and that it is in this blob; an engine's word for it is kept."""
    if len(layer.packed) >= _MOST_BLOBS or packed in layer.packed or (how.trusted and not packed.compression):
        return layer
    found = replace(layer, packed=(*layer.packed, packed))
    return how.store.save(found) if how.trusted else found


class _Taps:
    """What a layer's uncompressed archive goes past on its way to the reader."""

    def __init__(self, export: Export, most_bytes: int, compressing: Compressing) -> None:
        self._export = export
        self._most_bytes = most_bytes
        self.digest: hashlib._Hash | None = None
        self.compressing = compressing

    def through(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            self._export.unpacked_bytes += len(chunk)
            if self._export.unpacked_bytes > self._most_bytes:
                raise FormatError(f"with it, the archive unpacks to more than {self._most_bytes} bytes")
            if self.digest is not None:
                self.digest.update(chunk)
            self.compressing.update(chunk)
            yield chunk
