"""Three changes that make an image worse: each is caught by a budget, explained to the file, and seen in trend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagematrix.model import Engine
from tests.checkouts import git
from tests.integration.apps import STOPS, tiny
from tests.integration.cli import invoke

pytestmark = pytest.mark.integration

BASE = "node:24-alpine"
PACKAGE = {
    "name": "regressed",
    "version": "1.0.0",
    "dependencies": {"ms": "2.1.3"},
    "devDependencies": {"semver": "7.7.2"},
}
DOCKERFILE = f"""\
FROM {BASE}
WORKDIR /app
COPY . ./
RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm install --omit=dev --no-audit --no-fund
CMD ["node", "index.js"]
"""
BUDGETS = """\
budgets:
  max_app: +1MB
  max_waste: +1MB
  dev_dependencies: none
"""


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkout whose first run keeps its budgets, which the later ones are held against."""
    assert engine.name == "docker"
    folder = tiny(tmp_path_factory.mktemp("regressed"), matrix=BUDGETS, timeout=20)
    matrix = folder / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", "name: regressed"), encoding="utf-8")
    (folder / "app" / "package.json").write_text(json.dumps(PACKAGE), encoding="utf-8")
    (folder / "app" / "index.js").write_text(STOPS, encoding="utf-8")
    (folder / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (folder / ".gitignore").write_text("results/\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    commit(folder, "an app that keeps its budgets")
    first = invoke(folder, "matrix", "--repeat=1", "--deep")
    assert first.code == 0, first.err + first.out
    yield folder
    assert invoke(folder, "clean").code == 0


@pytest.fixture(autouse=True)
def put_back(folder: Path) -> Iterator[None]:
    """Each regression begins from what passed."""
    good = git(folder, "rev-parse", "HEAD")
    yield
    git(folder, "reset", "--quiet", "--hard", good)


def broken(folder: Path) -> dict[str, Any]:
    """The budgets that the newest change breaks, by name."""
    done = invoke(folder, "matrix", "--repeat=1", "--deep", "--json")
    assert done.code == 1, done.err
    (variant,) = done.record["variants"]
    return {each["name"]: each for each in variant["budgets"] if each["status"] == "broken"}


def compared(folder: Path) -> Any:
    """The newest run held against the one that passed."""
    (good,) = [run for run in runs(folder) if run["status"] == "passed"]
    done = invoke(folder, "compare", f"--old={good['id']}", "--json")
    assert done.code == 0, done.err
    (pair,) = done.record["pairs"]
    return pair


def runs(folder: Path) -> Any:
    return invoke(folder, "runs", "--json").record


def stepped(folder: Path, figure: str) -> Any:
    """The newest step of a figure."""
    done = invoke(folder, "trend", f"--figure={figure}", "--json")
    assert done.code == 0, done.err
    (series,) = done.record
    return series["changes"][-1]


def test_a_large_file(folder: Path) -> None:
    (folder / "app" / "big.bin").write_bytes(bytes(30_000_000))
    revision = commit(folder, "a large file")
    assert broken(folder)["max_app"]["causes"] == ["app file /app/big.bin: 30.0 MB new"]
    rows = compared(folder)["files"]["rows"]
    assert {"path": "/app/big.bin", "change": "new", "new_bytes": 30_000_000}.items() <= rows[0].items()
    step = stepped(folder, "app_bytes")
    assert (step["run_id"], step["commit"]) == (runs(folder)[-1]["id"], revision)


def test_a_dev_dependency(folder: Path) -> None:
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace(" --omit=dev", ""), encoding="utf-8")
    revision = commit(folder, "what the tests need is shipped")
    budget = broken(folder)["dev_dependencies"]
    assert "semver" in json.dumps(budget)
    pair = compared(folder)
    assert ("new", "semver") in [(each["change"], each["name"]) for each in pair["packages"]]
    paths = [row["path"] for row in pair["files"]["rows"]]
    assert "/app/node_modules/semver/package.json" in paths
    step = stepped(folder, "node_modules_bytes")
    assert (step["run_id"], step["commit"]) == (runs(folder)[-1]["id"], revision)


def test_a_recursive_chmod(folder: Path) -> None:
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + "RUN chmod -R g+w /usr/local\n", encoding="utf-8")
    revision = commit(folder, "a group may write")
    budget = broken(folder)["max_waste"]
    assert "/usr/local/bin/node" in json.dumps(budget["causes"]), budget
    pair = compared(folder)
    assert "/usr/local/bin/node" in json.dumps(pair["causes"]), pair["causes"]
    step = stepped(folder, "waste_bytes")
    assert (step["run_id"], step["commit"]) == (runs(folder)[-1]["id"], revision)
