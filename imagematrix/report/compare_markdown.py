"""A comparison as Markdown for a pull request: the table on top, what brought the change, the rest folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from imagematrix.model.difference import (
    Change,
    Comparison,
    FileDifferences,
    NoisyDifference,
    Pair,
    Sizes,
    TimeVerdict,
    Unknown,
)
from imagematrix.report import compare_words as words
from imagematrix.report.figures import instruction
from imagematrix.report.markdown_text import cell, code, inert, title

# GitHub takes 65,536 characters of a comment.
_LIMIT: Final = 60_000
_CAUSES: Final = 5
_ROWS: Final = 25  # of a folded table
_INSTRUCTION: Final = 200  # characters of one
_HEADINGS: Final = ("variant", "unpacked", "change", "download", "change", "start-up", "besides")
_ALIGNED: Final = (":--", "--:", "--:", "--:", "--:", "--:", ":--")


def comparison_markdown(comparison: Comparison) -> str:
    """The page, under 60,000 characters: details that do not fit are left out, and that is said."""
    comparison = words.for_people(comparison)
    page = "".join(f"{line}\n" for line in _top(comparison))
    left_out = []
    for pair in filter(words.differs, comparison.pairs):
        part = "".join(f"{line}\n" for line in _pair(pair))
        if len(page) + len(part) < _LIMIT:
            page += part
        else:
            left_out.append(code(pair.label))
    if left_out:
        page += f"Too long for this page, and left out: the details of {', '.join(left_out)}.\n\n"
    if comparison.rule:
        page += f"<sub>{inert(comparison.rule)}</sub>\n"
    return page


def _top(comparison: Comparison) -> Iterator[str]:
    yield f"## Images: what changed, {inert(f'{comparison.old.what} against {comparison.new.what}')}"
    yield ""
    yield from _table(_HEADINGS, _ALIGNED, (_row(pair) for pair in comparison.pairs))
    for heading, side in (("old", comparison.old), ("new", comparison.new)):
        yield f"- {heading}: {inert(side.what)} {code(side.name)} {inert(', '.join(side.facts))}".rstrip()
    yield from (f"- {inert(line)}" for line in words.alone(comparison))
    yield from (f"- **Note:** {inert(remark)}" for remark in comparison.remarks)
    yield ""


def _row(pair: Pair) -> Iterator[str]:
    yield code(pair.label)
    for name in ("unpacked_bytes", "download_bytes"):
        found = words.find(pair, name)
        yield words.figure(found.new) if found and found.new.measured else "-"
        if found is None or not isinstance(found.more, int):
            yield "-"
        elif not found.more:
            yield "same"
        else:
            share = words.share(found)
            yield f"**{words.signed(found.more)}**" + (f" ({share})" if share else "")
    start = words.start(pair)
    yield f"{words.figure(start.new)}{_verdict(start)}" if start else "-"
    yield words.besides(pair) or ("" if words.differs(pair) else words.sameness(pair))


def _verdict(noisy: NoisyDifference) -> str:
    word = words.short_verdict(noisy)
    return f", **{word}**" if noisy.verdict in (TimeVerdict.MORE, TimeVerdict.LESS) else f", {word}"


def _pair(pair: Pair) -> Iterator[str]:
    """Its causes in the open, all else folded."""
    found = pair.differences
    # A bare sign would begin a list of its own.
    causes = [f"- **+** {inert(text)}" for text in found.brought(_CAUSES)]
    causes += [f"- **-** {inert(text)}" for text in found.saved(_CAUSES)]
    causes += [f"- **=** {inert(text)}" for text in words.neither(pair)]
    broken = [each for each in pair.budgets if words.budget_end(each) in (words.BROKEN, words.UNDECIDED)]
    causes += [
        f"- budget {code(f'{each.name}: {each.text}')} **{inert(each.new)}**: {inert(each.reason)}"
        for each in broken
    ]
    if causes:
        yield f"### {code(pair.label)}"
        yield ""
        yield from causes
        yield ""
    yield f"<details><summary>{title(pair.label)}: everything that differs</summary>"
    yield ""
    for section in _SECTIONS:
        yield from section(pair)
    for line in words.missing(pair):
        yield f"- {inert(line)}"
    yield ""
    yield "</details>"
    yield ""


def _table(headings: Sequence[str], aligned: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Each cell is Markdown that does nothing but what is written here."""
    for row in (headings, aligned, *rows):
        yield f"| {' | '.join(map(cell, row))} |"
    yield ""


def _figures(pair: Pair) -> Iterator[str]:
    changed = words.changed_figures(pair)
    if changed:
        rows = (
            (
                inert(words.name(each.name)),
                words.figure(each.old),
                words.figure(each.new),
                words.signed(each.more, each.unit) if isinstance(each.more, int) else "-",
                words.share(each),
            )
            for each in changed
        )
        yield from _table(("figure", "old", "new", "change", ""), (":--", *["--:"] * 4), rows)


def _noisy(pair: Pair) -> Iterator[str]:
    if pair.noisy:
        rows = (
            (
                inert(words.name(each.name)),
                words.figure(each.old),
                words.figure(each.new),
                words.verdict(each),
                inert(each.reason),
            )
            for each in pair.noisy
        )
        headings = ("time, memory", "old", "new", "verdict", "why")
        yield from _table(headings, (":--", "--:", "--:", ":--", ":--"), rows)


def _origins(pair: Pair) -> Iterator[str]:
    origins = pair.differences.origins
    if not isinstance(origins, Unknown) and origins:
        rows = ((inert(each.origin), *words.sizes(each.sizes)) for each in origins)
        yield from _table(("origin", "old", "new", "change"), (":--", *["--:"] * 3), rows)


def _layers(pair: Pair) -> Iterator[str]:
    changed = words.changed_layers(pair)
    if changed:
        rows = (
            (
                words.layer_change(layer),
                *words.sizes(layer.sizes),
                "base" if layer.from_base else "own",
                code(instruction(layer.created_by, _INSTRUCTION)),
            )
            for layer in changed[:_ROWS]
        )
        headings = ("layer", "old", "new", "change", "from", "instruction")
        yield from _table(headings, (":--", *["--:"] * 3, ":--", ":--"), rows)
        yield words.rest(len(changed), _ROWS, "layers") or words.layers_kept(pair)
        yield ""


def _packages(pair: Pair) -> Iterator[str]:
    packages = pair.differences.packages
    if packages:
        rows = (
            (
                inert(each.system),
                code(each.name),
                code(", ".join(each.old_versions)) or "-",
                code(", ".join(each.new_versions)) or "-",
                words.signed(each.sizes.more) if isinstance(each.sizes, Sizes) else str(each.change),
            )
            for each in packages[:_ROWS]
        )
        headings = ("packages of", "name", "old", "new", "change")
        yield from _table(headings, (":--", ":--", ":--", ":--", "--:"), rows)
        yield words.rest(len(packages), _ROWS, "packages") or words.counts(packages)
        yield ""


def _files(pair: Pair) -> Iterator[str]:
    files = pair.differences.files
    if isinstance(files, FileDifferences) and files.files:
        rows = (
            (str(each.change), *words.file_sizes(each), inert(each.origin), code(each.path))
            for each in files.files[:_ROWS]
        )
        headings = ("file", "old", "new", "change", "origin", "path")
        yield from _table(headings, (":--", *["--:"] * 3, ":--", ":--"), rows)
        yield words.rest(len(files.files), _ROWS, "files") or words.counts(files.files)
        yield ""
        if not files.complete:
            yield inert(files.method)
            yield ""


def _answers(pair: Pair) -> Iterator[str]:
    if pair.answers:
        rows = (
            (inert(words.name(each.name)), code(each.old) or "none", code(each.new) or "none")
            for each in pair.answers
        )
        yield from _table(("answer", "old", "new"), (":--",) * 3, rows)


def _findings(pair: Pair) -> Iterator[str]:
    for each in pair.findings:
        word = "changed" if each.change is Change.SAME else str(each.change)
        finding = each.finding
        accepted = f" Accepted: {inert(finding.accepted)}" if finding.accepted else ""
        yield f"- finding {word}: **{finding.severity}** {code(finding.rule)} {inert(finding.text)}{accepted}"
    if pair.findings:
        yield ""


def _budgets(pair: Pair) -> Iterator[str]:
    for each in pair.budgets:
        name = code(f"{each.name}: {each.text}")
        yield f"- budget {name}: {inert(each.old)}, now {inert(each.new)}. {inert(each.reason)}".rstrip()
    if pair.budgets:
        yield ""


_SECTIONS: Final[tuple[Callable[[Pair], Iterator[str]], ...]] = (
    _figures,
    _noisy,
    _budgets,
    _findings,
    _answers,
    _origins,
    _layers,
    _packages,
    _files,
)
