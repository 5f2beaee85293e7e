"""Alpine's package database (`/lib/apk/db`), cut down to some of its packages.

Its format is in apk's own manual, apk-db(5) and apk-package(5): one paragraph a package, one letter a
field; F: names a folder, R: a file in it, Z: that file's SHA-1.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ApkFile:
    path: str  # "bin/busybox"
    checksum: str  # "Q1…": of the content, of a link's target; "" where the database has none


@dataclass(frozen=True, kw_only=True, slots=True)
class ApkPackage:
    name: str
    version: str
    checksum: str  # what `triggers` names the package by
    folders: tuple[str, ...]
    files: tuple[ApkFile, ...]
    paragraph: str  # as it stands in the database


def parse_installed(text: str) -> tuple[ApkPackage, ...]:
    """The packages of a `/lib/apk/db/installed`, in its order."""
    return tuple(_package(paragraph) for paragraph in text.strip().split("\n\n") if paragraph)


def _package(paragraph: str) -> ApkPackage:
    fields: dict[str, str] = {}
    folders: list[str] = []
    files: list[ApkFile] = []
    for line in paragraph.split("\n"):
        letter, _, value = line.partition(":")
        if letter == "F":
            folders.append(value)
        elif letter == "R":
            files.append(ApkFile(path=f"{folders[-1]}/{value}".removeprefix("/"), checksum=""))
        elif letter == "Z":
            files[-1] = ApkFile(path=files[-1].path, checksum=value)
        elif letter in ("P", "V", "C"):
            fields[letter] = value
    return ApkPackage(
        name=fields["P"],
        version=fields["V"],
        checksum=fields["C"],
        folders=tuple(folder for folder in folders if folder),
        files=tuple(files),
        paragraph=paragraph,
    )


def installed(packages: Collection[ApkPackage]) -> bytes:
    """The text of a `/lib/apk/db/installed` that holds these packages."""
    return "".join(f"{package.paragraph}\n\n" for package in packages).encode()


def scripts(archive: bytes, packages: Collection[ApkPackage]) -> bytes:
    """A `/lib/apk/db/scripts.tar.gz` with the scripts of these packages alone."""
    starts = tuple(f"{package.name}-{package.version}." for package in packages)
    result = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as source,
        tarfile.open(fileobj=result, mode="w:gz") as kept,
    ):
        for member in source:
            if member.name.startswith(starts):
                kept.addfile(member, source.extractfile(member))
    return result.getvalue()


def triggers(text: str, packages: Collection[ApkPackage]) -> bytes:
    """A `/lib/apk/db/triggers` with the triggers of these packages alone."""
    checksums = {package.checksum for package in packages}
    return "".join(f"{line}\n" for line in text.splitlines() if line.partition(" ")[0] in checksums).encode()


def checksum(content: bytes) -> str:
    """The database's way of writing a SHA-1; what it guards against is a mistake, not an attack."""
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    return "Q1" + base64.b64encode(digest).decode()
