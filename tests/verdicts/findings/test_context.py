from __future__ import annotations

from imagematrix.image.leftovers import HOST
from imagematrix.model import Cell, Result, Severity
from tests.verdicts.findings.results import one, result, table, told

SECRETS = "path layer created_by seen why"
LAYERS = (
    ("ADD rootfs.tar / # buildkit", True),
    ("COPY . /app # buildkit", False),
    ("RUN /bin/sh -c x", False),
)
DOCKERFILE = "FROM a\nENV b=c\nCOPY . /app\nRUN x\n"


def with_secrets(*rows: tuple[Cell, ...]) -> Result:
    return result(table("secret_files", SECRETS, *rows), layers=LAYERS, dockerfile=DOCKERFILE)


def test_a_secret_is_high_and_stands_on_the_line_that_brought_it() -> None:
    found = one(
        with_secrets(("/app/id_rsa", 2, "COPY . /app # buildkit", True, "SSH private key")), "secret-file"
    )
    assert (found.severity, found.file, found.line) == (Severity.HIGH, "d/Dockerfile", 3)
    assert found.text == "/app/id_rsa (SSH private key) is in layer 2 (COPY . /app)"


def test_one_that_is_deleted_again_is_as_bad() -> None:
    found = one(with_secrets(("/app/id_rsa", 2, "COPY . /app", False, "SSH private key")), "secret-file")
    assert found.severity is Severity.HIGH
    assert found.text.endswith("is in layer 2 (COPY . /app), though no container sees it any more")


def test_a_file_in_two_layers_is_one_finding() -> None:
    rows = (
        ("/app/k.key", 2, "COPY a", False, "private key"),
        ("/app/k.key", 3, "RUN b", True, "private key"),
    )
    found = one(with_secrets(*rows), "secret-file")
    assert found.text == "/app/k.key (private key) is in layer 2 (COPY a), layer 3 (RUN b)"


def test_an_environment_file_may_be_harmless() -> None:
    found = one(with_secrets(("/app/.env.local", 0, "", True, "environment file")), "secret-file")
    assert found.severity is Severity.MEDIUM
    assert (found.text, found.line) == ("/app/.env.local (environment file) is in the image", 0)


def test_no_row_no_finding() -> None:
    assert told(with_secrets(), "secret-file") == []
    assert told(result(), "secret-file") == []


def left(*rows: tuple[Cell, ...], dockerfile: str = DOCKERFILE) -> Result:
    return result(table("context_leftovers", "path bytes why", *rows), dockerfile=dockerfile)


def test_left_overs_are_one_finding_whose_remedy_is_the_ignore_file() -> None:
    found = one(left(("/app/coverage", 1500, "coverage"), ("/app/a/x.log", 20, "log")), "context-leftovers")
    assert found.severity is Severity.LOW
    assert (
        found.text
        == "files that the app does not need: /app/coverage (coverage, 1.50 kB), /app/a/x.log (log, 20 B)"
    )
    assert found.remedy == "name them in .dockerignore: coverage, x.log"
    assert found.line == 3


def test_history_and_the_hosts_packages_matter_more() -> None:
    assert one(left(("/app/.git", 9, "version control")), "context-leftovers").severity is Severity.MEDIUM
    assert one(left(("/app/.gitignore", 9, "version control")), "context-leftovers").severity is Severity.LOW
    host = ("/app/node_modules", 9, HOST)
    assert one(left(host), "context-leftovers").severity is Severity.MEDIUM


def test_the_line_is_that_of_a_copy_of_all_not_of_one_out_of_a_stage() -> None:
    text = "FROM a AS b\nCOPY --chown=1:1 ./ /x\nCOPY package.json ./\nFROM c\nCOPY --from=b . /app\n"
    assert one(left(("/app/x.log", 1, "log"), dockerfile=text), "context-leftovers").line == 2
    assert (
        one(left(("/app/x.log", 1, "log"), dockerfile="FROM a\nCOPY src ./\n"), "context-leftovers").line == 0
    )


def test_no_left_overs_no_finding() -> None:
    assert told(left(), "context-leftovers") == []
