"""Image exports made by hand, in the layouts that engines have had."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Sequence

# One regular file of 1000 bytes, a hard link to it, a symbolic link, a folder, a whiteout.
LAYER_BYTES = 1000


def layer(seed: str = "a") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        _add(tar, "etc", kind=tarfile.DIRTYPE)
        _add(tar, "etc/file", data=(seed * 1000).encode())
        _add(tar, "etc/hard", kind=tarfile.LNKTYPE, link="etc/file")
        _add(tar, "etc/soft", kind=tarfile.SYMTYPE, link="file1")
        _add(tar, "etc/.wh.gone")
    return out.getvalue()


def empty_layer() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w"):
        pass
    return out.getvalue()


def _add(
    tar: tarfile.TarFile, name: str, *, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, len(data), link
    tar.addfile(member, io.BytesIO(data))


def diff_id(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def config(layers: Sequence[bytes], history: Sequence[tuple[str, bool]]) -> bytes:
    lines = [{"created_by": by, **({"empty_layer": True} if empty else {})} for by, empty in history]
    rootfs = {"type": "layers", "diff_ids": [diff_id(each) for each in layers]}
    return json.dumps({"architecture": "amd64", "rootfs": rootfs, "history": lines}).encode()


def since_25(layers: Sequence[bytes], config_json: bytes, *, compressed: bool = False) -> bytes:
    """`blobs/sha256/…` and manifest.json; the containerd store has its blobs compressed."""
    blobs = [gzip.compress(each) if compressed else each for each in layers]
    names = [f"blobs/sha256/{hashlib.sha256(each).hexdigest()}" for each in blobs]
    config_name = f"blobs/sha256/{hashlib.sha256(config_json).hexdigest()}"
    manifest = json.dumps([{"Config": config_name, "RepoTags": None, "Layers": names}]).encode()
    entries = {**dict(zip(names, blobs, strict=True)), config_name: config_json}
    entries |= {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "manifest.json": manifest}
    return _outer(entries)


def before_25(layers: Sequence[bytes], config_json: bytes, *, links: dict[int, int] | None = None) -> bytes:
    """`<id>/layer.tar` with VERSION and json beside it; `links` are layers that point to another's copy."""
    links = links or {}
    entries: dict[str, bytes | str] = {}
    for number, each in enumerate(layers):
        entries[f"id{number}/VERSION"] = b"1.0"
        entries[f"id{number}/json"] = b'{"id": "x"}'
        entries[f"id{number}/layer.tar"] = f"../id{links[number]}/layer.tar" if number in links else each
    names = [f"id{number}/layer.tar" for number in range(len(layers))]
    entries["cafe.json"] = config_json
    entries["manifest.json"] = json.dumps([{"Config": "cafe.json", "Layers": names}]).encode()
    return _outer(entries)


def _outer(entries: dict[str, bytes] | dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in entries.items():
            if isinstance(content, str):
                _add(tar, name, kind=tarfile.SYMTYPE, link=content)
            else:
                _add(tar, name, data=content)
    return out.getvalue()


def chunks(raw: bytes, size: int = 700) -> Iterator[bytes]:
    for start in range(0, len(raw), size):
        yield raw[start : start + size]
