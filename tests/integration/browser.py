"""A browser and an HTML checker for the page's tests: the machine's own, else Debian's from its archive.

Nothing is installed: the packages and all that they depend on are unpacked side by side in the user's cache,
and told where their libraries and fonts are by the environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.fetch.apt import fetch_debs, unpack_debs
from imagematrix.fetch.apt_sources import debian_archive

# Those of the machine itself serve: a second C library beside the one that runs cannot be mixed with it.
_OF_THE_MACHINE: Final = frozenset({"libc6", "libc-bin", "libcrypt1"})
# What Chromium is not to do by itself: call home, ask for a sandbox that root does not have.
SWITCHES: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program to run, and the environment that it needs."""

    path: Path
    env: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **dict(self.env)}


def chromium(cache: Path) -> Program:
    """A Chromium or Chrome.  Raises FetchError where there is none and none can be fetched."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return _own(names) or _fetched(
        cache, "chromium", "usr/lib/chromium/chromium", also=["fonts-dejavu-core", "fonts-liberation"]
    )


def tidy(cache: Path) -> Program:
    """HTML Tidy, likewise."""
    return _own(("tidy",)) or _fetched(cache, "tidy", "usr/bin/tidy")


def _own(names: Sequence[str]) -> Program | None:
    return next((Program(path=Path(found)) for name in names if (found := shutil.which(name))), None)


def _fetched(cache: Path, package: str, program: str, also: Sequence[str] = ()) -> Program:
    root = cache / "test" / package
    if not (root / program).is_file():
        fetch_debs([package], suite="", cache=cache)  # leaves apt's configuration, which the next line asks
        debs = fetch_debs(_closure(cache, [package, *also]), suite="", cache=cache)
        fresh = root.with_name(f".{package}-{os.getpid()}")
        unpack_debs(debs, fresh)
        shutil.rmtree(root, ignore_errors=True)
        fresh.rename(root)
    return Program(path=root / program, env=_environment(root))


def _closure(cache: Path, packages: Sequence[str]) -> list[str]:
    """The packages and what they depend on, as apt would put them on a machine that has nothing yet."""
    configuration = cache / "apt" / debian_archive().suite / "apt.conf"
    done = subprocess.run(
        ["apt-get", "-c", str(configuration), "-s", "--no-install-recommends", "install", *packages],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    names = re.findall(r"^Inst (\S+) ", done.stdout, re.MULTILINE)
    return [name for name in names if name not in _OF_THE_MACHINE]


def _environment(root: Path) -> tuple[tuple[str, str], ...]:
    folders = sorted({str(path.parent) for path in root.glob("**/*.so*") if path.is_file()})
    fonts = root / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{root / 'usr/share/fonts'}</dir><dir>/usr/share/fonts</dir>"
        "<alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>"
        "<alias><family>system-ui</family><prefer><family>Liberation Sans</family></prefer></alias>"
        "<alias><family>ui-monospace</family><prefer><family>Liberation Mono</family></prefer></alias>"
        f"<cachedir>{root / 'font-cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return (("LD_LIBRARY_PATH", ":".join(folders)), ("FONTCONFIG_FILE", str(fonts)))
