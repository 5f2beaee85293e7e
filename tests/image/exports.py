"""Image exports made by hand, in the layouts that engines have had; and what reads them back."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imagematrix.image.files import Compressed, LayerFiles
from imagematrix.image.layers import read_contents

if sys.version_info >= (3, 14):
    from compression import zstd as zstd
else:
    from backports import zstd as zstd


class Made(NamedTuple):
    """One entry of a layer to make."""

    name: str
    kind: bytes = tarfile.REGTYPE
    data: bytes = b""
    link: str = ""
    mode: int = 0o644
    uid: int = 0


def file(name: str, size: int | bytes = 0, *, mode: int = 0o644, uid: int = 0) -> Made:
    return Made(name, data=size if isinstance(size, bytes) else b"x" * size, mode=mode, uid=uid)


def folder(name: str, *, mode: int = 0o755) -> Made:
    return Made(name, tarfile.DIRTYPE, mode=mode)


def link(name: str, target: str) -> Made:
    return Made(name, tarfile.SYMTYPE, link=target, mode=0o777)


def hard(name: str, target: str) -> Made:
    return Made(name, tarfile.LNKTYPE, link=target)


def tar(*entries: Made, form: int = tarfile.GNU_FORMAT) -> bytes:
    """An archive of these entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as archive:
        for entry in entries:
            member = tarfile.TarInfo(entry.name)
            member.type, member.size, member.linkname = entry.kind, len(entry.data), entry.link
            member.mode, member.uid = entry.mode, entry.uid
            archive.addfile(member, io.BytesIO(entry.data))
    return out.getvalue()


def read(raw: bytes) -> LayerFiles:
    """A layer, as it is read out of its archive."""
    contents = read_contents([raw])
    return LayerFiles(diff_id=diff_id(raw), compressed=Compressed(0, 0), packed=(), **contents._asdict())


# One regular file of 1000 bytes, a hard link to it, a symbolic link, a folder, a whiteout.
LAYER_BYTES = 1000


def layer(seed: str = "a") -> bytes:
    return tar(
        folder("etc"),
        file("etc/file", (seed * LAYER_BYTES).encode()),
        hard("etc/hard", "etc/file"),
        link("etc/soft", "file1"),
        file("etc/.wh.gone"),
    )


def empty_layer() -> bytes:
    return tar()


def diff_id(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def config(layers: Sequence[bytes], history: Sequence[tuple[str, bool]]) -> bytes:
    lines = [{"created_by": by, **({"empty_layer": True} if empty else {})} for by, empty in history]
    rootfs = {"type": "layers", "diff_ids": [diff_id(each) for each in layers]}
    run = {"User": "node", "Entrypoint": ["node"], "Cmd": ["app.js"], "Env": ["A=1"], "WorkingDir": "/app"}
    return json.dumps({"architecture": "amd64", "rootfs": rootfs, "history": lines, "config": run}).encode()


def since_25(layers: Sequence[bytes], config_json: bytes, *, compressed: bool = False) -> bytes:
    """`blobs/sha256/…` and manifest.json; the containerd store has its blobs compressed."""
    blobs = [gzip.compress(each) if compressed else each for each in layers]
    names = [f"blobs/sha256/{hashlib.sha256(each).hexdigest()}" for each in blobs]
    config_name = f"blobs/sha256/{hashlib.sha256(config_json).hexdigest()}"
    manifest = json.dumps([{"Config": config_name, "RepoTags": None, "Layers": names}]).encode()
    entries = {**dict(zip(names, blobs, strict=True)), config_name: config_json}
    entries |= {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "manifest.json": manifest}
    return outer(entries)


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
    return outer(entries)


def podman(layers: Sequence[bytes], config_json: bytes) -> bytes:
    """`<diff ID>.tar` and `<config digest>.json`."""
    names = [f"{hashlib.sha256(each).hexdigest()}.tar" for each in layers]
    config_name = f"{hashlib.sha256(config_json).hexdigest()}.json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": ["localhost/x:1"], "Layers": names}]).encode()
    entries = {**dict(zip(names, layers, strict=True)), config_name: config_json, "manifest.json": manifest}
    return outer(entries)


def oci(layers: Sequence[bytes], config_json: bytes, *, name: str = "") -> dict[str, bytes]:
    """The files of an OCI layout with a nested index, an attestation, and a platform that is not there."""
    files: dict[str, bytes] = {}

    def blob(content: bytes, **more: object) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        files[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}", "size": len(content), **more}

    def manifest(config: bytes, parts: Sequence[bytes], **more: object) -> dict[str, object]:
        told = {"config": blob(config), "layers": [blob(each) for each in parts]}
        return blob(json.dumps(told).encode(), **more)

    image = manifest(config_json, [gzip.compress(each, mtime=0) for each in layers])
    absent = {"digest": f"sha256:{'0' * 64}", "size": 1, "platform": {"architecture": "arm64", "os": "linux"}}
    attested = json.dumps({"rootfs": {"type": "layers", "diff_ids": [f"sha256:{'a' * 64}"]}}).encode()
    unknown = {"architecture": "unknown", "os": "unknown"}
    attestation = manifest(attested, [b'{"_type": "in-toto"}'], platform=unknown)
    index = {"manifests": [attestation, image, absent]}
    notes = {"annotations": {"org.opencontainers.image.ref.name": name}} if name else {}
    top = {"schemaVersion": 2, "manifests": [blob(json.dumps(index).encode(), **notes)]}
    files["index.json"] = json.dumps(top).encode()
    files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    return files


def outer(entries: dict[str, bytes] | dict[str, bytes | str]) -> bytes:
    """An archive of files, and of links where there is text."""
    return tar(*(link(n, e) if isinstance(e, str) else file(n, e) for n, e in entries.items()))


def chunks(raw: bytes, size: int = 700) -> Iterator[bytes]:
    for start in range(0, len(raw), size):
        yield raw[start : start + size]
