"""Where the Debian archive is and what it is signed with, read from the machine's own apt sources."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from imagematrix.errors import FetchError

_ETC: Final = Path("/etc/apt")
_OS_RELEASE: Final = Path("/etc/os-release")
_KEYRINGS: Final = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
# Names of releases that move; an entry for one of them is the archive's own just as a code name's is.
_MOVING: Final = frozenset({"stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"})
_WITHOUT_UPDATES: Final = frozenset({"unstable", "sid"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One archive and suite that the machine's apt knows."""

    uri: str
    suite: str  # "bookworm", "bookworm-security"
    signed_by: str  # a keyring's path; "" when the entry names none, or carries the key itself


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """The Debian archive as this machine reaches it."""

    uri: str
    suite: str  # the machine's own
    keyring: str
    updates: bool  # the machine follows <suite>-updates too
    security_uri: str  # "" when the machine has no <suite>-security


def parse_list(text: str) -> Iterator[Source]:
    """The `deb` lines of a one-line-style file (sources.list(5)) that have the component `main`."""
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s+(.*)", line.partition("#")[0].strip())
        if match is None or "main" not in match[4].split():
            continue
        signed = re.search(r"(?:^|\s)signed-by=(\S+)", match[1] or "", re.IGNORECASE)
        yield Source(uri=match[2], suite=match[3], signed_by=signed[1] if signed else "")


def parse_deb822(text: str) -> Iterator[Source]:
    """The enabled `deb` stanzas of a deb822-style file (sources.list(5)) that have the component `main`."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = {
            name.lower(): " ".join(value.split())
            for name, value in re.findall(r"^([\w-]+)[ \t]*:((?:.*(?:\n[ \t].*)*))", stanza, re.MULTILINE)
        }
        enabled = fields.get("enabled", "yes").lower() not in ("no", "false", "off", "0")
        wanted = ("deb", "types"), ("main", "components")
        if not enabled or any(word not in fields.get(field, "").split() for word, field in wanted):
            continue
        signed_by = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(uri=uri, suite=suite, signed_by=signed_by if signed_by.startswith("/") else "")


def choose(sources: Sequence[Source], *, debian: bool, codename: str) -> Archive | None:
    """The entries that are the Debian archive's; None where there are none.

    An entry signed by Debian's own keyring is the archive's.  On a Debian (`debian`) so is one without a
    keyring for the machine's release, and failing both, one with another key: a mirror that signs anew.
    `keyring` is the entry's, "" when it names none.
    """
    releases = _MOVING | {codename}

    def rank(source: Source) -> tuple[bool, int]:
        """The machine's own release first (another may be there for one package); then by the key."""
        strangeness = 0 if "debian-archive-" in source.signed_by else 2 if source.signed_by else 1
        return _release(source.suite) not in releases, strangeness

    own = [
        source
        for source in sorted(sources, key=rank)
        if rank(source)[1] == 0 or (debian and not rank(source)[0])
    ]
    main = next((source for source in own if source.suite == _release(source.suite)), None)
    if main is None:
        return None
    security = (source.uri for source in own if source.suite == f"{main.suite}-security")
    return Archive(
        uri=main.uri,
        suite=main.suite,
        keyring=main.signed_by,
        updates=any(source.suite == f"{main.suite}-updates" for source in own),
        security_uri=next(security, ""),
    )


def _release(suite: str) -> str:
    """The release that a suite belongs to: `bookworm` for `bookworm-security`."""
    return re.split(r"[-/]", suite, maxsplit=1)[0]


def debian_archive() -> Archive:
    """The archive with a keyring that is there.  Raises FetchError where apt cannot be used here."""
    if platform.system() != "Linux":
        raise FetchError(
            f"packages come by apt, and this is {platform.system()}",
            next_step="use a Docker engine and a container registry; nothing needs apt then",
        )
    for command in ("apt-get", "dpkg-deb"):
        if shutil.which(command) is None:
            raise FetchError(
                f"packages come by apt, and there is no {command} here",
                next_step="use a Docker engine and a container registry; nothing needs apt then",
            )
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', _read(_OS_RELEASE), re.MULTILINE))
    archive = choose(
        _machine_sources(), debian=release.get("ID") == "debian", codename=release.get("VERSION_CODENAME", "")
    )
    if archive is None:
        raise FetchError(
            "apt's sources name no Debian archive",
            where=str(_ETC),
            next_step="add the Debian archive to apt's sources, signed by debian-archive-keyring",
        )
    keyrings = [*map(Path, filter(None, archive.keyring.split(","))), *_KEYRINGS]
    keyring = next((path for path in keyrings if path.is_file()), None)
    if keyring is None:
        raise FetchError(
            f"the keyring that Debian's packages are checked with is missing: {keyrings[0]}",
            next_step="install the package debian-archive-keyring",
        )
    return replace(archive, keyring=str(keyring))


def archive_lines(archive: Archive, suite: str, *, options: str = "") -> str:
    """The text of a `sources.list` for one suite of the archive; `options` go beside signed-by."""
    suites = [(archive.uri, suite)]
    if suite not in _WITHOUT_UPDATES:
        if archive.updates:
            suites.append((archive.uri, f"{suite}-updates"))
        if archive.security_uri:
            suites.append((archive.security_uri, f"{suite}-security"))
    signed = f"[signed-by={archive.keyring}{options}]"
    return "".join(f"deb {signed} {uri} {name} main\n" for uri, name in suites)


def _machine_sources() -> list[Source]:
    sources = list(parse_list(_read(_ETC / "sources.list")))
    folder = _ETC / "sources.list.d"
    for path in sorted(folder.glob("*.sources")):
        sources += parse_deb822(_read(path))
    for path in sorted(folder.glob("*.list")):
        sources += parse_list(_read(path))
    return sources


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:  # missing, or not ours to read: then apt, run as the same user, has no use for it either
        return ""
