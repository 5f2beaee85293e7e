"""What an image gives its dynamic loader: a C library, a machine and shared libraries, found by their files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from imagematrix.image.built_for import built_for, requires_glibc, version_key
from imagematrix.image.files import Elf, FileSystem
from imagematrix.image.reach import Reach, reach

_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}  # an image config's name: ELF's
# The folders that both loaders search by default, Debian's multiarch folders among them.
_SEARCHED: Final = re.compile(
    r"^/(?:usr/)?(?:local/)?lib(?:64)?(?:/[a-z0-9_]+-linux-[a-z0-9_]+)?/[^/]+\.so(?:\.[^/]*)?$"
)
# musl's loader takes these names for itself, whatever follows them (musl, ldso/dynlink.c, load_library).
_MUSL_ITSELF: Final = re.compile(r"^lib(?:c|pthread|rt|m|dl|util|xnet)\.")
_DPKG_VERSION: Final = re.compile(rb"^Version: (?:\d+:)?(\d+\.\d+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loader:
    """What the image's dynamic loader has to work with; asked whether an ELF file fits."""

    libcs: tuple[str, ...]  # of "glibc" and "musl"; () where the image has neither
    glibc_version: str  # "2.36"; "" where it is not known
    machine: str  # as `Elf.machine`; "" where it is not known
    libraries: frozenset[str]  # names of all shared objects that it finds for every file
    reach: Reach

    def machine_fits(self, elf: Elf) -> bool:
        return self.machine in ("", elf.machine)

    def libc_fits(self, elf: Elf) -> bool:
        libc = built_for(elf)
        # gcompat gives musl those parts of glibc that most programs need.
        compatible = libc == "glibc" and "libgcompat.so.0" in self.libraries
        return libc == "unknown" or not self.libcs or libc in self.libcs or compatible

    def glibc_new_enough(self, elf: Elf) -> bool:
        required = requires_glibc(elf)
        if self.libcs != ("glibc",) or not self.glibc_version or not required:
            return True
        return version_key(required) <= version_key(self.glibc_version)

    def missing(self, path: str, elf: Elf) -> tuple[str, ...]:
        """The libraries that the file of this path needs and its loader does not find, as far as that is sure."""
        own = _MUSL_ITSELF if "musl" in self.libcs else None
        return tuple(
            name
            for name in elf.needed
            if posixpath.basename(name) not in self.libraries
            and not (own and own.match(name))
            and not self.reach.finds(path, elf, name)
        )


def loader(files: FileSystem, *, architecture: str, env: Sequence[str], glibc_version: str) -> Loader:
    """Read an image's files; `architecture` and `env` are its config's.

    `glibc_version` is what the image's own loader said, where it was asked; else, "", dpkg's word is taken.
    """
    libraries = frozenset(_libraries(files, env))
    musl = any(name.startswith("ld-musl-") for name in libraries)
    return Loader(
        libcs=(("glibc",) if "libc.so.6" in libraries else ()) + (("musl",) if musl else ()),
        glibc_version=glibc_version or _dpkg_glibc(files.texts),
        machine=_MACHINES.get(architecture, ""),
        libraries=libraries,
        reach=reach(files),
    )


def _libraries(files: FileSystem, env: Sequence[str]) -> Iterator[str]:
    """Names of the shared objects in the library folders."""
    more = {
        folder.rstrip("/")
        for line in env
        if line.startswith("LD_LIBRARY_PATH=")
        for folder in line.partition("=")[2].split(":")
    }
    for path in files.entries:
        folder, _, name = path.rpartition("/")
        if ".so" in name and (folder in more or _SEARCHED.match(path)):
            yield name


def _dpkg_glibc(texts: Mapping[str, bytes]) -> str:
    """The version of Debian's libc6, from dpkg's status file or distroless' folder of such."""
    for path, text in texts.items():
        if not path.startswith("/var/lib/dpkg/status"):
            continue
        for paragraph in text.split(b"\n\n"):
            told = _DPKG_VERSION.search(paragraph) if b"\nPackage: libc6\n" in b"\n" + paragraph else None
            if told:
                return told.group(1).decode()
    return ""
