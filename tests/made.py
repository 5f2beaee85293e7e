"""Values for tests, each as small as it can be."""

from __future__ import annotations

from pathlib import Path

from imagematrix.model import (
    Base,
    BaseSource,
    BodyRule,
    Build,
    EngineFacts,
    Git,
    Host,
    Image,
    Layer,
    Result,
    Run,
    RunStatus,
    Smoke,
    SmokeAnswer,
    Status,
    exact,
    not_applicable,
    unavailable,
)
from imagematrix.verdicts.sharing import sharing


def digest(letter: str) -> str:
    return f"sha256:{letter * 64}"


def smoke(
    *,
    status: int = 200,
    body: BodyRule | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    timeout_seconds: float = 5.0,
) -> Smoke:
    rule = body or BodyRule(kind="equals", text="Hello World!")
    return Smoke(path="/", status=status, body=rule, headers=headers, timeout_seconds=timeout_seconds)


def result(label: str = "alpine", *, status: Status = Status.PASSED, reason: str = "") -> Result:
    """A variant with one base layer of 60 MB and one of its own of 2 MB."""
    return Result(
        name=label,
        axes=(("node", "24"),),
        label=label,
        status=status,
        reason=reason,
        bases=(
            Base(
                reference="node:24-alpine",
                source=BaseSource.STAND_IN,
                digest=digest("b"),
                recipe="alpine-node",
            ),
        ),
        build=Build(seconds=12.345, cached=False, log=Path("/somewhere/logs") / f"{label}-node24.build.log"),
        image=Image(
            config_digest=digest("c"),
            unpacked_bytes=62_000_000,
            engine_bytes=62_000_000,
            layers=(
                Layer(diff_id=digest("1"), bytes=60_000_000, created_by="ADD rootfs.tar /", from_base=True),
                Layer(diff_id=digest("2"), bytes=2_000_000, created_by="COPY /app /", from_base=False),
            ),
        ),
        smoke=SmokeAnswer(http_status=200, first_response_seconds=0.1834),
        measurements=(
            exact("base", "node:24-alpine", method="diff IDs"),
            exact("base_layers", 1, unit="layers", method="diff IDs"),
            exact("own_layers", 1, unit="layers", method="diff IDs"),
            exact("shells", ("sh",), method="exec"),
            exact("libc", "musl", method="loader"),
            exact("libc_version", "1.2.5", method="loader"),
            not_applicable("node_glibc_version", "not on glibc"),
            unavailable("download_bytes", "no registry", unit="bytes"),
        ),
    )


def run(*results: Result, status: RunStatus = RunStatus.PASSED) -> Run:
    return Run(
        id="20261124T024000Z-3fa9c1",
        started_at="2026-11-24T02:40:00Z",
        seconds=34.5,
        status=status,
        engine=EngineFacts(name="docker", version="26.1.5", image_store="overlay2", embedded=True),
        host=Host(
            id="0123456789abcdef",
            system="Linux",
            release="6.1",
            machine="x86_64",
            cpus=2,
            memory_bytes=1 << 34,
            python="3.11.2",
        ),
        git=Git(commit="a" * 40, branch="main", dirty=False),
        results=results or (result(),),
        sharing=sharing(results or (result(),)),
    )
