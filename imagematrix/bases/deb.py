"""Debian packages as layers: unpacked, never configured."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Final

from imagematrix.errors import BaseImageError, FetchError
from imagematrix.fetch import apt

# Left out of layers.  Copyright files stay: licences ask for that.
_DOCS: Final = re.compile(r"usr/share/(doc/(?!.*/copyright$)|man/|info/|lintian/|bug/)")


def check_apt(arch: str) -> None:
    """Raise BaseImageError unless this machine can fetch Debian packages for the architecture."""
    if reason := apt.usable():
        raise BaseImageError(
            f"a stand-in of Debian packages cannot be made here: {reason}",
            next_step="use a registry (--bases registry), or run this on a Debian",
        )
    own = _run("dpkg", "--print-architecture").decode().strip()
    if own != arch:
        raise BaseImageError(
            f"a stand-in of Debian packages for {arch} cannot be made on {own}",
            next_step=f"use a registry (--bases registry), or run this on a Debian for {arch}",
        )


class Deb:
    """One package file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._tar("--ctrl-tarfile") as tar:
            self._control = {
                member.name.removeprefix("./"): content.read()
                for member in tar
                if (content := tar.extractfile(member)) is not None
            }

    @property
    def version(self) -> str:
        match = re.search(r"^Version: *(\S+)$", self._control["control"].decode(), re.MULTILINE)
        if match is None:
            raise FetchError(
                f"{self._path.name} names no version", next_step="delete that file and try again"
            )
        return match[1]

    def files(self, start: str) -> dict[str, bytes]:
        """The content of each regular file whose path starts so."""
        with self._tar("--fsys-tarfile") as tar:
            return {
                name: content.read()
                for member in tar
                if (name := member.name.removeprefix("./")).startswith(start)
                and (content := tar.extractfile(member)) is not None
            }

    def write_layer(self, layer: Path, *, status: str) -> None:
        """Write the package's files without its documentation, and its control data as the file `status`."""
        with self._tar("--fsys-tarfile") as tar, tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as kept:
            for member in tar:
                member.name = member.name.removeprefix("./").rstrip("/")
                member.linkname = member.linkname.removeprefix("./") if member.islnk() else member.linkname
                if member.name not in ("", ".") and not _is_documentation(member):
                    kept.addfile(member, tar.extractfile(member) if member.isreg() else None)
            for name, content in ((status, "control"), (f"{status}.md5sums", "md5sums")):
                if content in self._control:
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = len(self._control[content]), 0o644
                    kept.addfile(entry, io.BytesIO(self._control[content]))

    def _tar(self, what: str) -> tarfile.TarFile:
        return tarfile.open(fileobj=io.BytesIO(_run("dpkg-deb", what, str(self._path))))


def _is_documentation(member: tarfile.TarInfo) -> bool:
    path = f"{member.name}/" if member.isdir() else member.name
    return _DOCS.match(path) is not None and not member.issym()


def _run(*command: str) -> bytes:
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise FetchError(
            f"{' '.join(command)} failed: {words}", next_step="see that dpkg works on this machine"
        )
    return done.stdout
