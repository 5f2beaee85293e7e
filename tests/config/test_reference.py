"""docs/variants.md says what is so: its table is the schema's, its examples load."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from imagematrix.config import load_matrix
from imagematrix.config.reference import keys, renewed, table
from imagematrix.config.schema import schema
from imagematrix.errors import InputError
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


def test_a_mistake_names_a_command_that_needs_no_page_and_tells_every_key(tmp_path: Path) -> None:
    """As from a wheel, which has no docs."""
    (tmp_path / "variants.yml").write_text("schema_version: 1\napp: 5\n")
    with pytest.raises(InputError) as caught:
        load_matrix(tmp_path / "variants.yml")
    (command,) = re.findall("`python (.*?)`", caught.value.next_step)
    told = subprocess.run(
        [sys.executable, *command.split()], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert told == keys()
    for row in table().splitlines()[2:]:
        assert f"\n{row.split('`')[1]}  (" in f"\n{told}"
    assert "app.name  (text; required)\n    " in told
    assert "smoke.timeout_seconds  (number; default: `30`)\n" in told
    assert all(len(line) <= 80 for line in told.splitlines() if line.startswith(" "))


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
