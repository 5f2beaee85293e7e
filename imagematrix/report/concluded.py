"""What a run came to, in a few lines under its table: which image to choose, and how much is amiss."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from imagematrix.model import Advice, Run
from imagematrix.report.console import Look, draw
from imagematrix.report.findings import counted


def conclusions(run: Run, advice: Sequence[Advice], *, look: Look) -> str:
    """One line a profile, and one for the findings; each names the command that says more."""
    lines = [Text("")]
    wide = max((len(each.profile) for each in advice), default=0)
    for each in advice:
        choice = Text(each.choice, "bold") if each.choice else Text("none of them", "yellow")
        lines.append(Text(f"choose for {each.profile.ljust(wide)}  ").append(choice))
    found = [finding for result in run.results for finding in result.findings]
    said = " and ".join(
        ["`invoke recommend` says why"] * bool(advice)
        + [f"`invoke findings` tells of {counted(found)}"] * bool(found)
    )
    lines += [Text(said, "dim")] if said else []
    return draw(*lines, look=look) if len(lines) > 1 else ""
