"""Apps at fault: what each is told to be, and that nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from imagematrix import engine as engines
from imagematrix.config import load_matrix
from imagematrix.model import LABEL_OWNER, Engine
from imagematrix.steps import owner
from tests.integration.apps import SERVES
from tests.integration.cli import Done, flags, invoke
from tests.integration.faults.apps import faulty

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

SECONDS: Final = 4  # that an app has for its answer
AT_ONCE: Final = 4  # commands side by side: most of the time is waiting

IDLE: Final = "setInterval(() => {}, 1000)"
HTTP: Final = "require('http').createServer((q, r) => {{ {} }}).listen(3000)"
# Below HTTP: `s` is the connection of one request that has come.
RAW: Final = (
    "require('net').createServer(s => {{"
    " s.on('error', () => {{}}); s.once('data', () => {{ {} }}) }}).listen(3000)"
)
OK: Final = r"HTTP/1.1 200 OK\r\n"
TWELVE: Final = rf"{OK}Content-Length: 12\r\n\r\n"
ENDLESS: Final = "const more = () => {{ while ({}); {}.once('drain', more) }}; more()"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A program, and what must be told of it."""

    program: str
    says: str = ""  # the whole reason, or its beginning where `log` follows; "" passes
    status: int | None = None  # of HTTP, where an answer came
    log: str = ""  # what of the app's log must be told
    or_says: str = ""  # instead, where the last attempt came to its end before the app did what it does


def ended(how: str, program: str, *, log: str = "") -> Fault:
    says = f"smoke: the container exited with code {how} before it answered"
    return Fault(program=program, says=says if log else f"{says}; it logged nothing", log=log)


def late(what: str, program: str, *, inside: str = "inside, something listens on port 3000") -> Fault:
    within = f"smoke: no right answer to GET / within {SECONDS} s of the start"
    return Fault(program=program, says=f"{within}: {what}; {inside}; it logged nothing")


def wrong(what: str, status: int, program: str) -> Fault:
    return Fault(program=program, says=f"smoke: GET /: {what}", status=status)


CUT: Final = "connections are cut before an answer"  # by the engine's proxy, where nothing listens behind it
SILENT: Final = "it accepted the connection and did not answer"
NOWHERE: Final = "nothing listens inside on any TCP port"
REMEDY: Final = "make it listen on 0.0.0.0, or a published port cannot reach it"
BODY: Final = "expected body 'Hello World!', got 200 with body"

FAULTS: Final = {
    "exits-0": ended("0", "process.exit(0)"),
    "exits-1": ended("1", "process.exit(1)"),
    "exits-7": ended(
        "7",
        r"console.log('line one\nline two'); process.exit(7)",
        log="\n    | line one\n    | line two",
    ),
    "throws": ended("1", "throw new Error('no database')", log="\n    | Error: no database\n"),
    "segfaults": ended("139 (128 + SIGSEGV)", "process.kill(process.pid, 'SIGSEGV')"),
    "is-killed": ended("137 (128 + SIGKILL)", "process.kill(process.pid, 'SIGKILL')"),
    "out-of-memory": ended("137 (out of memory)", "const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1))"),
    "deaf": late(CUT, IDLE, inside=NOWHERE),
    "busy": late(CUT, "for (;;);", inside=NOWHERE),
    "on-loopback": late(
        CUT,
        SERVES.replace("3000", "3000, '127.0.0.1'"),
        inside=f"inside, the app listens on port 3000 at 127.0.0.1 only: {REMEDY}",
    ),
    "on-another-port": late(
        CUT,
        SERVES.replace("3000", "3001"),
        inside="inside, nothing listens on port 3000, but something does on 3001",
    ),
    "on-ipv6": late(
        CUT,
        SERVES.replace("3000", "{ port: 3000, host: '::', ipv6Only: true }"),
        inside=f"inside, the app listens on port 3000 by IPv6 only: {REMEDY}",
    ),
    "slow": Fault(program=f"setTimeout(() => {{ {SERVES} }}, 1500)", status=200),
    "too-slow": late(CUT, f"setTimeout(() => {{ {SERVES} }}, 60000)", inside=NOWHERE),
    "answers-301": wrong(
        "expected status 200, got 301 with body ''",
        301,
        HTTP.format("r.writeHead(301, { Location: '/' }).end()"),
    ),
    "answers-404": wrong(
        "expected status 200, got 404 with body 'no page'",
        404,
        HTTP.format("r.writeHead(404).end('no page')"),
    ),
    "answers-500": wrong(
        "expected status 200, got 500 with body 'boom'", 500, HTTP.format("r.writeHead(500).end('boom')")
    ),
    "answers-503": late("it answered 503 (not ready)", HTTP.format("r.writeHead(503).end()")),
    "wrong-body": wrong(f"{BODY} 'Bye'", 200, HTTP.format("r.end('Bye')")),
    "empty-body": wrong(f"{BODY} ''", 200, HTTP.format("r.end()")),
    "long-body": wrong(f"{BODY} '{'x' * 200}' …", 200, HTTP.format("r.end('x'.repeat(9999))")),
    "not-utf-8": wrong(
        f"{BODY} '\ufffd\ufffdHi'", 200, HTTP.format("r.end(Buffer.from([255, 254, 72, 105]))")
    ),
    "controls": wrong(rf"{BODY} '\x1b[2J\u202e'", 200, HTTP.format(r"r.end('\u001b[2J\u202e')")),
    "silent": late(SILENT, HTTP.format("")),
    "closes": replace(late(CUT, RAW.format("s.destroy()")), or_says=late(SILENT, "").says),
    "cuts-its-body": late(
        "no HTTP answer: peer closed connection without sending complete message body"
        " (received 5 bytes, expected 12)",
        RAW.format(f"s.end('{TWELVE}Hello')"),
    ),
    "endless-headers": late(
        "no HTTP answer: its headers are longer than 16384 bytes",
        RAW.format(f"s.write('{OK}'); " + ENDLESS.format(r"s.write('A: ' + 'a'.repeat(999) + '\r\n')", "s")),
    ),
    "endless-body": wrong(
        "the body is longer than 1048576 bytes",
        200,
        HTTP.format(ENDLESS.format("r.write('x'.repeat(65536))", "r")),
    ),
    "a-byte-a-second": late(
        "its answer did not end", RAW.format(f"s.write('{TWELVE}'); setInterval(() => s.write('H'), 1000)")
    ),
    "a-head-that-drips": late(
        "the head of its answer did not end", RAW.format("setInterval(() => s.write('H'), 1000)")
    ),
    "speaks-ssh": late(
        "no HTTP answer: illegal status line: 'SSH-2.0-X'", RAW.format(r"s.end('SSH-2.0-X\r\n\r\n')")
    ),
    "floods-its-log": Fault(
        program=f"{SERVES}; setInterval(() => console.log('noise '.repeat(20000)), 1)", status=200
    ),
    "forks-to-the-limit": Fault(
        # It is well only once the kernel has refused it another process.
        program="const { spawn } = require('child_process'); let refused = 0;"
        "for (let i = 0; i < 300; i++)"
        " spawn('sleep', ['600']).on('error', e => { refused += e.code === 'EAGAIN' });"
        + HTTP.format("r.end(refused ? 'Hello World!' : 'no limit')"),
        status=200,
    ),
    "forks-sh": ended(
        "2", "while :; do sleep 600 & done", log="can't fork: Resource temporarily unavailable"
    ),
    "ignores-sigterm": Fault(program=f"process.on('SIGTERM', () => {{}}); {SERVES}", status=200),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The matrix of all of them; its images are gone afterwards."""
    programs = {name: fault.program for name, fault in FAULTS.items()}
    folder = faulty(tmp_path_factory.mktemp("faulty"), programs, timeout=SECONDS)
    yield folder
    assert invoke(folder, "clean").code == 0


@pytest.fixture(scope="module")
def commands(folder: Path) -> list[Done]:
    """All variants smoke-tested, by several commands side by side."""
    names = list(FAULTS)
    shares = [flags(names[start::AT_ONCE]) for start in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda share: invoke(folder, "smoke", "--json", "--jobs=2", *share), shares))


@pytest.fixture(scope="module")
def told(commands: list[Done]) -> dict[str, Any]:
    return {variant["label"]: variant for done in commands for variant in done.record["variants"]}


@pytest.mark.parametrize("name", FAULTS)
def test_an_app_at_fault_is_told_what_it_does(told: dict[str, Any], name: str) -> None:
    fault, variant = FAULTS[name], told[name]
    reason = variant["reason"]
    assert variant["status"] == ("failed" if fault.says else "passed"), reason
    if fault.log:
        assert reason.startswith(f"{fault.says}\n    | ")
        assert fault.log in reason
    else:
        assert reason == fault.says or reason == fault.or_says != ""
    assert (variant["smoke"] or {"http_status": None})["http_status"] == fault.status
    assert variant["build"] is not None


def test_the_time_of_a_slow_start_is_its_own(told: dict[str, Any]) -> None:
    assert 1.5 < told["slow"]["smoke"]["first_response_seconds"] < SECONDS


def test_every_command_ends_in_order(commands: list[Done]) -> None:
    assert [done.code for done in commands] == [1] * AT_ONCE
    assert [done.err for done in commands if "Traceback" in done.err] == []


def test_nothing_of_them_is_left(folder: Path, engine: Engine, commands: list[Done]) -> None:
    client = engines.connect(engine)
    filters: dict[str, str | list[str] | bool] = {
        "label": f"{LABEL_OWNER}={owner(load_matrix(folder / 'variants.yml'))}"
    }
    assert client.containers.list(all=True, filters=filters, ignore_removed=True) == []
    assert client.networks.list(filters=filters) == []
    client.close()
    assert list(folder.rglob("*.tmp")) == []
    assert len(list((folder / "results").glob("*/run.json"))) == len(commands)
