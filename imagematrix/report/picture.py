"""The terminal's table as a picture, for a page that shows no terminal."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console
from rich.text import Text

from imagematrix.model import Report
from imagematrix.report.budgets import budget_lines
from imagematrix.report.concluded import conclusions
from imagematrix.report.console import Look
from imagematrix.report.harmless import harmless
from imagematrix.report.terminal import run_table

_WIDTH: Final = 144  # columns
# A picture is shown on other machines: no font is fetched, any font of one width will do.
_SVG: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>imagematrix in a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font: bold 18px sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture(report: Report) -> str:
    """What `invoke matrix` shows of the run, as one SVG that needs nothing else."""
    look, run = Look(width=_WIDTH, color=True), harmless(report.run)
    shown = run_table(run, report.place, look=look) + budget_lines(run, look=look)
    shown += conclusions(run, harmless(report.advice), look=look)
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown.strip("\n")), "")  # a last line, or the one before it is cut
    return console.export_svg(title="invoke matrix", code_format=_SVG, unique_id="terminal")
