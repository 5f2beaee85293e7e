"""Variants with the figures that an advice reads, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imagematrix.model import (
    Advice,
    AtMost,
    Base,
    BaseSource,
    Budget,
    BudgetResult,
    BudgetStatus,
    Measurement,
    Must,
    Result,
    Status,
    Table,
    estimated,
    exact,
    not_applicable,
    unavailable,
)
from imagematrix.verdicts.advise import advise
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
            exact("bytes_by_origin", Table(columns=("origin", "bytes", "files"), rows=()), method=""),
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


def taken_over(result: Result, run_id: str) -> Result:
    """The same with its start-up taken over from an earlier run, as behaviour.py marks it."""
    return replace(
        result,
        measurements=tuple(
            replace(m, reason=f"{m.reason}; measured in run {run_id}") if m.name.startswith("start_") else m
            for m in result.measurements
        ),
    )


def over_budget(result: Result, *reasons: str, status: BudgetStatus = BudgetStatus.BROKEN) -> Result:
    """The same, failed by budgets called max_0, max_1 and so on, and by nothing else."""
    budgets = tuple(
        BudgetResult(
            name=f"max_{n}", text="1MB", measurement="own_bytes", status=status, reason=reason, causes=()
        )
        for n, reason in enumerate(reasons)
    )
    reason = f"budget max_0: {reasons[0]}" if len(reasons) == 1 else "budgets broken: max_0, max_1"
    return replace(result, status=Status.FAILED, reason=reason, budgets=budgets)


def guessed(download: int) -> Measurement:
    return estimated("download_bytes", download, unit="bytes", method="sampled")


# As the article has them: Debian whole, distroless a little larger than Alpine.
VANILLA = variant(
    "vanilla",
    download=400 * MB,
    unpacked=681 * MB,
    start=0.12,
    memory=40 * MB,
    shells=("bash", "sh"),
    package_managers=("/usr/bin/apt",),
    build_tools=("/usr/bin/gcc",),
    setuid=("/usr/bin/su",),
    executables=1000,
    user="root",
)
DISTROLESS = variant("distroless", download=45 * MB, unpacked=77 * MB, executables=6, user="root")
ALPINE = variant(
    "alpine",
    download=40 * MB,
    unpacked=70 * MB,
    shells=("sh",),
    package_managers=("/sbin/apk",),
    executables=90,
    user="root",
    libc="musl",
)
EARLIER = "20261123T000000Z-000001"
ARTICLE = made.run(VANILLA, DISTROLESS, ALPINE)


def at_most(name: str, limit: float, text: str, measurement: str) -> Budget:
    return Budget(name=name, text=text, measurement=measurement, limit=AtMost(limit=limit))


def asked(name: str) -> Budget:
    return Budget(name=name, text="", measurement="", limit=Must(word=""))


DOWNLOAD_60 = at_most("max_download", 60 * MB, "60MB", "download_bytes")


def by_profile(*results: Result) -> dict[str, Advice]:
    return {advice.profile: advice for advice in advise(made.run(*results))}
