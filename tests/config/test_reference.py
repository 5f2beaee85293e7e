"""docs/variants.md says what is so: its table is the schema's, its examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imagematrix.config import load_matrix
from imagematrix.config.reference import renewed, table
from imagematrix.config.schema import schema
from imagematrix.expectations import NAMES
from imagematrix.verdicts.findings import RULES

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "variants.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_table_is_current() -> None:
    assert renewed(PAGE) == PAGE, "run: python -m imagematrix.config.reference docs/variants.md"


def test_the_table_has_every_key() -> None:
    rows = table()
    assert f"| `schema_version` | `{schema()['properties']['schema_version']['const']}` | required |" in rows
    assert "| `app.name` | text | required |" in rows
    assert "| `app.port` | whole number | none |" in rows
    assert "| `variants.<name>.skip_without_base` | true or false | `false` |" in rows
    assert "| `smoke.timeout_seconds` | number | `30` |" in rows
    assert "| `variants.<name>.expect.<name>` | text or list | required |" in rows
    for part in ("app", "smoke", "variants.<name>", "stand_ins.<name>"):
        assert rows.count(f"| `{part}.") >= 2


def test_only_the_table_is_renewed() -> None:
    assert renewed(PAGE.replace("| `app.port` |", "| `app.prt` |")) == PAGE


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 4


@pytest.mark.parametrize("index", range(len(BLOCKS)))
def test_every_example_loads(tmp_path: Path, index: int) -> None:
    """A part of a file is laid over the whole one that the page begins with."""
    block = BLOCKS[index]
    keys = re.findall(r"^(\w+):", block, flags=re.MULTILINE)
    kept = [
        part
        for part in re.split(r"^(?=\w+:)", BLOCKS[0], flags=re.MULTILINE)
        if part.split(":")[0] not in keys
    ]
    for name in ("app", "dockerfiles"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    file = tmp_path / "variants.yml"
    file.write_text("".join(kept) + block)
    assert load_matrix(file, expectable=NAMES, acceptable=RULES).variants
