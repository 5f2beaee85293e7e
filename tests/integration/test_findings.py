"""An image with every fault that a Dockerfile easily has, built and measured; and the rules told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.model import Finding, Severity
from tests.integration.apps import tiny
from tests.integration.cli import invoke

pytestmark = pytest.mark.integration

DATA_BYTES = 3_000_000
JUNK_BYTES = 2_000_000
# Lines 4 to 9 of the Dockerfile.
MORE = f"""\
COPY . .
RUN chmod -R go-rwx data
RUN head -c {JUNK_BYTES} /dev/urandom > junk
RUN rm junk id_rsa
HEALTHCHECK CMD curl -f http://localhost:3000/
ENV A=1"""
APP = {
    "data/blob": b"x" * DATA_BYTES,
    ".env": b"PASSWORD=hunter2\n",
    ".env.example": b"PASSWORD=\n",
    ".npmrc": b"//registry.example/:_authToken=abc\n",
    "other/.npmrc": b"save-exact=true\n//registry.example/:_authToken=${TOKEN}\n",
    "id_rsa": b"not a key\n",
    "package.json": b'{"name": "tiny"}',
    ".git/objects/pack/x.pack": b"p" * 1000,
    "coverage/index.html": b"c" * 500,
    "src/coverage/mine.js": b"0",
    "node_modules/fsevents/package.json": b'{"name": "fsevents", "version": "2.3.3"}',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tiny(tmp_path_factory.mktemp("faults") / "checkout", more=MORE)
    for name, content in APP.items():
        path = made / "app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    yield made
    assert invoke(made, "clean").code == 0


def found(folder: Path, *flags: str) -> list[Finding]:
    """What a run that is made now has found."""
    done = invoke(folder, "matrix", "--repeat=1", "--json", *flags)
    assert done.code == 0, done.err
    (result,) = archive.read(folder / "results" / done.record["id"] / "run.json").results
    return list(result.findings)


def by_rule(told: list[Finding], rule: str) -> list[Finding]:
    return [each for each in told if each.rule == rule]


@pytest.fixture(scope="module")
def deep(folder: Path) -> list[Finding]:
    return found(folder, "--deep")


def test_secrets_are_found_in_the_layer_that_brought_them_deleted_or_not(deep: list[Finding]) -> None:
    told = {each.text.split(" ")[0]: each for each in by_rule(deep, "secret-file")}
    assert set(told) == {"/app/.env", "/app/.npmrc", "/app/id_rsa"}
    assert {path: each.severity for path, each in told.items()} == {
        "/app/.env": Severity.MEDIUM,
        "/app/.npmrc": Severity.HIGH,
        "/app/id_rsa": Severity.HIGH,
    }
    assert {each.line for each in told.values()} == {4}
    assert "no container sees it any more" in told["/app/id_rsa"].text
    assert "no container sees it" not in told["/app/.env"].text
    assert not any("hunter2" in each.text or "abc" in each.text for each in deep)


def test_waste_is_told_to_the_byte_by_the_instruction_that_caused_it(deep: list[Finding]) -> None:
    (waste,) = by_rule(deep, "waste")
    assert waste.text.startswith(
        "`chmod` in layer 7 (RUN chmod -R go-rwx data) copied 3.00 MB at the same size"
    )
    assert (waste.file, waste.line) == ("Dockerfile", 5)
    (joined,) = by_rule(deep, "join-runs")
    assert joined.text.startswith(
        "the 3 RUN instructions of lines 5 to 7 as one would save 2.00 MB: `rm` in layer 9"
    )


def test_what_dockerignore_should_have_kept_out_is_named(deep: list[Finding]) -> None:
    (left,) = by_rule(deep, "context-leftovers")
    assert left.severity is Severity.MEDIUM
    assert {"/app/.git (version control, 1.00 kB)", "/app/coverage (coverage, 500 B)"} <= {
        each.strip()
        for each in left.text.removeprefix("files that the app does not need: ")
        .replace("), ", ")|")
        .split("|")
    }
    assert left.remedy.removeprefix("name them in .dockerignore: ").split(", ") == [
        ".git",
        "coverage",
        "node_modules",
    ]
    assert left.line == 4


def test_the_health_check_of_a_program_that_is_not_there_is_a_high_one(deep: list[Finding]) -> None:
    (check,) = by_rule(deep, "healthcheck-cannot-run")
    assert check.severity is Severity.HIGH
    assert "curl is not in the image" in check.text
    assert check.line == 8


def test_a_quick_run_finds_what_a_container_sees(folder: Path, deep: list[Finding]) -> None:
    quick = found(folder)
    paths = [each.text.split(" ")[0] for each in by_rule(quick, "secret-file")]
    assert paths == ["/app/.npmrc", "/app/.env"]
    (joined,) = by_rule(quick, "join-runs")
    assert "--deep tells how much" in joined.text
    same = (
        "context-leftovers",
        "healthcheck-cannot-run",
        "runs-as-root",
        "package-managers",
        "base-not-pinned",
    )
    assert [x for x in quick if x.rule in same] == [x for x in deep if x.rule in same]


def test_the_command_shows_them(folder: Path, deep: list[Finding]) -> None:
    assert deep
    done = invoke(folder, "findings", "--variant", "t*")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("tiny: ")
    assert "high     secret-file: /app/.npmrc" in done.out
    assert invoke(folder, "findings", "--json").record["variants"][0]["label"] == "tiny"
    refused = invoke(folder, "findings", "--variant", "nothing")
    assert (refused.code, refused.out) == (2, "")
    assert "has no variant 'nothing'" in refused.err
