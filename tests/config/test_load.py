"""Text that is not plain YAML is refused at its line and column, with a next step."""

from __future__ import annotations

import pytest

from imagematrix.config import load_matrix
from imagematrix.config.load import MAX_BYTES, MAX_DEPTH, Document, parse
from imagematrix.errors import InputError

from .conftest import MATRIX, Project, line


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        pytest.param("a: 1\nb: [1\n", "3:1", "not valid YAML: expected ',' or ']'", id="broken"),
        pytest.param("a: 'x\n", "2:1", "not valid YAML: found unexpected end of stream", id="open quote"),
        pytest.param("a:\n\tb: 1\n", "2:1", "indented by a tab", id="tab"),
        pytest.param("a: 1\n---\nb: 2\n", "2:1", "second YAML document", id="two documents"),
        pytest.param("a: 1\nb: 2\na: 3\n", "3:1", "the key 'a' is here twice", id="duplicate key"),
        pytest.param("a:\n  b: {c: 1, c: 2}\n", "2:13", "the key 'c' is here twice", id="deep duplicate"),
        pytest.param("a: &x 1\n", "1:4", "anchors", id="anchor"),
        pytest.param("a: &x\n  b: 1\n", "1:4", "anchors", id="anchor on a mapping"),
        pytest.param("a: [1, *x]\n", "1:8", "aliases", id="alias"),
        pytest.param("a:\n  <<: {b: 1}\n", "2:3", "merge keys", id="merge key"),
        pytest.param("a: !!python/name:os.system x\n", "1:4", "tags", id="tag"),
        pytest.param("a: 1\n24: x\n", "2:1", "the key 24 is not read as text", id="number as key"),
        pytest.param("on: x\n", "1:1", "the key on is not read as text", id="truth value as key"),
        pytest.param("? [a]\n: x\n", "1:3", "this key is not read as text", id="list as key"),
        pytest.param("a: .nan\n", "1:4", ".nan is no usable number", id="not a number"),
        pytest.param("a: -.inf\n", "1:4", "-.inf is no usable number", id="infinite"),
        pytest.param("a: 0x_\n", "1:4", "0x_ is no usable number", id="empty number"),
        pytest.param(f"a: {'9' * 5000}\n", "1:4", "is no usable number", id="endless number"),
        pytest.param('a: "x\\0"\n', "1:4", "NUL", id="escaped NUL"),
        pytest.param('a: "\\ud800"\n', "1:4", "surrogate", id="half a surrogate pair"),
        pytest.param("a: 1\nb: x\x07y\n", "2:5", "control character", id="control character"),
        pytest.param("[" * 500, f"1:{MAX_DEPTH + 1}", "nested deeper", id="depth"),
        pytest.param(b"a: 1\nb: caf\xe9\n", "2:7", "not UTF-8", id="Latin-1"),
        pytest.param("a: 1\n".encode("utf-16"), "1:1", "not UTF-8", id="UTF-16"),
    ],
)
def test_what_yaml_would_let_pass_or_cannot_read(
    project: Project, text: str | bytes, place: str, what: str
) -> None:
    where, message, next_step = project.refusal(text)
    assert where == f"variants.yml:{place}"
    assert what in message
    assert next_step


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n"])
def test_an_empty_file(project: Project, text: str) -> None:
    where, message, _ = project.refusal(text)
    assert where.startswith("variants.yml")
    assert "empty" in message or "has no value" in message


def test_a_file_that_is_too_large(project: Project) -> None:
    assert "larger than" in project.refusal("#" * (MAX_BYTES + 1))[1]
    padding = "#" * (MAX_BYTES - len(MATRIX) - 1) + "\n"
    assert project.load(padding + MATRIX).app.port == 3000


def test_a_missing_file_names_the_next_step(project: Project) -> None:
    with pytest.raises(InputError) as caught:
        load_matrix(project.file)
    assert caught.value.what == "there is no variants.yml here"
    assert caught.value.where == str(project.folder)
    assert "--file PATH" in caught.value.next_step
    assert "imagematrix init" in caught.value.next_step


def test_a_folder_in_place_of_the_file(project: Project) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_matrix(project.folder)


def test_a_byte_order_mark_moves_nothing(project: Project) -> None:
    assert project.refusal(b"\xef\xbb\xbfschem: 1\n")[0] == "variants.yml:1:1"
    assert project.load("\ufeff" + MATRIX).app.name == "hello"


def test_windows_line_ends(project: Project) -> None:
    text = line(5, "  port: 0").replace("\n", "\r\n")
    assert project.refusal(text)[0] == "variants.yml:5:9"


def test_places_of_values_and_keys() -> None:
    document = parse("a:\n  - b: 22.10\n    c: x\n", name="m.yml")
    assert document.place("a", 0, "b") == "m.yml:2:8"
    assert document.key_place("a", 0, "c") == "m.yml:3:5"
    assert document.key_place("a", 0) == "m.yml:2:5"
    assert document.place("a", 0, "missing") == "m.yml:2:5", "of the nearest parent"
    assert document.source("a", 0, "b") == "22.10", "as written, though its value is 22.1"
    assert document.source("a", 0) == ""


def test_only_numbers_truth_values_and_null_are_not_text() -> None:
    document = parse("[2024-01-01, 1.5, 3, yes, ~, '7', =, 1e3]", name="")
    assert document.value == ["2024-01-01", 1.5, 3, True, None, "7", "=", "1e3"]


def test_documents_are_frozen() -> None:
    document: Document = parse("a: 1", name="")
    with pytest.raises(AttributeError):
        document.name = "b"  # type: ignore[misc]
