"""One pair of a comparison in full, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from imagematrix.model.difference import (
    Change,
    FileDifferences,
    NoisyDifference,
    Pair,
    Sizes,
    TimeVerdict,
    Unknown,
)
from imagematrix.report import compare_words as words
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import plain

_CAUSES: Final = 6  # of each direction
_ROWS: Final = 12  # of a table on a terminal; --json has them all
_INSTRUCTION: Final = 100  # characters of one; --json has it whole
_LESS, _MORE = "green", "red"
_SIZES: Final = ("old", "new", "change")
_CHANGES: Final = {
    Change.NEW: _MORE,
    Change.MORE: _MORE,
    Change.NEW_OR_MORE: _MORE,
    Change.GONE: _LESS,
    Change.LESS: _LESS,
    Change.GONE_OR_LESS: _LESS,
    Change.SAME: "dim",
}
_VERDICTS: Final = {TimeVerdict.MORE: _MORE, TimeVerdict.LESS: _LESS}
Rows = Sequence[Sequence[Text]]


def details(pair: Pair, *, look: Look) -> str:
    """What brought the change, and each kind of difference as a table of its own."""
    parts = [draw(Text(""), _title(pair), _causes(pair), look=look)]
    for section in _SECTIONS:
        parts += [draw(Text(""), title, look=look) + body for title, body in section(pair, look)]
    missing = marked()
    for line in words.missing(pair):
        missing.add_row(Text(" ?", "dim"), Text(plain(line), "dim"))
    return "".join(parts) + (draw(Text(""), missing, look=look) if missing.row_count else "")


def table(
    headings: Sequence[str],
    rows: Rows,
    *,
    look: Look,
    right: Collection[str] = (),
    elastic: Collection[str] = (),
) -> str:
    """A plain table in which the columns named in `elastic` give way where there is little room."""
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        drawn.add_column(
            heading.strip(),
            justify="right" if heading in right else "left",
            no_wrap=heading not in elastic,
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*row)
    return draw(drawn, look=look).strip("\n") + "\n"  # the box is an empty line above and below


def marked() -> Table:
    """Lines behind a mark, to which their second lines are indented."""
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    return lines


def mark(text: str, more: int) -> Text:
    """A change: red for more, green for less; the sign that it has says the same."""
    return Text(text, _MORE if more > 0 else _LESS if more < 0 else "dim")


def judged(noisy: NoisyDifference, *, short: bool = False) -> Text:
    """What may be said of a noisy figure, in a word."""
    word = words.short_verdict(noisy) if short else words.verdict(noisy)
    return Text(word, _VERDICTS.get(noisy.verdict, "dim"))


def _title(pair: Pair) -> Text:
    title = Text(plain(pair.label), "bold")
    found = words.find(pair, "unpacked_bytes")
    if found is None or not isinstance(found.more, int):
        return title
    change = (
        f"{words.signed(found.more)} unpacked ({words.share(found)})"
        if found.more
        else "as many bytes unpacked"
    )
    title.append("  ").append_text(mark(change, found.more))
    return title.append("  the same image", "dim") if pair.same_image else title


def _causes(pair: Pair) -> Table:
    """What brought bytes and what took them away, each behind its sign."""
    found = pair.differences
    listed = marked()
    for sign, sentences in (("+", found.brought(_CAUSES)), ("-", found.saved(_CAUSES))):
        for sentence in sentences:
            listed.add_row(Text(f" {sign}", _MORE if sign == "+" else _LESS), Text(plain(sentence)))
    return listed


def _figures(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    rows = []
    for each in words.changed_figures(pair):
        more = each.more
        if isinstance(more, int):
            change = mark(words.signed(more, each.unit), more)
            share = mark(words.share(each), more)
        else:
            change, share = Text("-", "dim"), Text("")
        ends = (Text(words.figure(each.old)), Text(words.figure(each.new)))
        rows.append((Text(plain(words.name(each.name))), *ends, change, share))
    if rows:
        headings = ("figure", *_SIZES, "")
        yield _heading("figures"), table(headings, rows, look=look, right=headings[1:])


def _noisy(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    if pair.noisy:
        rows = [
            (
                Text(words.name(each.name)),
                Text(words.figure(each.old)),
                Text(words.figure(each.new)),
                judged(each),
                Text(plain(each.reason), "dim"),
            )
            for each in pair.noisy
        ]
        headings = ("figure", "old", "new", "verdict", "why")
        yield (
            _heading("times and memory"),
            table(headings, rows, look=look, right=("old", "new"), elastic=("why",)),
        )


def _origins(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    origins = pair.differences.origins
    if not isinstance(origins, Unknown) and origins:
        rows = [
            (
                Text(plain(each.origin)),
                *_sizes(each.sizes),
                mark(words.signed(each.new_files - each.old_files, "files"), each.sizes.more),
            )
            for each in origins
        ]
        yield (
            _heading("bytes by origin"),
            table(("origin", *_SIZES, "files"), rows, look=look, right=(*_SIZES, "files")),
        )


def _layers(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    changed = words.changed_layers(pair)
    if changed:
        rows = [
            (
                Text(words.layer_change(x), _CHANGES[x.change]),
                *_sizes(x.sizes),
                Text("base" if x.from_base else "own"),
                Text(plain(words.instruction(x.created_by, _INSTRUCTION))),
            )
            for x in changed
        ]
        headings = ("layer", *_SIZES, "from", "instruction")
        title = _heading("layers", words.layers_kept(pair))
        yield title, table(headings, rows, look=look, right=_SIZES, elastic=("instruction",))


def _packages(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    packages = pair.differences.packages
    if packages:
        rows = [
            (
                Text(plain(x.system)),
                Text(plain(x.name)),
                Text(plain(", ".join(x.old_versions)) or "-"),
                Text(plain(", ".join(x.new_versions)) or "-"),
                mark(words.signed(x.sizes.more), x.sizes.more)
                if isinstance(x.sizes, Sizes)
                else _change(x.change),
            )
            for x in packages[:_ROWS]
        ]
        headings = ("packages of", "name", "old", "new", "change")
        title = _heading("packages", words.counts(packages))
        body = table(headings, rows, look=look, right=("change",), elastic=headings[1:4])
        yield title, body + _rest(len(packages), look, "packages")


def _files(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    files = pair.differences.files
    if isinstance(files, FileDifferences) and files.files:
        rows = [
            (
                _change(x.change),
                *_marked(words.file_sizes(x), x.sizes),
                Text(plain(x.origin)),
                Text(plain(x.path)),
            )
            for x in files.files[:_ROWS]
        ]
        headings = ("file", *_SIZES, "origin", "path")
        title = _heading("files", words.counts(files.files))
        body = table(headings, rows, look=look, right=_SIZES, elastic=("path",))
        method = "" if files.complete else draw(Text(f" {files.method}", "dim"), look=look)
        yield title, body + _rest(len(files.files), look, "files") + method


def _answers(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    rows = []
    for each in pair.answers:
        name = Text(plain(words.name(each.name)))
        if each.added or each.removed:
            rows.append((name, Text(plain(words.list_words(each)))))
        else:
            old, new = plain(each.old) or "none", plain(each.new) or "none"
            rows.append((name, Text(old).append(" -> ", "dim").append(new)))
    if rows:
        headings = ("answer", "change")
        yield _heading("answers"), table(headings, rows, look=look, elastic=("change",))


def _findings(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    if pair.findings:
        rows = [
            (
                _change(x.change, same="changed"),
                Text(str(x.finding.severity)),
                Text(plain(x.finding.rule)),
                Text(
                    plain(
                        x.finding.text + (f" (accepted: {x.finding.accepted})" if x.finding.accepted else "")
                    )
                ),
            )
            for x in pair.findings
        ]
        headings = ("finding", "severity", "rule", "text")
        yield _heading("findings"), table(headings, rows, look=look, elastic=("text",))


def _budgets(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    if pair.budgets:
        rows = [
            (
                Text(plain(f"{x.name}: {x.text}")),
                Text(plain(x.old)),
                Text(plain(x.new), _LESS if x.new == "kept" else _MORE),
                Text(plain(x.reason)),
            )
            for x in pair.budgets
        ]
        headings = ("budget", "old", "new", "why")
        yield _heading("budgets"), table(headings, rows, look=look, elastic=("why",))


_SECTIONS: Final[tuple[Callable[[Pair, Look], Iterator[tuple[Text, str]]], ...]] = (
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


def _heading(title: str, more: str = "") -> Text:
    return Text(title, "bold").append(f"  {more}" if more else "", "not bold dim")


def _change(change: Change, *, same: str = "same") -> Text:
    return Text(same if change is Change.SAME else str(change), _CHANGES[change])


def _sizes(sizes: Sizes) -> tuple[Text, Text, Text]:
    return _marked(words.sizes(sizes), sizes)


def _marked(shown: tuple[str, str, str], sizes: Sizes) -> tuple[Text, Text, Text]:
    old, new, change = shown
    return Text(old), Text(new), mark(change, sizes.more)


def _rest(total: int, look: Look, what: str) -> str:
    line = words.rest(total, min(total, _ROWS), what)
    return draw(Text(f" {line}", "dim"), look=look) if line else ""
