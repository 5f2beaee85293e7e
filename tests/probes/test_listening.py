from __future__ import annotations

import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from imagematrix.container import Exec
from imagematrix.errors import UnansweredError
from imagematrix.probes.listening import parse, what_listens
from tests.probes.servers import pretended

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
# Hand-made after proc(5): port 3000 is 0BB8, 8080 is 1F90; state 0A listens, 01 is a connection.
LOOPBACK = (
    HEAD + "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n"
)
ANYWHERE = (
    HEAD + "   0: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n"
)
OTHER = (
    HEAD + "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n"
)
CONNECTED = (
    HEAD + "   0: 0100007F:0BB8 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 1\n"
)
V6_ANY = "   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 0 0 0 0 0 0\n"
V6_LOOPBACK = (
    "   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 0 0 0 0 0 0\n"
)
MAPPED = "   0: 0000000000000000FFFF00000100007F:0BB8 00000000000000000000000000000000:0000 0A 0 0 0 0 0 0\n"


@pytest.mark.parametrize(
    ("table", "address"),
    [
        (LOOPBACK, "127.0.0.1"),
        (ANYWHERE, "0.0.0.0"),
        (V6_ANY, "::"),
        (V6_LOOPBACK, "::1"),
        (MAPPED, "127.0.0.1"),
    ],
)
def test_addresses_are_read_as_the_kernel_writes_them(table: str, address: str) -> None:
    assert parse(table) == [(ip_address(address), 3000)]


def test_connections_are_not_listeners() -> None:
    assert parse(CONNECTED) == []


def test_a_real_table_of_this_machine_has_a_real_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert (ip_address("127.0.0.1"), port) in parse(Path("/proc/net/tcp").read_text(encoding="ascii"))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (LOOPBACK, "listens on port 3000 at 127.0.0.1 only: make it listen on 0.0.0.0"),
        (HEAD + V6_LOOPBACK, "listens on port 3000 at ::1 only"),
        (LOOPBACK + ANYWHERE, "something listens on port 3000"),
        (OTHER, "nothing listens on port 3000, but something does on 8080"),
        (HEAD, "nothing listens inside on any TCP port"),
    ],
)
def test_the_sentence_tells_the_cases_apart(table: str, says: str) -> None:
    assert says in what_listens(pretended(commands={"cat": Exec(exit_code=0, output=table)}))


def test_without_cat_the_node_inside_reads_the_table() -> None:
    commands = {"/nodejs/bin/node": Exec(exit_code=0, output=OTHER)}
    assert "something does on 8080" in what_listens(pretended(commands=commands))


def test_without_either_it_says_that_it_does_not_know() -> None:
    assert "could not be read" in what_listens(pretended())


@pytest.mark.parametrize(
    ("node", "says"),
    [("ECONNREFUSED\n", "on port 3000 by IPv6 only"), ("", "something listens on port 3000")],
)
def test_what_takes_no_ipv4_is_told_by_asking_it(node: str, says: str) -> None:
    commands = {"cat": Exec(exit_code=0, output=HEAD + V6_ANY), "node": Exec(exit_code=0, output=node)}
    assert says in what_listens(pretended(commands=commands))


def test_a_program_inside_that_does_not_answer_is_told() -> None:
    late = UnansweredError("measure", "`cat` inside has not ended after 20 s")
    told = what_listens(pretended(commands={"cat": late}))
    assert told == "what listens inside could not be read: `cat` inside has not ended after 20 s"
