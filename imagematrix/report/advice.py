"""Which image to choose, and why, for a terminal and for machines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from imagematrix.model import Advice, Against, Run
from imagematrix.report.console import ENDLESS, Look, draw
from imagematrix.text import one_line

_WIDEST: Final = 120  # columns of a terminal: longer lines are hard to follow
_INDENT: Final = (0, 0, 0, 2)
_FIGURE: Final = re.compile(r"(?<=\d) (?=(?:[kMGT]?B|ms|s|x)\b)")
_UNBROKEN: Final = "\ue000"  # stands for a blank where no line is broken: rich breaks at each kind of blank
_FIGURES: Final = {
    "download_bytes": "download",
    "unpacked_bytes": "bytes unpacked",
    "start_seconds": "start-up",
    "memory_idle_bytes": "memory",
}


def advice_view(advice: Sequence[Advice], *, look: Look) -> str:
    """One block for each user; what holds for several of them is told once, at the end."""
    if look.width != ENDLESS:
        look = replace(look, width=min(look.width, _WIDEST))
    common = _common(advice)
    parts: list[RenderableType] = [Text(""), _choices(advice)] if len(advice) > 1 else []
    for each in advice:
        parts += [Text(""), _heading(each), Padding(_block(each, common), _INDENT)]
    rest = [*_fronts(advice), *common]
    if rest:
        parts += [Text(""), *(Text(one_line(text), "dim") for text in rest)]
    return draw(*parts, look=look).replace(_UNBROKEN, " ")


def none_passed(run: Run) -> str:
    """What there is to say of a run where nothing can be chosen."""
    reasons = "".join(
        f"  {one_line(result.label)} {result.status}: {one_line(result.reason.partition(chr(10))[0])}\n"
        for result in run.results
    )
    return f"no variant of run {one_line(run.id)} passed, so none can be chosen\n{reasons}"


def advice_json(run_id: str, advice: Sequence[Advice]) -> dict[str, Any]:
    """The same for machines: each `Advice` as it is, and of which run."""
    return {"run": run_id, "advice": [asdict(each) for each in advice]}


def _common(advice: Sequence[Advice]) -> list[str]:
    """Doubts that several of them have, each once."""
    doubts = [doubt for each in advice for doubt in each.doubts]
    return [doubt for doubt in dict.fromkeys(doubts) if doubts.count(doubt) > 1]


def _choices(advice: Sequence[Advice]) -> Table:
    """The answers alone."""
    table = Table.grid(padding=(0, 3, 0, 0))
    for each in advice:
        table.add_row(Text(each.profile), _choice(each))
    return table


def _choice(advice: Advice) -> Text:
    return Text(one_line(advice.choice), "bold green") if advice.choice else Text("none", "bold red")


def _heading(advice: Advice) -> Text:
    return Text(f"{advice.profile}: ", "bold").append_text(_choice(advice))


def _block(advice: Advice, common: Sequence[str]) -> Table:
    """What is said, a hanging paragraph each, in sections."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, texts in _sections(advice, common):
        for number, text in enumerate(texts):
            dash = "-" if len(texts) > 1 else ""
            table.add_row(Text("" if number else name, "cyan"), Text(dash, "dim"), text)
    return table


def _sections(advice: Advice, common: Sequence[str]) -> Iterator[tuple[str, list[Text]]]:
    yield "why", [Text(_line(advice.why))]
    yield "price", [Text(_line(cost)) for cost in advice.costs]
    yield "others", [_other(each) for each in advice.against]
    yield "doubts", [Text(_line(doubt), "yellow") for doubt in advice.doubts if doubt not in common]
    yield "wanted", [Text(_line(advice.wants), "dim")]


def _other(against: Against) -> Text:
    out = Text("out: ", "red") if against.out else Text("")
    return (
        Text(f"{one_line(against.label)}: ", "bold")
        .append_text(out)
        .append(_line(against.reason), "not bold")
    )


def _line(text: str) -> str:
    """A figure stays together with its unit."""
    return _FIGURE.sub(_UNBROKEN, one_line(text))


def _fronts(advice: Sequence[Advice]) -> list[str]:
    """The Pareto fronts, each once."""
    fronts = dict.fromkeys((each.front, each.objectives) for each in advice if each.front)
    return [f"{not_beaten(objectives)}: {', '.join(front)}" for front, objectives in fronts]


def not_beaten(objectives: Sequence[str]) -> str:
    """What being on the Pareto front means, where it is over these measurements."""
    return f"not beaten at {', '.join(_FIGURES.get(name, name) for name in objectives)} together (the Pareto front)"
