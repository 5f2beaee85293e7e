"""The runs in docs/performance.md: each between two marks, written by the bench that made it."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_END = "<!-- end of the run -->\n"


def write(bench: str, text: str) -> None:
    """Put a run of `bench` ("measuring") in place of the one before."""
    mark = f"<!-- run: written by `python bench/{bench}.py --write` -->\n"
    page = PAGE.read_text(encoding="utf-8")
    pattern = f"{re.escape(mark)}.*?{re.escape(_END)}"
    if re.search(pattern, page, re.DOTALL) is None:
        raise ValueError(f"{PAGE} has no place for a run of bench/{bench}.py")
    block = f"{mark}```text\n{text}\n```\n{_END}"
    PAGE.write_text(re.sub(pattern, lambda _: block, page, flags=re.DOTALL), encoding="utf-8")
