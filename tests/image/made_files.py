"""File systems and subjects made by hand, each as small as a test needs."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping

from imagematrix.image.files import Compressed, Entry, FileSystem, Kind, LayerFiles
from imagematrix.image.subject import Subject
from imagematrix.model import EngineImage, ImageConfig, Layer, Measurement, Table
from tests import made


def file(path: str, size: int = 1, *, mode: int = 0o644, uid: int = 0, content: str = "") -> Entry:
    return Entry(path, Kind.FILE, size, mode, uid, content or path, "")


def program(path: str, size: int = 1) -> Entry:
    return file(path, size, mode=0o755)


def folder(path: str, *, mode: int = 0o755) -> Entry:
    return Entry(path, Kind.FOLDER, 0, mode, 0, "", "")


def link(path: str, target: str) -> Entry:
    return Entry(path, Kind.LINK, 0, 0o777, 0, "", target)


def system(*entries: Entry, texts: Mapping[str, object] | None = None, node: str = "") -> FileSystem:
    """A file system of these entries, of a file for each text, and of the folders above them.

    A text that is no string is written as JSON.
    """
    written = {
        path: (text if isinstance(text, str) else json.dumps(text)).encode()
        for path, text in (texts or {}).items()
    }
    told = [*(file(path, len(content)) for path, content in written.items()), *entries]
    known: dict[str, Entry] = {}
    for entry in told:
        above = posixpath.dirname(entry.path)
        while above != "/":
            known.setdefault(above, folder(above))
            above = posixpath.dirname(above)
    known.update({entry.path: entry for entry in told})
    return FileSystem(entries=known, texts=written, elves={}, method="made by hand", node_version=node)


def config(
    *, healthcheck: tuple[str, ...] = (), env: tuple[str, ...] = (), workdir: str = "", user: str = ""
) -> ImageConfig:
    return ImageConfig(
        user=user,
        entrypoint=(),
        command=(),
        env=env,
        workdir=workdir,
        healthcheck=healthcheck,
        architecture="amd64",
    )


def image(
    *layers: tuple[str, int],
    runs_as: ImageConfig | None = None,
    unpacked_bytes: int | None = None,
) -> EngineImage:
    """An image of layers, each (what made it, bytes)."""
    return EngineImage(
        config_digest=made.digest("c"),
        unpacked_bytes=sum(size for _, size in layers) if unpacked_bytes is None else unpacked_bytes,
        engine_bytes=0,
        layers=tuple(
            Layer(diff_id=f"sha256:{number:064x}", bytes=size, created_by=by, from_base=False)
            for number, (by, size) in enumerate(layers)
        ),
        ref="made",
        history=(),
        config=runs_as or config(),
    )


def layer(*entries: Entry) -> LayerFiles:
    size = sum({entry.content: entry.bytes for entry in entries if entry.kind is Kind.FILE}.values())
    return LayerFiles(
        diff_id=made.digest("1"),
        content_bytes=size,
        entries=entries,
        texts={},
        elves={},
        compressed=Compressed(size, 0),
        packed=(),
    )


def subject(
    files: FileSystem | None,
    *,
    base: FileSystem | None = None,
    of: EngineImage | None = None,
    layers: tuple[LayerFiles, ...] = (),
) -> Subject:
    return Subject(
        engine=None,
        image=of or image(("RUN it", files.visible_bytes if files else 0)),
        bases=(),
        files=files,
        files_missing="" if files else "no node inside",
        base_files=base,
        layers=layers,
        sizes={},
        registry_bytes={},
    )


def by_name(measurements: tuple[Measurement, ...]) -> dict[str, Measurement]:
    found = {measurement.name: measurement for measurement in measurements}
    assert len(found) == len(measurements)
    return found


def rows(measurement: Measurement) -> tuple[tuple[object, ...], ...]:
    assert isinstance(measurement.value, Table), measurement
    return measurement.value.rows
