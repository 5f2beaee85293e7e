"""Debian packages, downloaded by apt with a state of its own and checked by apt's signatures.

Nothing is installed and the machine's own package lists are not touched: mirror, keyring and proxy are
the machine's, the lists and the packages lie in the cache.  `.deb` files are unpacked, never configured.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from imagematrix import scratch
from imagematrix.errors import FetchError
from imagematrix.fetch.apt_sources import Archive, archive_lines, debian_archive
from imagematrix.fetch.lock import locked
from imagematrix.text import one_line, without_users

_APT_GET: Final = "apt-get"
_INDEX_FRESH_SECONDS: Final = 6 * 3600.0


def usable() -> str:
    """An empty text where packages can be had by apt on this machine, else the reason why not."""
    try:
        debian_archive()
    except FetchError as error:
        return error.what
    return ""


def fetch_debs(names: Sequence[str], *, suite: str, cache: Path) -> tuple[Path, ...]:
    """Download the named packages (not what they depend on) of one suite, in the order of `names`.

    `suite` is a code name, or "" for the machine's own.  The files land in `cache/apt/debs`; what lies
    there already is reused while the suite's index names that very file.  The index itself is asked for
    again after six hours.  Raises FetchError, whose text is apt's own last word.
    """
    archive = debian_archive()
    suite = suite or archive.suite
    state = (cache / "apt" / suite).resolve()
    debs = state.parent / "debs"
    with locked(state / "lock"):
        for folder in (state / "lists" / "partial", state / "cache" / "archives" / "partial", debs):
            folder.mkdir(parents=True, exist_ok=True)
        fresh = _refresh_index(archive, suite, state, max_age_seconds=_INDEX_FRESH_SECONDS)
        try:
            return _download(names, suite, state, debs)
        except FetchError:
            if fresh:
                raise
        # The index is some hours old and the archive may have moved on: ask once more.
        _refresh_index(archive, suite, state, max_age_seconds=0.0)
        return _download(names, suite, state, debs)


def unpack_debs(debs: Iterable[Path], into: Path) -> None:
    """Lay the packages' files down in `into`, with their own modes; no script of theirs is run."""
    into.mkdir(parents=True, exist_ok=True)
    for deb in debs:
        done = subprocess.run(["dpkg-deb", "-x", str(deb), str(into)], capture_output=True, text=True)
        if done.returncode != 0:
            raise FetchError(
                f"{deb.name} does not unpack: {_last_error(done.stderr)}",
                where=str(deb),
                next_step="see that there is space left, delete that file and run the command again",
            )


def sources_lines(suite: str) -> str:
    """The text of a `sources.list` for one suite ("" is the machine's own), each line with its keyring."""
    archive = debian_archive()
    return archive_lines(archive, suite or archive.suite)


def _refresh_index(archive: Archive, suite: str, state: Path, *, max_age_seconds: float) -> bool:
    """Ask the archive for the suite's index unless the one here is young enough; True if it was asked.

    An index that could not be refreshed still serves where there is one: what it names may lie here.
    """
    # Only what `download` reads: one architecture, no translations, no desktop metadata.
    lines = archive_lines(archive, suite, options=f" arch={_architecture()} target=Packages lang=none")
    configuration = _configuration(state)
    stamp = state / "index"  # holds what the lists were made by: a cache that moved is asked for anew
    known = stamp.is_file() and stamp.read_text(encoding="utf-8") == configuration + lines
    if known and 0 <= time.time() - stamp.stat().st_mtime < max_age_seconds:
        return False
    (state / "sources.list").write_text(lines, encoding="utf-8")
    (state / "status").touch()
    (state / "apt.conf").write_text(configuration, encoding="utf-8")
    try:
        _apt(state, "update", cwd=state, what=f"the package index of {suite} could not be fetched")
    except FetchError:
        if not known or max_age_seconds == 0.0:
            raise
        return False
    stamp.write_text(configuration + lines, encoding="utf-8")
    return True


def _configuration(state: Path) -> str:
    """The machine's apt configuration stays in force (proxy, credentials) but for this.

    Among it whatever lets apt take what is not signed, or signed badly (apt-secure(8)).
    """
    settings = {
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State::Lists": state / "lists",
        "Dir::State::Status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Cache::PkgCache": "pkgcache.bin",
        "Dir::Cache::SrcPkgCache": "srcpkgcache.bin",
        "APT::Sandbox::User": "root",  # the sandbox user cannot enter a private cache
        "APT::Update::Error-Mode": "any",  # a part that is missing is an error, not a warning
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
    }
    # Hooks of the machine (cleaning /var/cache/apt, telling the desktop) have no business with our state.
    hooks = ("Pre-Invoke", "Post-Invoke", "Post-Invoke-Success")
    return "".join(f"#clear APT::Update::{hook};\n" for hook in hooks) + "".join(
        f'{name} "{value}";\n' for name, value in settings.items()
    )


def _download(names: Sequence[str], suite: str, state: Path, debs: Path) -> tuple[Path, ...]:
    what = f"{' '.join(names)} of {suite} could not be fetched"
    listing = _apt(state, "--print-uris", "download", *names, cwd=state, what=what)
    found = re.findall(r"^'[^']+' (\S+) \d+ SHA256:([0-9a-f]{64})$", listing, re.MULTILINE)
    by_name = {file.partition("_")[0]: (debs / file, sha256) for file, sha256 in found}
    missing = [name for name in names if name in by_name and not _is(*by_name[name])]
    if missing:
        with scratch.folder(debs) as folder:
            _apt(state, "download", *missing, cwd=folder, what=what)
            for name in missing:
                path, _ = by_name[name]
                (folder / path.name).replace(path)
    try:
        return tuple(by_name[name][0] for name in names)
    except KeyError as error:
        raise FetchError(f"{what}: apt names no file for {error}", next_step=_NEXT) from error


def _is(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


_NEXT: Final = "see that `apt-get update` works on this machine (mirror, proxy, network), then run this again"
_CHANGED: Final = "do not use what came; find out who changed it on the way (mirror or proxy)"
# apt's warning beside that error, of apt 2 (gpgv) and 3 (sqv).
_SIGNATURE: Final = re.compile(
    r"^W: (?:GPG error|OpenPGP signature verification failed): \S+ .*?: (.+)", re.MULTILINE
)
_UNSIGNED: Final = " is not signed."  # so apt calls also what is signed by another key, or was changed since


def _apt(state: Path, *arguments: str, cwd: Path, what: str) -> str:
    """apt-get's standard output; FetchError with its last error line when it fails."""
    done = subprocess.run(
        [_APT_GET, "-c", str(state / "apt.conf"), "-q", *arguments],
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        why = _last_error(done.stderr)
        changed = "Hash Sum mismatch" in why or _UNSIGNED in why
        raise FetchError(f"{what}: {why}", next_step=_CHANGED if changed else _NEXT)
    return done.stdout


def _last_error(text: str) -> str:
    """The last line that says what failed, rather than that something did."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"]
    errors = [line.removeprefix("E: ") for line in lines if line.startswith("E: ")] or lines
    last = next((line for line in reversed(errors) if line.startswith("Failed to fetch")), errors[-1])
    signature = _SIGNATURE.search(text) if last.endswith(_UNSIGNED) else None
    return without_users(one_line(f"{last} {signature[1].strip()}" if signature else last))


def _architecture() -> str:
    """Debian's name of this machine's architecture."""
    done = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return done.stdout.strip()
