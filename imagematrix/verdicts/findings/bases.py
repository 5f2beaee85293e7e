"""What the image stands on: releases that have ended, tags that move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagematrix.model import BaseSource, Finding, Instruction, Result, Severity
from imagematrix.text import first_few
from imagematrix.verdicts.findings.figures import NAMED, says, word
from imagematrix.verdicts.findings.places import at, base_line

_PINNED: Final = "@sha256:"
_FROM: Final = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)


def ended(result: Result) -> Iterator[Finding]:
    """`node-end-of-life`, `os-end-of-life`: nobody mends what is found in them from that day on."""
    node = word(result, "node_version").removeprefix("v")
    system = word(result, "os") or "the operating system"
    both = (("node", f"Node {node}".strip(), "move to a release line of Node that is maintained: an even one"),
            ("os", system, "move to a base on a release that is maintained"))  # fmt: skip
    for name, what, remedy in both:
        if says(result, f"{name}_past_end_of_life", True):
            file, line = at(base_line(result))
            yield Finding(
                rule=f"{name}-end-of-life",
                severity=Severity.HIGH,
                text=f"{what} is past its end of life, {word(result, f'{name}_end_of_life')}",
                remedy=remedy,
                measurement=f"{name}_past_end_of_life",
                file=file,
                line=line,
            )


def base_not_pinned(result: Result) -> Iterator[Finding]:
    """`base-not-pinned`: a tag can lead to another image tomorrow, so the same commit builds another."""
    loose = [base for base in result.bases if _PINNED not in base.reference]
    if not loose:
        return
    names = [f"{b.reference} (stand-in)" if b.source is BaseSource.STAND_IN else b.reference for b in loose]
    known = [f"{b.reference}@{b.digest}" for b in loose if b.source is BaseSource.REGISTRY]
    remedy = (
        f"name the digest too: {first_few(known, NAMED)}"
        if known
        else "name the digest that the registry gives it too: FROM image:tag@sha256:…"
    )
    file, line = at(_first_loose(result))
    yield Finding(
        rule="base-not-pinned",
        severity=Severity.LOW,
        text=f"named by tag alone: {first_few(names, NAMED)}",
        remedy=remedy,
        measurement="base",
        file=file,
        line=line,
    )


def _first_loose(result: Result) -> Instruction | None:
    """The first FROM that names an image, and not a stage, without a digest."""
    stages: set[str] = set()
    for each in result.instructions:
        match = _FROM.match(each.text) if each.keyword == "FROM" else None
        if match is None:
            continue
        if match[1].lower() not in {*stages, "scratch"} and _PINNED not in match[1]:
            return each
        stages.add((match[2] or "").lower())
    return None
