"""Differences in words, as the terminal and Markdown show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from imagematrix.model import BudgetStatus, How, Measurement
from imagematrix.model.difference import (
    AnswerDifference,
    BudgetDifference,
    Change,
    Comparison,
    FigureDifference,
    FileDifference,
    LayerDifference,
    NoisyDifference,
    PackageDifference,
    Pair,
    Sizes,
    TimeVerdict,
)
from imagematrix.report.figures import called, plain
from imagematrix.text import first_few, short_digests
from imagematrix.units import duration, size

# How a budget has come to stand.
BROKEN: Final = BudgetStatus.BROKEN.value
UNDECIDED: Final = BudgetStatus.UNDECIDED.value
KEPT_AGAIN: Final = "kept again"
_NAMED: Final = 8  # measurements that one side has not, in a sentence
_SURE: Final = {
    ("seconds", TimeVerdict.MORE): "slower",
    ("seconds", TimeVerdict.LESS): "faster",
    ("bytes", TimeVerdict.MORE): "more",
    ("bytes", TimeVerdict.LESS): "less",
}


def for_people(comparison: Comparison) -> Comparison:
    """The same with short digests wherever a variant or an image is named."""
    short = short_digests
    return replace(
        comparison,
        old=replace(comparison.old, name=short(comparison.old.name)),
        new=replace(comparison.new, name=short(comparison.new.name)),
        pairs=tuple(replace(pair, label=short(pair.label)) for pair in comparison.pairs),
        only_old=tuple(map(short, comparison.only_old)),
        only_new=tuple(map(short, comparison.only_new)),
        remarks=tuple(map(short, comparison.remarks)),
    )


def signed(more: int, unit: str = "bytes") -> str:
    """ "+3.00 MB", "-12.1 kB", "+2"; "0" where nothing has changed."""
    if not more:
        return "0"
    shown = size(abs(more)) if unit == "bytes" else f"{abs(more):,}"
    return f"{'+' if more > 0 else '-'}{shown}"


def percent(old: int, more: int) -> str:
    """ "+4.8%", "-12.0%", "<0.1%", "x14" from ten times as much on; "" of nothing, or where nothing changed."""
    if not old or not more:
        return ""
    if old + more >= 10 * old:
        return f"x{(old + more) / old:,.0f}"
    part = 100 * more / old
    return f"{part:+.1f}%" if abs(part) >= 0.05 else "<0.1%"


def share(each: FigureDifference) -> str:
    """How much the new has more, in percent of the old; "" where there is no saying."""
    old, more = each.old.value, each.more
    return percent(old, more) if isinstance(old, int) and isinstance(more, int) else ""


def figure(measurement: Measurement) -> str:
    """A figure with its unit; "~" before an estimated one; "n/a", "unknown" where there is none."""
    value = measurement.value
    if not measurement.measured or isinstance(value, bool) or not isinstance(value, (int, float)):
        return "n/a" if measurement.how is How.NOT_APPLICABLE else "unknown"
    shown = amount(value, measurement.unit)
    return f"~{shown}" if measurement.how is How.ESTIMATED else shown


def amount(value: int | float, unit: str) -> str:
    """12_300_000 "bytes" -> "12.3 MB", 0.18 "seconds" -> "180 ms", 7 "layers" -> "7"."""
    if unit == "bytes":
        return size(int(value))
    return duration(value) if unit == "seconds" else f"{value:,}"


def name(measurement: str) -> str:
    """A measurement's name in words: "node_modules_bytes" is "node_modules", "start_seconds" is "start-up"."""
    return plain(called(measurement))


def verdict(noisy: NoisyDifference) -> str:
    """ "slower", "no sure change": the unit says which way a change is told."""
    return _SURE.get((noisy.unit, noisy.verdict), str(noisy.verdict))


def short_verdict(noisy: NoisyDifference) -> str:
    """The same in a table of many."""
    return "same" if noisy.verdict is TimeVerdict.SAME else verdict(noisy)


def find(pair: Pair, measured: str) -> FigureDifference | None:
    """The figure of this name."""
    return next((f for f in pair.differences.figures if f.name == measured), None)


def start(pair: Pair) -> NoisyDifference | None:
    """How soon it starts, where that was measured."""
    return next((each for each in pair.noisy if each.name == "start_seconds"), None)


def changed_figures(pair: Pair) -> tuple[FigureDifference, ...]:
    """Those that differ, and those that one side has and of which the other has nothing of the kind."""
    return tuple(
        each
        for each in pair.differences.figures
        if (each.more if isinstance(each.more, int) else each.old.how is not each.new.how and _told(each))
    )


def _told(each: FigureDifference) -> bool:
    """One side measured, the other known not to have it; what was merely not measured is told apart."""
    return {each.old.measured, each.new.measured} == {True, False} and How.NOT_APPLICABLE in (
        each.old.how,
        each.new.how,
    )


def list_words(answer: AnswerDifference) -> str:
    """What came into a list and what left it: "+bash -dash"; "" where the answer is no list."""
    return " ".join([*(f"+{each}" for each in answer.added), *(f"-{each}" for each in answer.removed)])


def besides(pair: Pair) -> str:
    """What differs besides figures: "passed, now failed", "2 answers, 1 budget broken"; "" for nothing.

    A budget that was broken before is no difference: it is told with the others further down.
    """
    ended = [
        _ended(x.old.partition(":")[0], x.new.partition(":")[0]) for x in pair.answers if x.name == "status"
    ]
    new = sum(each.change is Change.NEW for each in pair.findings)
    gone = sum(each.change is Change.GONE for each in pair.findings)
    ends = Counter(budget_end(each) for each in pair.budgets if each.old != each.new)
    counts = (
        (len(pair.answers) - len(ended), "answer", ""),
        (new, "finding", " new"),
        (gone, "finding", " gone"),
        *((ends[end], "budget", f" {end}") for end in (BROKEN, UNDECIDED, KEPT_AGAIN)),
    )
    return ", ".join([*ended, *(f"{n} {word}{'s' if n > 1 else ''}{rest}" for n, word, rest in counts if n)])


def _ended(old: str, new: str) -> str:
    """ "passed, now failed"; "failed in both" where the reason alone is another, which the answers tell."""
    return f"{new} in both" if old == new else f"{old}, now {new}"


def budget_end(budget: BudgetDifference) -> str:
    """ "broken", "undecided", "kept again"; "" of one that is kept as it was, or set no more."""
    if budget.new == BudgetStatus.KEPT:
        return KEPT_AGAIN if budget.old in (BROKEN, UNDECIDED) else ""
    return budget.new if budget.new in (BROKEN, UNDECIDED) else ""


def neither(pair: Pair) -> tuple[str, ...]:
    """What has changed and brought no bytes: files in the place of others."""
    return tuple(cause.text for cause in pair.differences.causes if not cause.bytes)


def sameness(pair: Pair) -> str:
    """What is said of a pair that does not differ."""
    return "no difference in what both measured" if pair.one_sided else "no difference"


def differs(pair: Pair) -> bool:
    """Whether there is anything to tell of a pair but what was not measured again."""
    found = pair.differences
    sure = (TimeVerdict.MORE, TimeVerdict.LESS)
    return bool(
        changed_figures(pair)
        or changed_layers(pair)
        or (isinstance(found.origins, tuple) and found.origins)
        or found.packages
        or pair.answers
        or pair.findings
        or pair.budgets
        or any(each.verdict in sure for each in pair.noisy)
    )


def layers_kept(pair: Pair) -> str:
    """ "7 layers kept, 198 MB"; those of the same diff ID."""
    kept = [x for x in pair.differences.layers if x.change is Change.SAME and not x.rebuilt]
    total = sum(layer.sizes.new_bytes for layer in kept)
    return f"{len(kept)} layer{'' if len(kept) == 1 else 's'} kept, {size(total)}"


def alone(comparison: Comparison) -> list[str]:
    """Variants that one side alone has, a sentence each side."""
    sides = (("old", comparison.only_old), ("new", comparison.only_new))
    return [f"only in the {side}: {', '.join(labels)}" for side, labels in sides if labels]


def sizes(each: Sizes) -> tuple[str, str, str]:
    """Old, new and the change; "-" for a side that has nothing."""
    old, new = (size(count) if count else "-" for count in (each.old_bytes, each.new_bytes))
    return old, new, signed(each.more)


def file_sizes(file: FileDifference) -> tuple[str, str, str]:
    """The same of a file; where one side is not listed, the most that it can have."""
    old, new, more = sizes(file.sizes)
    if file.change is Change.NEW_OR_MORE:
        old = f"<= {old}"
    elif file.change is Change.GONE_OR_LESS:
        new = f"<= {new}"
    return old, new, more


def changed_layers(pair: Pair) -> tuple[LayerDifference, ...]:
    """Those that are not in both images."""
    return tuple(x for x in pair.differences.layers if x.rebuilt or x.change is not Change.SAME)


def layer_change(layer: LayerDifference) -> str:
    """ "rebuilt" where the same instruction has made another layer."""
    return "rebuilt" if layer.rebuilt else str(layer.change)


def counts(changed: Sequence[PackageDifference] | Sequence[FileDifference]) -> str:
    """ "3 new, 1 gone, 2 more"."""
    found = Counter(str(each.change) for each in changed)
    return ", ".join(f"{found[change]:,} {change}" for change in Change if found[change])


def missing(pair: Pair) -> Iterator[str]:
    """What one side did not measure, and what therefore is not compared."""
    for each in pair.one_sided:
        yield f"not measured in the {each.missing}: {first_few([*map(name, each.names)], _NAMED)} ({each.reason})"


def rest(total: int, shown: int, what: str) -> str:
    """ "and 12 more packages; --json has them all"; "" where all are shown."""
    return f"and {total - shown:,} more {what}; --json has them all" if total > shown else ""
