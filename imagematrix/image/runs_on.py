"""What an image runs on, told by its files: for images in which nothing is started to be asked."""

from __future__ import annotations

from typing import Final

from imagematrix.image.loader import loader
from imagematrix.image.packages import apk_packages
from imagematrix.image.programs import NO_NODE, has_node
from imagematrix.image.subject import Subject
from imagematrix.model import How, Measurement, exact, measured, not_applicable, unavailable

_NAMES: Final = ("libc", "libc_version", "node_version")


def runs_on(subject: Subject) -> tuple[Measurement, ...]:
    """`libc`, `libc_version`, `node_version`, under the names that the probes give what they are told."""
    files = subject.files
    if files is None:
        return tuple(unavailable(name, subject.files_missing) for name in _NAMES)
    config = subject.image.config
    given = loader(files, architecture=config.architecture, env=config.env, glibc_version="")
    musl = dict(apk_packages(files)).get("musl", "").partition("-")[0]
    versions = [{"glibc": given.glibc_version, "musl": musl}[name] for name in given.libcs]
    node = files.node_version or next(
        (line.partition("=")[2] for line in config.env if line.startswith("NODE_VERSION=")), ""
    )
    libc = _libc(given.libcs, versions)
    if not files.node_version and not has_node(files):
        return (*libc, not_applicable("node_version", NO_NODE))
    return (*libc, _node(node, walked=bool(files.node_version)))


def _libc(libcs: tuple[str, ...], versions: list[str]) -> tuple[Measurement, Measurement]:
    if not libcs:
        reason = "no dynamic loader of glibc or musl in the image's library folders"
        return not_applicable("libc", reason), not_applicable("libc_version", reason)
    libc = exact("libc", "+".join(libcs), method="dynamic loaders in the image's library folders")
    if not all(versions):
        return libc, unavailable("libc_version", "no package database in the image tells it")
    return libc, exact("libc_version", "+".join(versions), method="the image's package database")


def _node(version: str, *, walked: bool) -> Measurement:
    if not version:
        return unavailable("node_version", "told neither by a walk nor by NODE_VERSION of the image's config")
    if walked:
        return exact("node_version", version, method="as told by the node inside, which walked its files")
    # Whoever put another node into the image has most likely left it as it was.
    told = "as told by NODE_VERSION of the image's config; the node inside was not asked"
    return measured(How.ESTIMATED, "node_version", version, method=told)
