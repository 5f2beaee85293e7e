"""What is amiss with each image, the most severe first, each with its remedy and its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from imagematrix.model import BaseSource, Finding, How, Result, Severity
from imagematrix.report.console import Look, draw
from imagematrix.text import first_few, one_line

_SEVERITIES: Final = {Severity.HIGH: "bold red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan"}
_ACCEPTED: Final = "accepted"
_HEADING: Final = len(_ACCEPTED)
_FILES: Final = "secret_files"  # is not known where the image's files are not
_NAMED: Final = 6


def findings_view(results: Sequence[Result], *, look: Look) -> str:
    """The findings of each variant under its name."""
    return "\n".join(_variant(result, look) for result in results)


def stand_in_note(results: Sequence[Result], *, look: Look) -> str:
    """What "(stand-in)" means, where one is among the bases; "" where none is."""
    if not any(base.source is BaseSource.STAND_IN for result in results for base in result.bases):
        return ""
    why = "(stand-in): no registry's image, but one made on this machine from packages"
    return draw(Text(""), Text(why, "dim"), look=look)


def hidden_secrets_note(unsought: Sequence[Result], *, of: Sequence[Result], look: Look) -> str:
    """That secrets which a later layer deletes were not looked for in some of these; "" where they were."""
    if not unsought:
        return ""
    labels = [one_line(result.label) for result in unsought]
    where = "" if len(unsought) == len(of) else f" in {first_few(labels, _NAMED)}"
    told = f"secrets that a later layer deletes were not looked for{where}: `invoke matrix --deep` finds them, too"
    return draw(Text(""), Text(told, "dim"), look=look)


def one_finding(finding: Finding, *, look: Look) -> str:
    """One finding: severity, rule, what, remedy, place; dim and with the reason where it is accepted."""
    style = "dim" if finding.accepted else ""
    heading = (
        Text(_ACCEPTED, "dim") if finding.accepted else Text(finding.severity, _SEVERITIES[finding.severity])
    )
    told = Text(f"{one_line(finding.rule)}: ", f"bold {style}".strip()).append(
        one_line(finding.text), style or "not bold"
    )
    lines = [told]
    if finding.accepted:
        lines.append(Text(f"accepted ({finding.severity}): {one_line(finding.accepted)}", "dim"))
    else:
        lines.append(Text(f"remedy: {one_line(finding.remedy)}"))
    if finding.file:
        lines.append(Text(f"at {one_line(finding.file)}:{finding.line}", "dim"))
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(min_width=_HEADING, no_wrap=True)
    grid.add_column(overflow="fold")
    for number, line in enumerate(lines):
        grid.add_row(Text("") if number else heading, line)
    return draw(grid, look=look)


def counted(findings: Sequence[Finding]) -> str:
    """ "1 high, 2 low, 1 accepted"; "nothing" where there is none."""
    counts = Counter(_ACCEPTED if each.accepted else each.severity.value for each in findings)
    order = (*(severity.value for severity in _SEVERITIES), _ACCEPTED)
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word]) or "nothing"


def _variant(result: Result, look: Look) -> str:
    head = Text(one_line(result.label), "bold").append(f": {counted(result.findings)}", "not bold")
    parts = [draw(head, look=look)]
    # What is still to be done comes first.
    for accepted in (False, True):
        parts += [one_finding(each, look=look) for each in result.findings if bool(each.accepted) is accepted]
    if unseen := _unseen(result):
        parts.append(draw(Text(unseen, "dim"), look=look))
    return "".join(parts)


def _unseen(result: Result) -> str:
    """Where the findings say nothing because nothing was looked at; "" where the image was read."""
    if result.image is None:
        return f"nothing was looked at, there is no image: {one_line(result.reason.partition(chr(10))[0])}"
    known = next((each for each in result.measurements if each.name == _FILES), None)
    if known is None:
        return "its files were not looked at: the run did not measure"
    return f"its files were not looked at: {one_line(known.reason)}" if known.how is How.UNAVAILABLE else ""
