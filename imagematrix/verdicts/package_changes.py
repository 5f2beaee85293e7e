"""Which packages two images differ in: of the system (dpkg, apk), of the app's node_modules, and npm's own.

Packages are told apart by name, not by place: a variant that keeps its app elsewhere has the same packages.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Result
from imagematrix.model.difference import Change, PackageDifference, Sizes, Unknown
from imagematrix.verdicts.told import known, rows, under

NPM: Final = "npm"
_OWN: Final = "npm's own"  # what npm, corepack and yarn bring along, wherever Node has them
_NO_BYTES: Final = "its database is read for names and versions alone"
_NO_OWN_BYTES: Final = "the bytes of what comes with Node are not told by package"
_RUNTIME: Final = re.compile(r"/(?:lib/node_modules|share/nodejs)/(?:npm|corepack|yarn)(?:/|$)|^/opt/yarn-")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Packages:
    """The packages of one system in one image, by name."""

    versions: Mapping[str, tuple[str, ...]]
    bytes: Mapping[str, int]
    why: str  # there are no bytes where there are none


def package_differences(
    old: Result, new: Result
) -> tuple[tuple[PackageDifference, ...], tuple[tuple[str, str], ...]]:
    """The packages that differ, most changed first; and the systems that cannot be compared, with the reason."""
    found: list[PackageDifference] = []
    unknown: list[tuple[str, str]] = []
    for system in ("dpkg", "apk", NPM, _OWN):
        before, after = _packages(old, system), _packages(new, system)
        if isinstance(before, Unknown) or isinstance(after, Unknown):
            side, reason = ("old", before) if isinstance(before, Unknown) else ("new", after)
            assert isinstance(reason, Unknown)
            if system != _OWN:
                unknown.append((system, f"{side}: {reason.reason}"))
            continue
        names = before.versions.keys() | after.versions.keys()
        differing = (_difference(system, name, before, after) for name in names)
        found += [each for each in differing if each is not None]
    return tuple(sorted(found, key=_weight)), tuple(unknown)


def _weight(package: PackageDifference) -> tuple[int, str, str]:
    more = abs(package.sizes.more) if isinstance(package.sizes, Sizes) else 0
    return -more, package.system, package.name


def _packages(result: Result, system: str) -> _Packages | Unknown:
    table = under(result, f"packages_{NPM if system in (NPM, _OWN) else system}")
    if not known(table):
        return Unknown(reason=table.reason)
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for name, version, *place in rows(table):
        own = bool(place) and _RUNTIME.search(str(place[0])) is not None
        if own == (system == _OWN):
            versions[str(name)].add(str(version))
    if system != NPM:
        why = _NO_OWN_BYTES if system == _OWN else _NO_BYTES
        return _Packages(versions=_sorted(versions), bytes={}, why=why)
    sized = under(result, "node_modules_packages")
    sizes: Counter[str] = Counter()
    for name, version, count, _ in rows(sized):
        sizes[str(name)] += int(count)
        versions[str(name)].add(str(version))
    why = "it came with the base image" if known(sized) else sized.reason
    return _Packages(versions=_sorted(versions), bytes=sizes, why=why)


def _sorted(versions: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(each)) for name, each in versions.items()}


def _difference(system: str, name: str, before: _Packages, after: _Packages) -> PackageDifference | None:
    sizes = _sizes(name, before, after)
    old, new = before.versions.get(name, ()), after.versions.get(name, ())
    more = sizes.more if isinstance(sizes, Sizes) else 0
    if old == new and not more:
        return None
    if not old or not new:
        change = Change.GONE if old else Change.NEW
    else:
        change = Change.MORE if more > 0 else Change.LESS if more < 0 else Change.SAME
    return PackageDifference(
        system=system, name=name, change=change, old_versions=old, new_versions=new, sizes=sizes
    )


def _sizes(name: str, before: _Packages, after: _Packages) -> Sizes | Unknown:
    """Bytes on both sides, where they are known on each that has the package."""
    for side in (before, after):
        if name in side.versions and name not in side.bytes:
            return Unknown(reason=side.why)
    return Sizes(old_bytes=before.bytes.get(name, 0), new_bytes=after.bytes.get(name, 0))
