"""The tables of every command and flag in docs/commands.md, made from the collection.

To renew the page: `python -m imagematrix.tasks.reference docs/commands.md`.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Final

from invoke.parser.argument import Argument
from invoke.parser.context import ParserContext

from imagematrix.tasks import HELP, ns

BEGIN: Final = "<!-- the commands: made from the collection, do not edit -->"
END: Final = "<!-- end of the commands -->"


def text() -> str:
    """A section for each command with what it does, and a table of its flags."""
    return "\n".join(_section(context) for context in ns.to_contexts())


def renewed(page: str) -> str:
    """The page with what stands between its two marks replaced by the current text."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text()}\n{END}{after}"


def _section(context: ParserContext) -> str:
    name = str(context.name)
    rows = [
        f"| `{flag}` | {_value(argument)} | {_meaning(argument)} |"
        for flag, argument in context.flags.items()
    ]
    table = "\n".join(["| flag | value | meaning |", "|---|---|---|", *rows])
    return f"### `{name}`\n\n{inspect.getdoc(ns[name])}\n\n{table}\n"


def _value(argument: Argument) -> str:
    if argument.kind is bool:
        return "-"
    if argument.kind is list:
        return "text, repeatable"
    return f"text, `{argument.default}`" if argument.default else "text"


def _meaning(argument: Argument) -> str:
    # Not `argument.help`: Invoke takes a task's help away from it when it is first asked for.
    return HELP[str(argument.name).rstrip("_")].replace("|", "\\|")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        Path(argument).write_text(renewed(Path(argument).read_text("utf-8")), "utf-8")
