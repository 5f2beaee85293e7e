from __future__ import annotations

import signal

import pytest

from imagematrix.probes.signals import KILL, TERM, parse


def test_numbers_are_those_of_the_system_that_containers_run_on() -> None:
    """Python has them from the C library; the tests run on Linux."""
    named = {s.name: s.value for s in signal.Signals if s.value < 32}
    assert {name: found.number for name in named if (found := parse(name))} == named
    assert (TERM.number, KILL.number) == (signal.SIGTERM, signal.SIGKILL)


@pytest.mark.parametrize(
    ("told", "number", "name"),
    [
        ("SIGTERM", 15, "SIGTERM"),
        ("term", 15, "SIGTERM"),
        ("sigInt", 2, "SIGINT"),
        ("9", 9, "SIGKILL"),
        ("015", 15, "SIGTERM"),
        ("SIGCLD", 17, "SIGCHLD"),
        ("IOT", 6, "SIGABRT"),
        ("SIGRTMIN", 34, "SIGRTMIN"),
        ("RTMIN+3", 37, "SIGRTMIN+3"),  # that of systemd
        ("SIGRTMIN+15", 49, "SIGRTMIN+15"),
        ("SIGRTMAX-14", 50, "SIGRTMAX-14"),
        ("SIGRTMAX", 64, "SIGRTMAX"),
        ("64", 64, "SIGRTMAX"),
    ],
)
def test_names_are_read_as_an_engine_reads_them(told: str, number: int, name: str) -> None:
    found = parse(told)
    assert found is not None
    assert (found.number, found.name) == (number, name)


@pytest.mark.parametrize(
    "told", ["", "SIG", "0", "00", "65", "-15", "1.5", "TERM ", "SIGSIGTERM", "\n", "1" * 9999]
)
def test_others_are_none(told: str) -> None:
    assert parse(told) is None


def test_what_becomes_of_a_process_that_does_not_handle_them() -> None:
    known = [found for number in range(1, 65) if (found := parse(str(number)))]
    assert [s.name for s in known if not s.can_be_handled] == ["SIGKILL", "SIGSTOP"]
    harmless = {s.name for s in known if not s.ends_by_default}
    stops, ignored = (
        {"SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"},
        {"SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"},
    )
    assert harmless == stops | ignored
    assert len(known) == 64
