"""An image's history as the article shows it, with the base image's lines told from our own."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from imagematrix.model import EngineImage
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import plain
from imagematrix.units import size


def history_table(label: str, image: EngineImage, *, look: Look) -> str:
    """One line an instruction, newest first, as `docker history` has them."""
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=Text(plain(f"{label}  {image.config_digest}")),
        title_justify="left",
    )
    for heading in ("from", "size", "created by"):
        table.add_column(
            heading, justify="right" if heading == "size" else "left", no_wrap=heading != "created by"
        )
    for line in reversed(image.history):
        shown = "-" if line.empty else size(line.bytes)
        by = plain(" ".join(line.created_by.split()))
        table.add_row("base" if line.from_base else "own", shown, Text(by, overflow="ellipsis", no_wrap=True))
    own = [layer.bytes for layer in image.layers if not layer.from_base]
    whole = f"{size(image.unpacked_bytes)} in {len(image.layers)} layers"
    sums = f"{whole}, of these {size(sum(own))} in {len(own)} added to the base image"
    return draw(table, Text(sums), Text(""), look=look)


def history_json(label: str, image: EngineImage) -> tuple[str, list[dict[str, Any]]]:
    """The same for machines: a label and its lines, newest first."""
    lines = [
        {"created_by": x.created_by, "bytes": x.bytes, "layer": not x.empty, "from_base": x.from_base}
        for x in reversed(image.history)
    ]
    return label, lines
