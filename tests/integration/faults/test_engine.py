"""Engines at fault: what is told of each, and that nothing of ours is on the engine once it works again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from imagematrix import engine as engines
from imagematrix.config import load_matrix
from imagematrix.model import LABEL_OWNER, Engine
from imagematrix.steps import owner
from tests.integration.apps import STOPS, tiny
from tests.integration.cli import Done, invoke, words
from tests.integration.faults.proxy import (
    Does,
    Fault,
    after,
    cut,
    cuts_after,
    gone,
    hang,
    proxied,
    refuses,
    restarts,
    says,
    slow,
    soon,
)
from tests.integration.faults.surroundings import start

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

AT_ONCE: Final = 4  # commands side by side: most of the time is waiting
IMPATIENT: Final = {"DOCKER_CLIENT_TIMEOUT": "2"}
REMOVED: Final = "REMOVED"  # stands for what takes the row's image off the engine


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A fault, the command that meets it, and what is told; HOST is the engine's address.

    What ends the command is the last message on standard error, with its next step; what ends the variant
    alone is its reason; "" passes.
    """

    route: str
    does: Does | str
    says: str
    next: str = ""  # "" where a variant ends, or none
    nth: int = 1
    once: bool = False
    task: str = "smoke"
    more: str = ""  # of the Dockerfile
    environment: Mapping[str, str] | None = None
    within_seconds: float = 60

    @property
    def code(self) -> int:
        return 3 if self.next else 1 if self.says else 0


MORE: Final = "`invoke engine.status` and `invoke doctor` tell more"
STOPPED: Final = "HOST: the engine stopped answering: "
LOST: Final = "Remote end closed connection without response"
RESET: Final = "Connection reset by peer"
NOBODY: Final = "HOST: no Docker engine answers where DOCKER_HOST points: "
START_IT: Final = "start that engine, or have DOCKER_HOST name one that runs"
NEWER: Final = "name a Docker engine of 23.0 or newer by DOCKER_HOST or `docker context use`"
HUNG: Final = "HOST: the engine has not answered within 2 s"
BUSY: Final = f"see what keeps it busy; DOCKER_CLIENT_TIMEOUT is how many seconds it is given, and {MORE}"
AGAIN: Final = "see that the engine runs, then run this again"
LISTENS: Final = "see that a Docker engine listens there, and that nothing on the way changes its answers"
OWN_LOG: Final = "see what the engine's own log says of it"
FULL: Final = "write /var/lib/docker/tmp/x: no space left on device"
CREATE: Final = "/containers/create$"
INSPECT: Final = "/containers/[0-9a-f]{64}/json$"
LONG: Final = f"RUN sleep 20 && echo {time.time_ns()}"
SESSION: Final = "^POST /session"  # the second is that of the build itself


def ends(route: str, reason: str = LOST, *, does: Does | str = gone, task: str = "smoke") -> Row:
    return Row(route=route, does=does, says=STOPPED + reason, next=MORE, task=task)


def unfound(reason: str, does: Does, *, route: str = "^GET /version") -> Row:
    return Row(route=route, does=does, says=NOBODY + reason, next=START_IT)


def formless(what: str, route: str, does: Does) -> Row:
    says = f"HOST: the engine's answer has not the form of one: {what}"
    return Row(route=route, does=does, says=says, next=LISTENS)


def hung(route: str, *, task: str = "smoke", nth: int = 1) -> Row:
    return Row(
        route=route,
        does=hang,
        says=HUNG,
        next=BUSY,
        task=task,
        nth=nth,
        environment=IMPATIENT,
        within_seconds=20,
    )


ROWS: Final = {
    "gone mid-build": Row(
        route=SESSION,
        nth=2,
        once=True,
        does=soon(1, gone),
        task="build",
        more=LONG,
        says=STOPPED + "No such file or directory",
        next=MORE,
    ),
    "gone at the build": Row(
        route="^POST /grpc",
        nth=2,
        does=gone,
        says=STOPPED + "No such file or directory",
        next=MORE,
        task="build",
    ),
    "BuildKit refused": Row(
        route="^POST /grpc",
        does=refuses("no upgrade", 403),
        says="HOST: the engine that DOCKER_HOST names (docker …) does not let us through to its BuildKit "
        "(POST /grpc is answered by 403)",
        next=f"{NEWER}; what is on this one already can be measured (`invoke measure --image`)",
        task="build",
    ),
    "gone after the build": ends("/images/sha256:", task="build"),
    "gone at create": ends(CREATE),
    "gone mid-smoke": ends("/start$"),
    "gone at removal": ends("^DELETE "),
    "gone mid-measure": ends("/exec/.*/start$", task="matrix"),
    "gone at the memory": ends("/stats", task="matrix"),
    "restarts mid-build": Row(
        route=SESSION,
        nth=2,
        once=True,
        does=soon(1, restarts(2)),
        task="build",
        more=LONG,
        says=STOPPED + "No such file or directory",
        next=MORE,
    ),
    "restarts at create": Row(route=CREATE, once=True, does=restarts(1), says=STOPPED + LOST, next=MORE),
    "restarts at first": Row(
        route="^GET /version", once=True, does=restarts(1), says=NOBODY + LOST, next=START_IT
    ),
    "hung from the first": Row(
        route="",
        does=hang,
        says=f"{NOBODY}timed out",
        next=START_IT,
        environment=IMPATIENT,
        within_seconds=10,
    ),
    "hung at create": hung(CREATE),
    "hung at start": hung("/start$"),
    "hung at inspect": hung(INSPECT),
    "hung at removal": hung("^DELETE "),
    "hung at exec": hung("/exec/.*/start$", task="matrix"),
    "no space at create": Row(
        route=CREATE, does=refuses(FULL), says=f"smoke: the container cannot be created: {FULL}"
    ),
    "no space at start": Row(
        route="/start$", does=refuses(FULL), says=f"smoke: the container cannot be started: {FULL}"
    ),
    "no space at exec": Row(
        route="/exec$", does=refuses(FULL), task="matrix", says=f"measure: the engine refused: {FULL}"
    ),
    "image removed after the build": Row(
        route="/images/sha256:",
        does=REMOVED,
        task="build",
        says="measure: the engine refused: No such image: sha256:…",
    ),
    "image removed before smoke": Row(
        route=CREATE, does=REMOVED, says="smoke: the engine refused: No such image: sha256:…"
    ),
    "image removed before measure": Row(
        route=CREATE,
        nth=2,
        does=REMOVED,
        task="matrix",
        says="smoke: the engine refused: No such image: sha256:…",
    ),
    "slow": Row(route="", does=slow(0.1), says=""),
    "port refused": Row(
        route="/start$",
        does=refuses("driver failed programming external connectivity"),
        says="smoke: the container cannot be started: driver failed programming external connectivity",
    ),
    "refuses removal once": Row(
        route="^DELETE ",
        once=True,
        does=refuses("unable to remove filesystem"),
        says="smoke: the engine refused: unable to remove filesystem",
    ),
    "refuses to list": Row(
        route="/containers/json",
        once=True,
        does=refuses("it is on fire"),
        says="HOST: the engine refused: it is on fire",
        next=OWN_LOG,
    ),
    "refuses all": unfound("it refuses (500): it is on fire", refuses("it is on fire"), route=""),
    "forbids all": unfound("it refuses (403): by plugin x", refuses("by plugin x", 403), route=""),
    "no JSON at first": unfound("its answer is no JSON", says(200, b"<html>")),
    "no JSON at create": ends(CREATE, "its answer is no JSON", does=says(201, b"<html>")),
    "no JSON of a base": Row(
        route="/images/", does=says(200, b"<html>"), says=STOPPED + "its answer is no JSON", next=AGAIN
    ),
    "nothing of an image": formless(
        "GET /images/node:24-alpine/json: 'Id' is not there", "/images/node", says(200, b"{}")
    ),
    "a list for an image": formless(
        "GET /images/node:24-alpine/json: it is no object", "/images/node", says(200, b"[1]")
    ),
    "null for a container": formless("GET /containers/…/json: it is not there", INSPECT, says(200, b"null")),
    "texts for a container": formless("POST /containers/create: it is no object", CREATE, says(201, b'"x"')),
    "another version at first": formless(
        "GET /version: 'ApiVersion' is not there", "/version", says(200, b'{"Arch": "amd64"}')
    ),
    "cut at first": unfound(LOST, cut),
    "cut mid-answer at first": unfound("its answer is no JSON", cuts_after(200)),
    "cut mid-answer": Row(
        route=INSPECT,
        once=True,
        does=cuts_after(400),
        says=f"{STOPPED}IncompleteRead(…)",
        next=MORE,
    ),
    "far too old": Row(
        route="/version",
        does=says(200, b'{"ApiVersion": "1.12", "Version": "1.0.0", "Arch": "amd64"}'),
        says="HOST: the engine that DOCKER_HOST names is too old to be asked: API versions below 1.24 are no "
        "longer supported by this library.",
        next=NEWER,
    ),
    "too old to build": Row(
        route="/version",
        does=says(200, b'{"ApiVersion": "1.41", "Version": "20.10.5", "Arch": "amd64"}'),
        says="HOST: the engine that DOCKER_HOST names (docker 20.10.5) speaks API 1.41; its BuildKit lacks "
        "named build contexts (needed: 23.0, API 1.42)",
        next=f"{NEWER}; what is on this one already can be measured (`invoke measure --image`)",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """How a command met its fault."""

    done: Done
    host: str
    seconds: float
    records: list[str]  # the status of each run that was kept


def remove_image(folder: Path, engine: Engine) -> None:
    with closing(engines.connect(engine)) as client:
        mark: dict[str, str | list[str] | bool] = {"label": f"{LABEL_OWNER}={mark_of(folder)}"}
        for image in client.images.list(filters=mark):
            client.images.remove(str(image.id), force=True)


def mark_of(folder: Path) -> str:
    return owner(load_matrix(folder / "variants.yml"))


def left(folder: Path, engine: Engine) -> list[str]:
    with closing(engines.connect(engine)) as client:
        mark: dict[str, str | list[str] | bool] = {"label": f"{LABEL_OWNER}={mark_of(folder)}"}
        containers = client.containers.list(all=True, filters=mark, ignore_removed=True)
        networks = client.networks.list(filters=mark)
        return [*(str(each.name) for each in containers), *(str(each.name) for each in networks)]


@pytest.fixture(scope="module")
def met(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Met]]:
    top = tmp_path_factory.mktemp("engine")
    folders = {name: tiny(top / name, index=STOPS, more=row.more) for name, row in ROWS.items()}
    with tempfile.TemporaryDirectory() as sockets:  # a socket's path may have 108 bytes

        def meet(name: str) -> Met:
            row, folder = ROWS[name], folders[name]
            does = after(lambda: remove_image(folder, engine)) if isinstance(row.does, str) else row.does
            path = Path(sockets) / str(list(ROWS).index(name))
            with proxied(engine, path, Fault(row.route, does, nth=row.nth, once=row.once)) as proxy:
                begun = time.monotonic()
                more = {"matrix": ["--repeat=1", "--fresh"], "smoke": [], "build": []}[row.task]
                environment = {**proxy.environment, **(row.environment or {})}
                done = invoke(folder, row.task, "--json", *more, environment=environment)
                return Met(
                    done=done,
                    host=proxy.environment["DOCKER_HOST"],
                    seconds=time.monotonic() - begun,
                    records=statuses(folder),
                )

        try:
            with ThreadPoolExecutor(AT_ONCE) as executor:
                told = dict(zip(ROWS, executor.map(meet, ROWS), strict=True))
            # What a run could not remove, as its engine was gone, the next command does: whichever it is.
            code = invoke(folders["slow"], "build", environment=dict(engine.env)).code
            still = {name: found for name, folder in folders.items() if (found := left(folder, engine))}
            assert (code, still) == (0, {})
            yield told
        finally:
            for folder in folders.values():
                remove_image(folder, engine)


def statuses(folder: Path) -> list[str]:
    records = (folder / "results").glob("*/run.json")
    return [json.loads(record.read_text(encoding="utf-8"))["status"] for record in records]


def matches(pattern: str, text: str) -> bool:
    """An ellipsis is anything; a connection that is cut while something is on its way is told as reset."""
    if pattern.endswith(LOST) and text.endswith(RESET):
        text = text.removesuffix(RESET) + LOST
    before, dots, behind = pattern.partition("…")
    return text.startswith(before) and text.endswith(behind) if dots else text == pattern


@pytest.mark.parametrize("name", ROWS)
def test_an_engine_at_fault_is_told_what_it_does(met: dict[str, Met], name: str) -> None:
    row, told = ROWS[name], met[name]
    assert "Traceback" not in told.done.err
    assert told.done.code == row.code, (told.done.out, told.done.err)
    if row.next:
        message = told.done.err[told.done.err.rindex("imagematrix: ") :]
        what, _, remedy = message.removeprefix("imagematrix: ").rstrip("\n").partition("\n  next: ")
        assert matches(row.says.replace("HOST", told.host, 1), what), what
        assert remedy == row.next
        assert told.done.out == ""
    else:
        (variant,) = told.done.record["variants"]
        reason = variant.get("reason", "").partition("\n    whole log: ")[0]
        assert matches(row.says, reason), reason
    assert told.seconds < row.within_seconds
    begun = not any(
        words in row.says for words in (NOBODY, "too old", "speaks API", "GET /version", "through")
    )
    assert told.records == ([("passed", "failed")[bool(row.code)]] if begun else [])


@pytest.fixture
def hanging(engine: Engine, tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A checkout, and an environment in which the engine hangs as a container is created."""
    folder = tiny(tmp_path / "app", index=STOPS)
    with tempfile.TemporaryDirectory() as sockets:
        with proxied(engine, Path(sockets) / "s", Fault(CREATE, hang)) as proxy:
            yield folder, proxy.environment
        assert left(folder, engine) == []
        remove_image(folder, engine)


def test_a_second_ctrl_c_ends_what_a_hung_engine_holds(hanging: tuple[Path, dict[str, str]]) -> None:
    folder, environment = hanging
    process = subprocess.Popen(
        words("smoke"),
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    process.send_signal(signal.SIGINT)  # too soon: it may just be cleaning up
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=5)
    assert process.returncode == 130
    assert (out, "Traceback" in err) == ("", False)
    assert err.endswith("imagematrix: interrupted; what was started is removed by the next command\n")
    assert statuses(folder) == ["interrupted"]


@pytest.mark.parametrize(
    ("route", "does", "says"),
    [
        ("/containers/json", refuses("it is on fire"), "the engine refused: it is on fire"),
        ("/images/json", hang, "the engine has not answered within 2 s"),
        ("/networks", says(200, b"<html>"), "the engine stopped answering: its answer is no JSON"),
    ],
)
def test_a_clean_up_that_the_engine_does_not_do(
    engine: Engine, tmp_path: Path, route: str, does: Does, says: str
) -> None:
    folder = tiny(tmp_path / "app", index=STOPS)
    assert invoke(folder, "build").code == 0
    with (
        tempfile.TemporaryDirectory() as sockets,
        proxied(engine, Path(sockets) / "s", Fault(route, does)) as proxy,
    ):
        done = invoke(folder, "clean", environment={**proxy.environment, **IMPATIENT})
    assert (done.code, "Traceback" in done.err) == (3, False), done.err
    assert f": {says}\n  next: " in done.err
    assert invoke(folder, "clean").code == 0


def test_buildx_starts_no_builder_of_its_own(engine: Engine, tmp_path: Path) -> None:
    """Let through at first and refused at the build, it would; what it asks for then is refused here as well."""
    folder = tiny(tmp_path / "app", index=STOPS)
    refused = Fault("^POST /grpc", refuses("no upgrade", 403), nth=2)
    barred = Fault("(POST|DELETE) .*/(images|containers|volumes)/", hang)
    with (
        tempfile.TemporaryDirectory() as sockets,
        proxied(engine, Path(sockets) / "s", refused, barred) as proxy,
    ):
        done = invoke(folder, "build", "--json", environment=proxy.environment)
        assert not [line for line in proxy.lines if "/containers/create" in line]
    (variant,) = done.record["variants"]
    assert done.code == 1
    assert "POST /grpc), and buildx was ended before it starts one of its own" in variant["reason"]


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1.5"])
def test_a_timeout_that_is_no_number_is_bad_input(tmp_path: Path, value: str) -> None:
    done = invoke(tiny(tmp_path), "build", environment={"DOCKER_CLIENT_TIMEOUT": value})
    assert done.code == 2
    assert done.err.endswith(
        f"imagematrix: DOCKER_CLIENT_TIMEOUT: not a number of seconds: {value!r}\n"
        "  next: use a whole number, 1 or more\n"
    )


def test_a_socket_of_others_is_told(tmp_path: Path) -> None:
    """Root may open every socket; another user meets what the kernel says."""
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as listening:
        place = Path(name)
        place.chmod(0o755)
        listening.bind(str(place / "s"))
        listening.listen()
        (place / "s").chmod(0o600)
        folder = tiny(tmp_path / "app")
        for each in (folder, *folder.parents):
            if each.stat().st_uid == os.getuid() and not each.stat().st_mode & 0o001:
                each.chmod(each.stat().st_mode | 0o055)
        done = start(
            folder,
            "smoke",
            within=("setpriv", "--reuid=54321", "--clear-groups"),
            without=["HOME", "XDG_CACHE_HOME", "DOCKER_CONFIG"],
            environment={"DOCKER_HOST": f"unix://{place}/s"},
        )
    assert done.code == 3
    assert done.err.endswith(
        f"imagematrix: unix://{place}/s: this user may not talk to the engine at DOCKER_HOST: Permission denied\n"
        "  next: run as root, or join its group (`usermod -aG docker $USER`, then log in anew)\n"
    )
