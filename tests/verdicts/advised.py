"""Variants with the figures that an advice reads, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imagematrix.model import (
    Base,
    BaseSource,
    Measurement,
    Result,
    estimated,
    exact,
    not_applicable,
    unavailable,
)
from tests import made

MB = 1_000_000
REGISTRY = Base(reference="node:24", source=BaseSource.REGISTRY, digest=made.digest("b"), recipe="")


def starts(median: float) -> tuple[float, ...]:
    """Five starts around a median, 1 ms apart."""
    return tuple(round(median + step / 1000, 6) for step in (0, -2, -1, 2, 1))


def variant(
    label: str,
    *,
    download: int | Measurement = 100 * MB,
    unpacked: int = 300 * MB,
    start: float | Sequence[float] = 0.1,
    memory: int = 20 * MB,
    shells: Sequence[str] = (),
    on_disk: Sequence[str] | None = None,
    package_managers: Sequence[str] = (),
    build_tools: Sequence[str] = (),
    setuid: Sequence[str] = (),
    executables: int = 10,
    user: str = "node",
    libc: str = "glibc",
    stops: str = "default action",
    read_only: str = "passes",
    past_end: bool = False,
) -> Result:
    """One that passed, on a registry's base, with all that the profiles ask."""
    each = starts(start) if isinstance(start, float) else tuple(start)
    download_bytes = (
        exact("download_bytes", download, unit="bytes", method="") if isinstance(download, int) else download
    )
    return replace(
        made.result(label),
        bases=(REGISTRY,),
        measurements=(
            download_bytes,
            exact("unpacked_bytes", unpacked, unit="bytes", method=""),
            exact("start_seconds", sorted(each)[len(each) // 2], unit="seconds", method=""),
            exact("start_each_seconds", each, unit="seconds", method=""),
            exact("memory_idle_bytes", memory, unit="bytes", method=""),
            exact("shells", tuple(shells), method=""),
            exact("shells_on_disk", tuple(shells if on_disk is None else on_disk), method=""),
            exact("package_managers", tuple(package_managers), method=""),
            exact("build_tools", tuple(build_tools), method=""),
            exact("setuid_files", tuple(setuid), method=""),
            exact("executables", executables, unit="files", method=""),
            exact("user", user, method=""),
            exact("libc", libc, method=""),
            exact("stop_verdict", stops, method=""),
            exact("hardening_read_only", read_only, method=""),
            exact("node_past_end_of_life", past_end, method=""),
            exact("os_past_end_of_life", False, method=""),
            not_applicable("addons", "no addon"),
            not_applicable("secret_files", "none"),
        ),
    )


def without(result: Result, name: str) -> Result:
    """The same where a measurement could not be made."""
    missing = unavailable(name, "nobody looked")
    return replace(result, measurements=tuple(missing if m.name == name else m for m in result.measurements))


def guessed(download: int) -> Measurement:
    return estimated("download_bytes", download, unit="bytes", method="sampled")
