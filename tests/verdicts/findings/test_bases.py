from __future__ import annotations

import pytest

from imagematrix.model import Base, Severity, exact, unavailable
from tests.made import digest
from tests.verdicts.findings.results import base, one, result, told


@pytest.mark.parametrize(("name", "what"), [("node", "Node 8.17.0"), ("os", "Debian GNU/Linux 9")])
def test_a_release_that_has_ended_is_high(name: str, what: str) -> None:
    known = (
        exact("node_version", "v8.17.0", method="node"),
        exact("os", "Debian GNU/Linux 9", method="os-release"),
        exact(f"{name}_end_of_life", "2019-12-31", method="table"),
        exact(f"{name}_past_end_of_life", True, method="held against 2026-11-24"),
    )
    found = one(result(*known, dockerfile="FROM node:8 AS a\nFROM a\n"), f"{name}-end-of-life")
    assert (found.severity, found.line) == (Severity.HIGH, 1)
    assert found.text == f"{what} is past its end of life, 2019-12-31"


def test_one_that_has_not_ended_or_is_not_known_is_none() -> None:
    known = (
        exact("os_past_end_of_life", False, method="x"),
        unavailable("node_past_end_of_life", "no version"),
    )
    assert not {each.rule for rule in ("os", "node") for each in told(result(*known), f"{rule}-end-of-life")}


def test_the_remedy_has_the_digests_that_a_registry_gave() -> None:
    known = result(bases=[base("node:24", letter="1"), base("node:24-slim@sha256:abc")])
    found = one(known, "base-not-pinned")
    assert found.severity is Severity.LOW
    assert found.text == "named by tag alone: node:24"
    assert found.remedy == f"name the digest too: node:24@{digest('1')}"


def test_a_stand_in_has_no_digest_of_a_registrys_and_is_called_one() -> None:
    found = one(result(bases=[base("node:24", stand_in=True)]), "base-not-pinned")
    assert found.text == "named by tag alone: node:24 (stand-in)"
    assert digest("b") not in found.remedy


@pytest.mark.parametrize("bases", [[], [base("node@sha256:abc")]])
def test_pinned_bases_and_none_are_in_order(bases: list[Base]) -> None:
    assert told(result(bases=bases), "base-not-pinned") == []


def test_it_stands_on_the_first_line_that_is_not_pinned() -> None:
    text = (
        "ARG V=24\nFROM scratch AS nothing\nFROM a@sha256:abc AS Tools\nFROM tools AS more\n"
        "FROM --platform=linux/amd64 node:${V} AS x\nFROM node:1\n"
    )
    assert one(result(bases=[base("node:24")], dockerfile=text), "base-not-pinned").line == 5
