"""Bytes that the image carries and no container sees, by the instruction that hid them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imagematrix.model import Finding, Instruction, Result, Severity
from imagematrix.units import size
from imagematrix.verdicts.findings.figures import WORTH_BYTES, number, weight
from imagematrix.verdicts.findings.places import at, by_layer, kind, quoted
from imagematrix.verdicts.unseen import DELETED, SAME_SIZE, Hidden, hidden

# Without the layers it is not known whose waste it is: a base that updated its own packages has some MB
# (Debian's of Node 5.3 MB), so only what is well above that, and a part of the image, is told.
_UNKNOWN_BYTES: Final = 10_000_000
_UNKNOWN_PART: Final = 0.01
_CHANGES: Final = re.compile(r"\b(chmod|chown|chgrp|touch)\b")
_DELETES: Final = re.compile(r"\b(rm|npm cache clean|yarn cache clean|apt-get (?:clean|purge|autoremove))\b")
_DOES: Final = {SAME_SIZE: "copied", DELETED: "deleted"}
_JOIN: Final = "join them into one RUN: a layer keeps what is there when its instruction ends"
_REMEDIES: Final = {
    SAME_SIZE: "set mode and owner where the files come in: COPY --chmod=… --chown=…, or in the RUN that makes them",
    DELETED: "delete in the instruction that brings the files, or leave them behind in a build stage",
}
# Of files that the base brings.
_OF_BASE: Final = {
    SAME_SIZE: "leave what the base brings as it is: name only what this Dockerfile brings",
    DELETED: "run on a base without them, or copy what is needed out of a build stage into such a base",
}
_OTHERWISE: Final = (
    "write the files once: leave out the copy that is written over, or bring it in a build stage"
)


def waste(result: Result) -> Iterator[Finding]:
    """`waste`: one finding an instruction of our own, cause by cause; what a base hides of itself is its own.

    `join-runs` has what one RUN hid of another right below it.  Where the layers were not read there is the
    sum alone.
    """
    ours = _ours(result)
    if ours is None:
        yield from _unknown(result)
        return
    streaks, makers = _streaks(result), by_layer(result)
    rest = [each for each in ours if not _joinable(each, streaks)]
    for by in sorted({each.by for each in rest}):
        parts = [each for each in rest if each.by == by]
        taken = sum(each.bytes for each in parts)
        if taken >= WORTH_BYTES:
            told = "; ".join(_told(cause, parts) for cause in _causes(parts))
            yield _finding(
                "waste",
                taken,
                told,
                _remedy(result, _causes(parts)[0], parts),
                "waste_by_layer",
                makers.get(by),
            )


def join_runs(result: Result) -> Iterator[Finding]:
    """`join-runs`: RUN lines in a row of which a later one hides what an earlier one wrote.

    In a row alone costs nothing, and keeps more of the build's cache: it is told only where bytes are saved,
    or, where the layers were not read, where a later one deletes and the image does carry waste.
    """
    ours, makers = _ours(result), by_layer(result)
    for streak in _streaks(result):
        place = makers.get(streak[0])
        name = _named(streak, makers)
        if ours is not None:
            parts = [each for each in ours if {each.layer, each.by} <= set(streak)]
            saves = sum(each.bytes for each in parts)
            if saves >= WORTH_BYTES:
                told = "; ".join(_told(cause, parts) for cause in _causes(parts))
                text = f"{name} as one would save {size(saves)}: {told}"
                yield _finding("join-runs", saves, text, _JOIN, "waste_by_layer", place)
            continue
        wasted = number(result, "waste_bytes")
        later = [n for n in streak[1:] if _DELETES.search(_created_by(result, n))]
        if later and isinstance(wasted, int) and wasted >= WORTH_BYTES:
            text = (
                f"{name} as one would save up to {size(wasted)}: "
                f"{_verb(_created_by(result, later[0]), DELETED)} in layer {later[0]} deletes what is below it; "
                "--deep tells how much"
            )
            yield _finding("join-runs", 0, text, _JOIN, "waste_bytes", place)


def _remedy(result: Result, cause: str, parts: Sequence[Hidden]) -> str:
    largest = max((each for each in parts if each.cause == cause), key=lambda each: each.bytes)
    layers = result.image.layers if result.image else ()
    of_base = any(layer.from_base for layer in layers[largest.layer - 1 : largest.layer])
    return (_OF_BASE if of_base else _REMEDIES).get(cause, _OTHERWISE)


def _unknown(result: Result) -> Iterator[Finding]:
    wasted, unpacked = number(result, "waste_bytes"), number(result, "unpacked_bytes")
    if not isinstance(wasted, int) or not isinstance(unpacked, int):
        return
    if wasted >= _UNKNOWN_BYTES and wasted >= _UNKNOWN_PART * unpacked:
        text = f"{size(wasted)} of {size(unpacked)} are carried and seen by no container"
        remedy = "measure with --deep, which tells the instructions that hide them"
        yield _finding("waste", wasted, text, remedy, "waste_bytes", None)


def _ours(result: Result) -> list[Hidden] | None:
    """What our own instructions hid; None where the layers were not read."""
    found, layers = hidden(result), result.image.layers if result.image else ()
    if found is None:
        return None
    own = {number_ for number_, layer in enumerate(layers, start=1) if not layer.from_base}
    return [each for each in found if each.by in own]


def _streaks(result: Result) -> list[list[int]]:
    """Numbers of our own layers made by RUNs in a row, of one stage as far as that is known; two at least."""
    makers = by_layer(result)
    streaks: list[list[int]] = []
    for number_, layer in enumerate(result.image.layers if result.image else (), start=1):
        if layer.from_base or kind(layer) != "RUN":
            continue
        before, now = makers.get(number_ - 1), makers.get(number_)
        same_stage = before is None or now is None or before.stage == now.stage
        if streaks and streaks[-1][-1] == number_ - 1 and same_stage:
            streaks[-1].append(number_)
        else:
            streaks.append([number_])
    return [streak for streak in streaks if len(streak) > 1]


def _joinable(one: Hidden, streaks: Sequence[Sequence[int]]) -> bool:
    return any({one.layer, one.by} <= set(streak) for streak in streaks)


def _named(streak: Sequence[int], makers: Mapping[int, Instruction]) -> str:
    first, last = makers.get(streak[0]), makers.get(streak[-1])
    if first and last:
        return f"the {len(streak)} RUN instructions of lines {first.line} to {last.line}"
    return f"the {len(streak)} RUN instructions of layers {streak[0]} to {streak[-1]}"


def _causes(parts: Sequence[Hidden]) -> list[str]:
    """The causes, the costliest first."""
    return sorted({each.cause for each in parts}, key=lambda cause: (-_sum(parts, cause), cause))


def _sum(parts: Sequence[Hidden], cause: str) -> int:
    return sum(each.bytes for each in parts if each.cause == cause)


def _told(cause: str, parts: Sequence[Hidden]) -> str:
    """`chmod` in layer 4 (RUN chmod -R …) copied 126 MB."""
    of_cause = [each for each in parts if each.cause == cause]
    first = max(of_cause, key=lambda each: each.bytes)
    what = {SAME_SIZE: " at the same size", DELETED: " that the image still carries"}.get(cause, "")
    does = _DOES.get(cause, "wrote over")
    layer = f"layer {first.by} ({quoted(first.created_by)})"
    word = _verb(first.created_by, cause)
    subject = f"{word} in {layer}" if word else layer
    path = _largest(of_cause)
    return f"{subject} {does} {size(sum(x.bytes for x in of_cause))}{what}{f', {path} the largest' if path else ''}"


def _verb(created_by: str, cause: str) -> str:
    """The program that does it, going by the instruction's words."""
    pattern = {SAME_SIZE: _CHANGES, DELETED: _DELETES}.get(cause)
    match = pattern.search(created_by) if pattern else None
    return f"`{match[1]}`" if match else ""


def _largest(parts: Sequence[Hidden]) -> str:
    """The largest file of these; "" where the record does not name one."""
    named = [each.paths[0] for each in parts if each.paths]
    return max(named, key=lambda each: each[1])[0] if named else ""


def _created_by(result: Result, layer: int) -> str:
    return result.image.layers[layer - 1].created_by if result.image else ""


def _finding(
    rule: str, taken: int, text: str, remedy: str, measurement: str, where: Instruction | None
) -> Finding:
    file, line = at(where)
    severity: Severity = weight(taken)
    return Finding(
        rule=rule, severity=severity, text=text, remedy=remedy, measurement=measurement, file=file, line=line
    )
