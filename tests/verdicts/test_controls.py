"""What of a change is the machine's, with images that are the same or not by construction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import EngineFacts, Host, Result, unavailable
from imagematrix.verdicts.controls import drift, drifts, elsewhere, one_key, unchanged
from tests import made
from tests.verdicts.pairs import BASE, result, starts

FAST = (0.20, 0.21, 0.22, 0.23, 0.24)
SLOW = (0.30, 0.31, 0.32, 0.33, 0.34)
RUN = made.run()


def of(*each: float, key: str = "k1", label: str = "x", letter: str = "a") -> Result:
    return result(label, letter, (BASE,), starts(*each, key=key))


@pytest.mark.parametrize(
    ("host", "engine", "place"),
    [
        (RUN.host, RUN.engine, ""),
        (replace(RUN.host, python="3.13"), RUN.engine, ""),
        (replace(RUN.host, id="ffff"), RUN.engine, "on another machine"),
        (
            replace(RUN.host, cpus=64),
            RUN.engine,
            "on this machine with other processors, another memory or another kernel",
        ),
        (RUN.host, replace(RUN.engine, version="27.0"), "on another engine, docker 27.0"),
        (RUN.host, replace(RUN.engine, image_store="containerd"), "on another image store, containerd"),
        (RUN.host, replace(RUN.engine, embedded=False), "on another engine of version 26.1.5"),
    ],
)
def test_where_the_old_run_was_made(host: Host, engine: EngineFacts, place: str) -> None:
    assert elsewhere(replace(RUN, host=host, engine=engine), RUN) == place


def test_an_image_is_unchanged_by_its_digest_and_its_key() -> None:
    assert unchanged(of(*FAST), of(*SLOW))
    assert not unchanged(of(*FAST), of(*FAST, letter="b"))
    assert not unchanged(of(*FAST), of(*FAST, key="k2")), "its command or environment is another"
    assert unchanged(of(*FAST), of(*FAST[:3], key="k2")), "other starts make another key of the same image"
    assert not one_key(of(*FAST), of(*FAST[:3], key="k2"))
    bare = replace(of(*FAST), measurements=(unavailable("behaviour_key", "a part failed"),))
    assert unchanged(bare, of(*FAST))
    assert not one_key(bare, bare)
    assert not unchanged(replace(bare, image=None), replace(bare, image=None))


def test_drift_is_that_of_one_image_and_no_chance() -> None:
    assert drift(of(*FAST), of(*SLOW)) == pytest.approx(0.10 / 0.22)
    assert drift(of(*SLOW), of(*FAST)) == pytest.approx(-0.10 / 0.32)
    assert drift(of(*FAST), of(*SLOW, key="k2")) == 0
    assert drift(of(*FAST), of(*FAST)) == 0
    assert drift(of(0.1, 0.1, 0.1), of(9.0, 9.0, 9.0)) == 0, "three starts are too few"
    assert drift(of(*FAST), of(0.20, 0.23, 0.22, 0.21, 0.25)) == 0, "within chance"


def test_every_variant_of_both_runs_is_a_control() -> None:
    old = made.run(of(*FAST), of(*FAST, label="y"), of(*SLOW, label="gone"))
    new = made.run(of(*SLOW), of(*SLOW, label="y", letter="b", key="k2"), of(*FAST, label="new"))
    (only,) = drifts(old, new)
    assert only == pytest.approx(0.10 / 0.22)
