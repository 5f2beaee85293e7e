from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest

from imagematrix.container import Ended, Exec, Running
from imagematrix.errors import StepError, UnansweredError
from imagematrix.probes.hardening import NAMES, hardening, no_network, on_this_machine, way_out
from tests import made
from tests.probes.servers import answer, closed_port, pretended, serving
from tests.probes.starting import Starter

NO_ROUTE = Exec(exit_code=0, output=json.dumps(["ENETUNREACH", "EADDRNOTAVAIL"]) + "\n")


def closed(
    port: int, *, tried: Exec | UnansweredError | None = NO_ROUTE, subnet: str = "127.0.0.0/8"
) -> Running:
    commands = {"node": tried} if tried else {}
    return replace(pretended(port, commands=commands), closed_subnet=subnet)


def test_each_restriction_is_asked_for_and_passes() -> None:
    with serving(answer()) as port:
        start = Starter(make=lambda _: closed(port))
        told = hardening(start, made.smoke(), user="", timeout_seconds=5, stop=threading.Event())
    assert {m.name: m.value for m in told} == dict.fromkeys(NAMES, "passes")
    assert start.asked == [
        {"read_only": True},
        {"user": "65532"},
        {"cap_drop": ("ALL",)},
        {"closed": True},
    ]
    assert start.alive == []


@pytest.mark.parametrize(
    ("own", "tried", "said"),
    [
        ("", "65532", "with user 65532"),
        ("root", "65532", "with user 65532"),
        ("0:1000", "65532", "with user 65532"),
        ("1000", "1000", "with its own user 1000"),
        ("node", "node", "with its own user node"),
        ("1000:1000", "1000:1000", "with its own user 1000:1000"),
    ],
)
def test_an_image_with_a_user_of_its_own_is_tried_as_that_one(own: str, tried: str, said: str) -> None:
    with serving(answer()) as port:
        start = Starter(make=lambda _: closed(port))
        told = hardening(start, made.smoke(), user=own, timeout_seconds=5, stop=threading.Event())
    assert start.asked[1] == {"user": tried}
    assert said in told[1].reason


def test_a_restriction_that_the_app_does_not_bear_fails_with_the_first_line_of_why() -> None:
    end = Ended(exit_code=1, out_of_memory=False, last_lines=("Error: EROFS: read-only file system",))
    nowhere = closed_port()

    def make(conditions: dict[str, object]) -> Running:
        return pretended(nowhere, end=end) if "read_only" in conditions else closed(port)

    with serving(answer()) as port:
        told = {
            m.name: m
            for m in hardening(
                Starter(make=make), made.smoke(), user="", timeout_seconds=5, stop=threading.Event()
            )
        }
    assert [m.value for m in told.values()] == ["fails", "passes", "passes", "passes"]
    reason = told["hardening_read_only"].reason
    assert reason == (
        "with a read-only root file system: the container exited with code 1 before it answered"
    )


def test_a_container_that_cannot_be_started_so_fails() -> None:
    def refuse(_: dict[str, object]) -> Running:
        raise StepError("smoke", "the container cannot be started: no such user\nand more")

    told = hardening(Starter(make=refuse), made.smoke(), user="", timeout_seconds=5, stop=threading.Event())
    assert [m.value for m in told] == ["fails"] * 4
    assert all(m.reason.endswith("cannot be started: no such user") for m in told)


def test_an_app_that_hangs_is_not_waited_for_longer_than_said() -> None:
    with ExitStack() as stack:
        port = stack.enter_context(serving(answer("503 Service Unavailable")))
        told = hardening(
            Starter(make=lambda _: closed(port)),
            made.smoke(timeout_seconds=600),
            user="",
            timeout_seconds=0.3,
            stop=threading.Event(),
        )
    assert all("within 0.3 s of the start" in m.reason for m in told)


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ('["ENETUNREACH", "EHOSTUNREACH"]', ""),
        ('["ENETUNREACH", "no answer"]', "has a way out"),
        ('["connected", "ENETUNREACH"]', "has a way out"),
        ('["ENETUNREACH"]', "has a way out"),
        ("Segmentation fault\n", "could not be tried: Segmentation fault"),
        ("7", "could not be tried: 7"),
    ],
)
def test_no_way_out_means_no_route_for_every_attempt(output: str, why: str) -> None:
    told = way_out(closed(1, tried=Exec(exit_code=0, output=output)))
    assert why in told
    assert bool(why) == bool(told)


def test_without_a_control_there_is_no_verdict() -> None:
    with serving(answer()) as port:
        told = no_network(Starter(make=lambda _: closed(port, tried=None)), made.smoke(), threading.Event())
    assert not told.measured
    assert "no node in the image" in told.reason


def test_a_network_that_is_not_on_this_machine_cannot_be_asked() -> None:
    elsewhere = closed(closed_port(), subnet="172.18.0.0/16")  # asked at 127.0.0.1, from 127.0.0.1
    assert not on_this_machine(elsewhere)
    told = no_network(Starter(make=lambda _: elsewhere), made.smoke(), threading.Event())
    assert not told.measured
    assert "not on this machine" in told.reason


def test_a_network_that_node_does_not_answer_about_is_unavailable() -> None:
    late = UnansweredError("measure", "`node` inside has not ended after 20 s")
    with serving(answer()) as port:
        start = Starter(make=lambda _: closed(port, tried=late))
        told = no_network(start, made.smoke(), threading.Event())
    assert told.how == "unavailable"
    assert told.reason == f"whether there is a way out could not be tried: {late.reason}"
