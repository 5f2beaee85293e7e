"""Our own dependencies: all of them are locked, by hashes, and one that came otherwise is not installed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY: Final = Path(__file__).resolve().parents[1]
_PIN: Final = re.compile(r"^(\S+==\S+)( ; .*?)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
_SMALL: Final = "iniconfig"  # some 8 kB, and nothing but Python


def locked() -> dict[str, tuple[Requirement, list[str]]]:
    """Each pin with its hashes, by name."""
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    pins = [(Requirement(pin + marker), hashes.split()[1::2]) for pin, marker, hashes in _PIN.findall(text)]
    return {canonicalize_name(pin.name): (pin, hashes) for pin, hashes in pins}


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, its extras and what it is built with among it."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    words = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    return [Requirement(word) for word in (*words, *(word for extra in extras for word in extra))]


def test_every_line_of_the_lock_is_a_pin_with_hashes() -> None:
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    rest = [
        line for line in _PIN.sub("", text).splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    assert rest == []
    assert len(locked()) == len(re.findall(r"^\S+==", text, re.MULTILINE)) > len(declared())


@pytest.mark.parametrize("wanted", declared(), ids=str)
def test_what_the_project_asks_for_is_locked_within_its_range(wanted: Requirement) -> None:
    pin, hashes = locked()[canonicalize_name(wanted.name)]
    (version,) = pin.specifier
    assert wanted.specifier.contains(version.version)
    assert hashes


def test_the_set_up_takes_nothing_but_the_lock() -> None:
    lines = (REPOSITORY / "venv.sh").read_text(encoding="utf-8").splitlines()
    assert ".venv/bin/python -m pip install -qq --require-hashes -r requirements.lock" in lines
    own = [line for line in lines if "pip install" in line and "--editable" in line]
    assert own
    assert all("--no-deps" in line and "--no-index" in line for line in own)


@pytest.mark.integration
@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
def test_one_that_came_otherwise_is_not_installed(tmp_path: Path, wrong: bool) -> None:
    pin, hashes = locked()[_SMALL]
    if wrong:
        hashes = [f"{each[:-1]}{'0' if each[-1] != '0' else '1'}" for each in hashes]
    (tmp_path / "lock").write_text(" ".join([str(pin), *hashes]), encoding="utf-8")
    target = tmp_path / "target"
    words = ["install", "-qq", "--require-hashes", "--no-deps", "--no-cache-dir", f"--target={target}"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, "-r", str(tmp_path / "lock")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) is not wrong, done.stderr
    assert (target / _SMALL).is_dir() is not wrong
    if wrong:
        assert "DO NOT MATCH THE HASHES" in done.stderr
        assert f"{pin} from " in done.stderr
