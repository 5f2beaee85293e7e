"""Layers that were read before, kept by diff ID in a folder of the cache, one file a layer.

A layer's content never changes under its diff ID, so what is kept never goes stale.  A file comes to be
under a temporary name and is renamed: several processes may write at once, and none leaves a torn file.
What cannot be read whole (zlib keeps a checksum) counts as not there.  All of it is safe to delete.
"""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from imagematrix import whole
from imagematrix.errors import MachineError
from imagematrix.image.files import Broken, Compressed, Elf, Entry, Kind, LayerFiles, LayerSizes, Packed
from imagematrix.image.sampling import is_loose

LIMIT_BYTES: Final = 512 << 20
_VERSION: Final = 4  # goes up when what is kept, or how it is read out of a layer, means something else
_HEAD_BYTES: Final = 1 << 10  # of a file that hold its sizes, which stand at its beginning
_MOST_PACKED: Final = 4  # blobs of a layer that are remembered: what its head has room for
_LARGEST_FILE: Final = 1 << 30  # bytes unpacked: far above a million entries
_ABANDONED_SECONDS: Final = 3600  # age of a temporary file that nobody writes any more
_DIGEST: Final = re.compile(r"^sha256:([0-9a-f]{64})$")
_AFTER_SIZES: Final = b',"paths":'  # what follows on the sizes in a file (see _encode)
_UNREADABLE: Final = (OSError, zlib.error, ValueError, KeyError, TypeError, IndexError, RecursionError)
_KINDS: Final = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerStore:
    """The kept layers.  The folder need not be there."""

    folder: Path
    limit_bytes: int = LIMIT_BYTES  # on disk; what was used longest ago goes first

    def load(self, diff_id: str, *, exact_sizes: bool = False) -> LayerFiles | None:
        """A kept layer; None where it is not kept whole.

        One whose compressed size is estimated too loosely does not do, and with `exact_sizes` none whose is at all.
        """
        path = self._path(diff_id)
        try:
            unpacker = zlib.decompressobj()
            text = unpacker.decompress(path.read_bytes(), _LARGEST_FILE)
            layer = _decode(json.loads(text)) if unpacker.eof else None
        except _UNREADABLE:
            return None
        if layer is None or layer.diff_id != diff_id:
            return None
        if is_loose(layer.compressed) or (exact_sizes and not layer.compressed.whole):
            return None
        with suppress(OSError):
            os.utime(path)  # used just now
        return layer

    def sizes(self, diff_ids: Iterable[str]) -> dict[str, LayerSizes]:
        """The sizes alone of those of these layers that are kept, from the heads of their files."""
        known = {diff_id: self._sizes(diff_id) for diff_id in diff_ids}
        return {diff_id: sizes for diff_id, sizes in known.items() if sizes is not None}

    def _sizes(self, diff_id: str) -> LayerSizes | None:
        try:
            with self._path(diff_id).open("rb") as file:
                head = zlib.decompressobj().decompress(file.read(_HEAD_BYTES), _HEAD_BYTES)
            told = json.loads(head[: head.index(_AFTER_SIZES)] + b"}")
            if told["version"] != _VERSION or told["diff_id"] != diff_id:
                return None
            return LayerSizes(told["content_bytes"], Compressed(*told["compressed"]), _packed(told))
        except _UNREADABLE:
            return None

    def save(self, layer: LayerFiles) -> LayerFiles:
        """Keep a layer, and let go what is over the limit.  Gives it with the blobs that it was found in before.

        Raises MachineError where it cannot be written.
        """
        known = self._sizes(layer.diff_id)
        packed = dict.fromkeys((*(known.packed if known else ()), *layer.packed))
        layer = replace(layer, packed=tuple(packed)[-_MOST_PACKED:])
        document = json.dumps(_encode(layer), separators=(",", ":")).encode()
        self._write(self._path(layer.diff_id), zlib.compress(document, 1))
        self._trim()
        return layer

    def diff_id_of(self, blob: str) -> str:
        """The diff ID of the layer in a compressed blob that was read before, by the blob's digest; or ""."""
        try:
            told = self._path(blob).with_suffix(".blob").read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""
        return told if _DIGEST.match(told) else ""

    def save_blob(self, blob: str, diff_id: str) -> None:
        """Keep which layer is in a compressed blob."""
        self._write(self._path(blob).with_suffix(".blob"), diff_id.encode())

    def _path(self, digest: str) -> Path:
        match = _DIGEST.match(digest)
        if not match:
            raise ValueError(f"no digest: {digest!r}")
        return self.folder / f"{match[1]}.layer"

    def _write(self, path: Path, content: bytes) -> None:
        try:
            whole.write(path, content)
        except OSError as error:
            raise MachineError(
                f"what was read of a layer cannot be kept: {error.strerror or error}",
                where=str(self.folder),
                next_step="make room there, make the folder writable, or remove what is in the way",
            ) from error

    def _trim(self) -> None:
        found = []
        with suppress(OSError):  # another process may trim, or a user delete, at the same time
            for path in self.folder.iterdir():
                told = path.stat()
                if path.suffix == ".tmp" and told.st_mtime < time.time() - _ABANDONED_SECONDS:
                    path.unlink()
                elif path.suffix in (".layer", ".blob"):
                    found.append((told.st_mtime_ns, told.st_size, path))
            over = sum(size for _, size, _ in found) - self.limit_bytes
            for _, size, path in sorted(found)[:-1]:
                if over <= 0:
                    break
                path.unlink(missing_ok=True)
                over -= size


def _encode(layer: LayerFiles) -> dict[str, object]:
    """Column by column, which is smaller and read faster than entry by entry; what is usual is left out.

    The sizes come first, where they can be read without the rest.
    """
    entries = layer.entries
    return {
        "version": _VERSION,
        "diff_id": layer.diff_id,
        "content_bytes": layer.content_bytes,
        "compressed": layer.compressed,
        "packed": layer.packed,
        "paths": [entry.path for entry in entries],
        "kinds": "".join(entry.kind.value for entry in entries),
        "bytes": [entry.bytes for entry in entries],
        "modes": [entry.mode for entry in entries],
        "uids": [entry.uid for entry in entries],
        "targets": {n: entry.target for n, entry in enumerate(entries) if entry.target},
        "contents": {
            n: entry.content
            for n, entry in enumerate(entries)
            if entry.kind is Kind.FILE and entry.content != entry.path
        },
        # One character a byte, so that any content comes back as it was.
        "texts": {path: text.decode("latin-1") for path, text in layer.texts.items()},
        "elves": {
            path: [elf.machine, elf.interpreter, elf.needed, elf.versions, elf.searched, elf.broken or ""]
            for path, elf in layer.elves.items()
        },
    }


def _decode(told: Any) -> LayerFiles | None:
    if told["version"] != _VERSION:
        return None
    paths: list[str] = told["paths"]
    kinds = [_KINDS[kind] for kind in told["kinds"]]
    contents = [path if kind is Kind.FILE else "" for path, kind in zip(paths, kinds, strict=True)]
    for number, content in told["contents"].items():
        contents[int(number)] = content
    targets = [""] * len(paths)
    for number, target in told["targets"].items():
        targets[int(number)] = target
    columns: Iterable[Any] = zip(
        paths, kinds, told["bytes"], told["modes"], told["uids"], contents, targets, strict=True
    )
    return LayerFiles(
        diff_id=told["diff_id"],
        content_bytes=told["content_bytes"],
        entries=tuple(map(Entry._make, columns)),
        texts={path: text.encode("latin-1") for path, text in told["texts"].items()},
        elves={path: _elf(*fields) for path, fields in told["elves"].items()},
        compressed=Compressed(*told["compressed"]),
        packed=_packed(told),
    )


def _packed(told: Any) -> tuple[Packed, ...]:
    return tuple(Packed(*each) for each in told["packed"])


def _elf(
    machine: str, interpreter: str, needed: list[str], versions: list[str], searched: list[str], broken: str
) -> Elf:
    return Elf(
        machine=machine,
        interpreter=interpreter,
        needed=tuple(needed),
        versions=tuple(versions),
        searched=tuple(searched),
        broken=Broken(broken) if broken else None,
    )
