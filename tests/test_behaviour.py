from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import docker
import pytest

from imagematrix import behaviour
from imagematrix.behaviour import KEY, LOOKED_AT, NAMES, behaviour_key, from_archive, measure_behaviour
from imagematrix.container import Running
from imagematrix.errors import Interrupted, StepError
from imagematrix.model import (
    BodyRule,
    CommandSmoke,
    EngineFacts,
    Expectation,
    Measurement,
    Run,
    Variant,
    exact,
    unavailable,
)
from imagematrix.probes import ASKED
from tests import made
from tests.probes.servers import Pretended, answer, pretended, serving
from tests.probes.starting import Starter

FACTS = EngineFacts(name="docker", version="26.1.5", image_store="overlay2", embedded=True)
VARIANT = Variant(
    name="alpine",
    axes=(("node", "24"),),
    label="alpine",
    dockerfile=Path("/somewhere/Dockerfile"),
    target="",
    build_args=(),
    bases=(),
    env=(("A", "1"),),
    command=("node", "index.js"),
    platform="",
    smoke=made.smoke(),
    expect=(Expectation(measurement="libc", value="musl"),),
    skip_without_base=False,
)


def key(variant: Variant = VARIANT, **changed: Any) -> str:
    facts: dict[str, Any] = {
        "config_digest": made.digest("c"),
        "port": 3000,
        "engine": FACTS,
        "host_id": "0123456789abcdef",
        "repeat": 5,
        "secret": "",
    }
    return behaviour_key(variant, **(facts | changed))


def test_the_key_is_the_same_for_the_same_and_short() -> None:
    assert key() == key(replace(VARIANT, smoke=made.smoke()))
    assert len(key()) == 16


@pytest.mark.parametrize(
    "changed",
    [
        {"config_digest": made.digest("d")},
        {"port": 8080},
        {"engine": replace(FACTS, version="27.0")},
        {"engine": replace(FACTS, image_store="containerd")},
        {"host_id": "another"},
        {"repeat": 6},
        {"secret": "0123456789abcdef"},
        {"variant": replace(VARIANT, env=(("A", "2"),))},
        {"variant": replace(VARIANT, command=("npm", "start"))},
        {"variant": replace(VARIANT, smoke=made.smoke(status=204))},
        {"variant": replace(VARIANT, expect=())},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_key_changes_with_all_that_behaviour_depends_on(changed: dict[str, Any]) -> None:
    assert key(**changed) != key()


def test_the_key_changes_with_the_version_of_the_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(behaviour, "VERSION", behaviour.VERSION + 1)
    assert key() != before


def test_names_and_labels_of_a_variant_are_nothing_to_its_behaviour() -> None:
    assert key(replace(VARIANT, name="other", label="other", dockerfile=Path("/elsewhere"))) == key()


# --- measuring ---


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole(Pretended):
    """A container that has all there is to measure; it has no node inside and ends on SIGTERM."""

    def memory_statistics(self) -> tuple[int | None, dict[str, int]]:
        return 40_000_000, {}

    def processes(self) -> tuple[str, ...]:
        return ("node index.js",)

    def stop_signal(self) -> str:
        return ""

    def signal(self, number: int) -> None:
        assert number == 15

    def wait(self, seconds: int) -> int | None:
        assert seconds
        return 0


def whole(port: int) -> Whole:
    plain = pretended(port)
    fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
    return Whole(**(fields | {"client": cast(docker.DockerClient, None), "closed_subnet": "127.0.0.0/8"}))


def measure(start: Starter, *, stop: threading.Event | None = None) -> dict[str, Measurement]:
    told = measure_behaviour(
        start,
        made.smoke(),
        user="",
        key="the-key",
        repeat=3,
        one_start=threading.Lock(),
        stop_request=stop or threading.Event(),
    )
    assert len({m.name for m in told}) == len(told)
    return {m.name: m for m in told}


def test_all_parts_are_measured_and_the_key_is_kept() -> None:
    with serving(answer()) as port:
        start = Starter(make=lambda _: whole(port))
        told = measure(start)
    assert tuple(told) == (*NAMES, KEY)
    assert told[KEY].value == "the-key"
    assert told["start_seconds"].measured
    assert told["memory_idle_bytes"].value == 40_000_000
    assert told["stop_verdict"].value == "the app's handler ran to its end"
    assert told["hardening_read_only"].value == "passes"
    assert start.alive == []


def test_a_part_that_fails_is_unavailable_and_then_there_is_no_key() -> None:
    def make(conditions: dict[str, object]) -> Running:
        if "cap_add" in conditions:  # as stopping asks for
            raise StepError("smoke", "no more")
        return whole(port)

    with serving(answer()) as port:
        told = measure(Starter(make=make))
    assert tuple(told) == NAMES
    lost = [m for m in told.values() if m.name.startswith("stop_")]
    assert {(m.measured, m.reason) for m in lost} == {(False, "no more")}
    assert [m.unit for m in lost[:4]] == ["", "seconds", "exit code", ""]
    assert told["start_seconds"].measured
    assert told["hardening_non_root"].measured


def test_a_stop_request_ends_it() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        measure(Starter(make=lambda _: whole(1)), stop=stop)


def test_an_image_that_is_no_server_has_no_behaviour_to_measure() -> None:
    def refuse(_: dict[str, object]) -> Running:
        raise AssertionError("nothing is to be started")

    expected = CommandSmoke(
        command=("vim", "--version"), exit_code=0, output=BodyRule(kind="any"), timeout_seconds=5
    )
    told = measure_behaviour(
        Starter(make=refuse),
        expected,
        user="",
        key="k",
        repeat=5,
        one_start=threading.Lock(),
        stop_request=threading.Event(),
    )
    assert [m.name for m in told] == list(NAMES)
    assert {m.how.value for m in told} == {"not_applicable"}


# --- taking from the archive ---


def run(run_id: str, *measurements: Measurement) -> Run:
    result = replace(made.result(), measurements=(*made.result().measurements, *measurements))
    return replace(made.run(made.result("vanilla"), result), id=run_id)


def known(run_key: str, seconds: float = 0.3) -> tuple[Measurement, ...]:
    return (
        *(
            exact(name, seconds, unit="seconds", method="measured")
            if name == "start_seconds"
            else unavailable(name, "not here")
            for name in (*ASKED, *NAMES)
        ),
        exact(KEY, run_key, method="digest"),
    )


def test_the_newest_run_with_the_key_is_taken_and_each_figure_names_it() -> None:
    runs = [run("3", *known("other")), run("2", *known("mine", 0.2)), run("1", *known("mine", 0.1))]
    told = from_archive(runs, ["mine"])["mine"]
    by_name = {m.name: m for m in told}
    assert tuple(by_name) == (*ASKED, *NAMES, KEY)
    assert by_name["start_seconds"].value == 0.2
    assert by_name["start_seconds"].reason == "measured; measured in run 2"
    assert by_name["stop_verdict"].reason == "not here; measured in run 2"
    assert by_name[KEY] == exact(KEY, "mine", method="digest")


def test_what_was_taken_before_names_the_run_that_measured() -> None:
    first = from_archive([run("1", *known("mine"))], ["mine"])
    second = from_archive([run("2", *first["mine"]), run("1", *known("mine"))], ["mine"])
    assert second == first


def test_without_the_key_there_is_nothing_to_take() -> None:
    assert from_archive([], ["mine"]) == {}
    assert from_archive([run("1"), run("2", *known("other"))], ["mine"]) == {}


def test_a_record_that_lacks_a_figure_is_not_taken() -> None:
    assert from_archive([run("1", *known("mine")[1:])], ["mine"]) == {}


@pytest.mark.parametrize(
    ("wanted", "found", "loaded"),
    [
        (["at 2"], {"at 2": "2"}, 3),
        (["at 2", "at 0"], {"at 0": "0", "at 2": "2"}, 3),
        (["at 1", f"at {LOOKED_AT}"], {"at 1": "1"}, LOOKED_AT),
        ([], {}, 0),
    ],
)
def test_each_run_is_loaded_once_and_no_more_than_needed(
    wanted: list[str], found: dict[str, str], loaded: int
) -> None:
    count = 0

    def newest_first() -> Iterator[Run]:
        nonlocal count
        for number in range(10_000):
            count += 1
            yield run(str(number), *known(f"at {number}"))

    told = from_archive(newest_first(), wanted)
    start = {key: next(m.reason for m in each if m.name == "start_seconds") for key, each in told.items()}
    assert start == {key: f"measured; measured in run {at}" for key, at in found.items()}
    assert count == loaded
