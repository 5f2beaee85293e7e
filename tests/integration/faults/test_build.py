"""Builds at fault: what is told of each, within which bounds, and that nothing goes on after it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from imagematrix import engine as engines
from imagematrix.config import load_matrix
from imagematrix.errors import InputError
from imagematrix.model import LABEL_OWNER, Engine
from imagematrix.steps import owner
from tests.integration.apps import tiny
from tests.integration.cli import Done, invoke, words

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

AT_ONCE: Final = 4
NEW: Final = f"echo {time.time_ns()}"  # a step that no earlier build has made


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A Dockerfile or a matrix at fault, and what is told; an ellipsis is anything, "" passes."""

    says: str = ""  # the whole reason; of what ends the command, its message with the next step
    more: str = ""  # lines of the Dockerfile, after it was copied what it needs
    dockerfile: str | None = None  # all of it
    matrix: str = ""
    code: int = 1


def step(place: str, command: str, ended: str, *lines: str) -> str:
    """A command that ended so, with its last lines."""
    process = f'process "/bin/sh -c {command}" did not complete successfully: {ended}'
    return f"build: [{place}] RUN {command}: {process}" + "".join(f"\n    | {line}" for line in lines)


ROWS: Final = {
    "the first of three": Row(
        more=f"RUN echo one && exit 3\nRUN true\nRUN {NEW}",
        says=step("3/6", "echo one && exit 3", "exit code: 3", "one"),
    ),
    "the second of three": Row(  # on one stream: BuildKit does not keep the order of two
        more=f"RUN true\nRUN (echo two; echo err) >&2; exit 4\nRUN {NEW}",
        says=step("4/6", "(echo two; echo err) >&2; exit 4", "exit code: 4", "two", "err"),
    ),
    "the last of three": Row(
        more=f"RUN true\nRUN {NEW}\nRUN nosuch",
        says=step("5/6", "nosuch", "exit code: 127", "/bin/sh: nosuch: not found"),
    ),
    "many lines": Row(
        more="RUN seq 1000; exit 1",
        says=step("3/4", "seq 1000; exit 1", "exit code: 1", *map(str, range(989, 1001))),
    ),
    "no secret": Row(
        more="RUN --mount=type=secret,id=token,required=true cat /run/secrets/token",
        says="build: [stage-0 3/4] RUN --mount=type=secret,id=token,required=true cat /run/secrets/token: "
        "secret token: not found",
    ),
    "no such instruction": Row(
        more="RNU true",
        says="build: failed to solve: dockerfile parse error on line 4: unknown instruction: RNU "
        "(did you mean …?)",
    ),
    "nothing to copy": Row(
        more="COPY nothing.js ./",
        says="build: [3/4] COPY nothing.js ./: failed to calculate checksum of ref …: "
        '"/nothing.js": not found',
    ),
    "no network": Row(
        more="RUN --network=none wget -T 3 http://example.invalid/",
        says="build: [3/4] RUN --network=none wget -T 3 http://example.invalid/: process …"
        "\n    | wget: bad address 'example.invalid'",
    ),
    "controls": Row(
        more=r"RUN printf '\033[2J\377\n'; exit 1",
        says="build: [3/4] RUN printf …\n    | \\x1b[2J\ufffd",
    ),
    "stages in a ring": Row(
        dockerfile="FROM node:24-alpine AS a\nCOPY --from=b / /\nFROM node:24-alpine AS b\nCOPY --from=a / /\n",
        says="build: failed to solve: circular dependency detected on stage: a",
    ),
    "no such stage": Row(
        more="COPY --from=nostage /a /a",
        code=2,
        says="variants.yml:10:5: line 4 of Dockerfile builds from 'nostage', which is not among the bases\n"
        "  next: add it, or leave 'bases' out to have them read from the Dockerfile",
    ),
    "no such target": Row(
        matrix="    target: nosuch\n",
        code=2,
        says="variants.yml:11:13: unknown build stage 'nosuch'\n"
        "  next: there are no build stages to choose from here (of Dockerfile)",
    ),
    "empty": Row(
        dockerfile="",
        code=2,
        says="…Dockerfile:1: no FROM line\n  next: a Dockerfile starts with FROM and a base image",
    ),
    "FROM of nothing": Row(
        dockerfile="ARG X\nFROM $X\n",
        code=2,
        says="…Dockerfile:2: $X uses X, which has no value here\n"
        "  next: declare ARG X above the first FROM, with a default or a build argument",
    ),
    "another platform": Row(
        matrix="    platform: linux/s390x\n",
        code=3,
        says="there is no Alpine for s390x to make a stand-in of\n"
        "  next: use a registry, or an engine on one of: amd64, arm64",
    ),
    "an endless log": Row(more=f"RUN {NEW}; yes | head -c 100000000"),
    "a long line": Row(
        more=f"RUN {NEW}; head -c 30000000 /dev/zero | tr '\\0' x; exit 1",
        says="build: [3/4] RUN …",
    ),
}


def forget(folder: Path, engine: Engine) -> None:
    """Nothing of this checkout is on the engine but images, and now not these either."""
    try:
        matrix = load_matrix(folder / "variants.yml")
    except InputError:
        return  # nothing was begun
    with closing(engines.connect(engine)) as client:
        mark: dict[str, str | list[str] | bool] = {"label": f"{LABEL_OWNER}={owner(matrix)}"}
        assert client.containers.list(all=True, filters=mark, ignore_removed=True) == []
        for image in client.images.list(filters=mark):
            client.images.remove(str(image.id), force=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    done: Done
    folder: Path

    @property
    def log_bytes(self) -> int:
        return sum(log.stat().st_size for log in self.folder.glob("results/*/logs/*"))


@pytest.fixture(scope="module")
def met(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Met]]:
    top = tmp_path_factory.mktemp("build")

    def meet(name: str) -> Met:
        row = ROWS[name]
        folder = tiny(top / name, more=row.more, matrix=row.matrix)
        if row.dockerfile is not None:
            (folder / "Dockerfile").write_text(row.dockerfile, encoding="utf-8")
        return Met(done=invoke(folder, "build", "--json"), folder=folder)

    with ThreadPoolExecutor(AT_ONCE) as executor:
        told = dict(zip(ROWS, executor.map(meet, ROWS), strict=True))
    yield told
    for each in told.values():
        forget(each.folder, engine)


def pattern(says: str) -> str:
    return re.escape(says).replace("…", "(?s:.*)")


@pytest.mark.parametrize("name", ROWS)
def test_a_build_at_fault_is_told(met: dict[str, Met], name: str) -> None:
    row, done = ROWS[name], met[name].done
    code = row.code if row.says else 0
    assert (done.code, "Traceback" in done.err) == (code, False), (done.out, done.err)
    if code in (2, 3):
        message = done.err[done.err.rindex("imagematrix: ") :].removeprefix("imagematrix: ").rstrip("\n")
        assert re.fullmatch(pattern(row.says), message), message
        assert done.out == ""
        return
    (variant,) = done.record["variants"]
    reason, _, log = variant.get("reason", "").partition("\n    whole log: ")
    assert re.fullmatch(pattern(row.says), reason), reason
    if row.says:
        assert Path(log).read_text(encoding="utf-8")
    assert met[name].log_bytes < 3 << 20  # 2 MiB a step is BuildKit's own bound


def test_what_is_told_of_a_long_line_is_bounded(met: dict[str, Met]) -> None:
    (variant,) = met["a long line"].done.record["variants"]
    lines = variant["reason"].splitlines()
    assert max(map(len, lines)) < 2100
    assert sum(map(len, lines)) < 10_000
    assert len(met["a long line"].done.err) < 10_000


def begun(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words("build"), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def interrupted(process: subprocess.Popen[str]) -> str:
    """Ctrl-C ends it within seconds, and as it should; what it had told."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.endswith("imagematrix: interrupted; what was started is removed\n")
    return err


def until(true: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)


def running(marker: str) -> bool:
    """Whether a process of this machine, those in containers and builds among them, has this in its words."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.parent.name != str(os.getpid()) and marker.encode() in entry.read_bytes():
                return True
        except OSError:
            continue  # it has ended
    return False


def test_a_build_that_hangs_is_ended_by_ctrl_c(tmp_path: Path, engine: Engine) -> None:
    marker = f"sleep 1000 && echo {time.time_ns()}"
    folder = tiny(tmp_path, more=f"RUN {marker}")
    process = begun(folder)
    until(lambda: running(marker))
    interrupted(process)
    until(lambda: not running(marker))
    forget(folder, engine)


def test_a_huge_context_is_told_of_and_ended_by_ctrl_c(tmp_path: Path, engine: Engine) -> None:
    folder = tiny(tmp_path)
    with (folder / "app" / "huge").open("wb") as file:
        file.truncate(4 << 30)  # sparse: no block of it is on the disk
    (folder / "Dockerfile").write_text("FROM node:24-alpine\nCOPY . /app\n", encoding="utf-8")
    process = begun(folder)
    until(lambda: next(folder.glob("results/*/logs/*.build.log"), None) is not None)
    time.sleep(4)
    assert process.poll() is None
    assert re.search(
        rf"[0-9]+ MB of the build context {folder}/app are sent so far; a \.dockerignore in it keeps out",
        interrupted(process),
    )
    until(lambda: not running(str(folder)))  # of buildx, which was sending it
    forget(folder, engine)


def test_neither_docker_nor_buildx_need_be_on_the_path(tmp_path: Path, engine: Engine) -> None:
    folder = tiny(tmp_path)
    done = invoke(folder, "build", environment={"PATH": "/nonexistent"})
    assert done.code == 0, done.err
    forget(folder, engine)


def test_without_any_buildx_it_is_told_what_to_install(tmp_path: Path, engine: Engine) -> None:
    """An empty cache and a PATH without docker, buildx and apt."""
    folder = tiny(tmp_path / "app")
    environment = {
        "PATH": "/nonexistent",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "DOCKER_CONFIG": str(tmp_path / "none"),
        **dict(engine.env),
    }
    done = invoke(folder, "build", environment=environment)
    assert done.code == 3
    assert re.search(
        r"imagematrix: no docker buildx >= 0\.12 is here, and none can be fetched: .+\n"
        r"  next: install the docker-buildx-plugin \(docs\.docker\.com/go/buildx\), then run this again\n$",
        done.err,
    ), done.err
    assert "Traceback" not in done.err
