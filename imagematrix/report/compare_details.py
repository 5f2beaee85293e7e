"""One pair of a comparison in full, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from imagematrix.model.difference import (
    FileDifferences,
    Pair,
    Sizes,
    Unknown,
)
from imagematrix.report import compare_words as words
from imagematrix.report.compare_drawing import (
    CHANGES,
    LESS,
    MORE,
    ROWS,
    change_word,
    heading,
    judged,
    mark,
    marked,
    old_new_change,
    rest_line,
    table,
)
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import instruction, plain

_CAUSES: Final = 6  # of each direction
_INSTRUCTION: Final = 100  # characters of one; --json has it whole
_SIZES: Final = ("old", "new", "change")


def details(pair: Pair, *, look: Look) -> str:
    """What brought the change, and each kind of difference as a table of its own."""
    parts = [draw(Text(""), _title(pair), _causes(pair), look=look)]
    for section in _SECTIONS:
        parts += [draw(Text(""), title, look=look) + body for title, body in section(pair, look)]
    missing = marked()
    for line in words.missing(pair):
        missing.add_row(Text(" ?", "dim"), Text(plain(line), "dim"))
    return "".join(parts) + (draw(Text(""), missing, look=look) if missing.row_count else "")


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
    """What brought bytes and what took them away, each behind its sign; last what did neither."""
    found = pair.differences
    listed = marked()
    for sign, sentences in (("+", found.brought(_CAUSES)), ("-", found.saved(_CAUSES))):
        for sentence in sentences:
            listed.add_row(Text(f" {sign}", MORE if sign == "+" else LESS), Text(plain(sentence)))
    for sentence in words.neither(pair):
        listed.add_row(Text(" =", "dim"), Text(plain(sentence), "dim"))
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
        rows.append((Text(words.name(each.name)), *ends, change, share))
    if rows:
        headings = ("figure", *_SIZES, "")
        yield heading("figures"), table(headings, rows, look=look, right=headings[1:])


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
            heading("times and memory"),
            table(headings, rows, look=look, right=("old", "new"), elastic=("why",)),
        )


def _origins(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    origins = pair.differences.origins
    if not isinstance(origins, Unknown) and origins:
        rows = [
            (
                Text(plain(each.origin)),
                *old_new_change(each.sizes),
                mark(words.signed(each.new_files - each.old_files, "files"), each.sizes.more),
            )
            for each in origins
        ]
        yield (
            heading("bytes by origin"),
            table(("origin", *_SIZES, "files"), rows, look=look, right=(*_SIZES, "files")),
        )


def _layers(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    changed = words.changed_layers(pair)
    if changed:
        rows = [
            (
                Text(words.layer_change(x), CHANGES[x.change]),
                *old_new_change(x.sizes),
                Text("base" if x.from_base else "own"),
                Text(plain(instruction(x.created_by, _INSTRUCTION))),
            )
            for x in changed
        ]
        headings = ("layer", *_SIZES, "from", "instruction")
        title = heading("layers", words.layers_kept(pair))
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
                else change_word(x.change),
            )
            for x in packages[:ROWS]
        ]
        headings = ("packages of", "name", "old", "new", "change")
        title = heading("packages", words.counts(packages))
        body = table(headings, rows, look=look, right=("change",), elastic=headings[1:4])
        yield title, body + rest_line(len(packages), look, "packages")


def _files(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    files = pair.differences.files
    if isinstance(files, FileDifferences) and files.files:
        rows = [
            (
                change_word(x.change),
                *old_new_change(x.sizes, words.file_sizes(x)),
                Text(plain(x.origin)),
                Text(plain(x.path)),
            )
            for x in files.files[:ROWS]
        ]
        headings = ("file", *_SIZES, "origin", "path")
        title = heading("files", words.counts(files.files))
        body = table(headings, rows, look=look, right=_SIZES, elastic=("path",))
        method = "" if files.complete else draw(Text(f" {files.method}", "dim"), look=look)
        yield title, body + rest_line(len(files.files), look, "files") + method


def _answers(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    rows = []
    for each in pair.answers:
        name = Text(words.name(each.name))
        if each.added or each.removed:
            rows.append((name, Text(plain(words.list_words(each)))))
        else:
            old, new = plain(each.old) or "none", plain(each.new) or "none"
            rows.append((name, Text(old).append(" -> ", "dim").append(new)))
    if rows:
        headings = ("answer", "change")
        yield heading("answers"), table(headings, rows, look=look, elastic=("change",))


def _findings(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    if pair.findings:
        rows = [
            (
                change_word(x.change, same="changed"),
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
        yield heading("findings"), table(headings, rows, look=look, elastic=("text",))


def _budgets(pair: Pair, look: Look) -> Iterator[tuple[Text, str]]:
    if pair.budgets:
        rows = [
            (
                Text(plain(f"{x.name}: {x.text}")),
                Text(plain(x.old)),
                Text(plain(x.new), LESS if x.new == "kept" else MORE),
                Text(plain(x.reason)),
            )
            for x in pair.budgets
        ]
        headings = ("budget", "old", "new", "why")
        yield heading("budgets"), table(headings, rows, look=look, elastic=("why",))


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
