"""A file that breaks the schema: the one useful sentence, at the place to change."""

from __future__ import annotations

import pytest

from .conftest import Project, line


@pytest.mark.parametrize(
    ("number", "replacement", "column", "what"),
    [
        # unknown keys, and the nearest known name
        (17, "    dockerfle: vanilla.Dockerfile", 5, "unknown key 'dockerfle': did you mean 'dockerfile'?"),
        (6, "Smokes:", 1, "unknown key 'Smokes': did you mean 'smoke'?"),
        (7, "  zzz: /", 3, "unknown key 'zzz'"),
        # unquoted versions and other words that YAML does not read as text
        (10, "  node: [22.10]", 10, "22.10 is read as a number here: it must be text"),
        (10, "  node: [24]", 10, "24 is read as a number here: it must be text"),
        (12, "  NODE: 24", 9, "24 is read as a number here: it must be text"),
        (14, '  "node:{node}": {recipe: debian-node, node: 24}', 46, "24 is read as a number"),
        (18, "    expect: {user: 1000}", 20, "1000 is read as a number here: it must be text or a list"),
        (3, "  name: no", 9, "no is read as true or false here: it must be text"),
        # port, timeout and status
        (5, "  port: 0", 9, "'app.port' must be from 1 to 65535, not 0"),
        (5, "  port: 65536", 9, "'app.port' must be from 1 to 65535, not 65536"),
        (5, "  port: -3000", 9, "'app.port' must be from 1 to 65535, not -3000"),
        (5, '  port: "80"', 9, "'app.port' must be a whole number, not the text '80'"),
        (5, "  port: yes", 9, "'app.port' must be a whole number, not yes"),
        (5, "  port: 80.5", 9, "'app.port' must be a whole number, not 80.5"),
        (7, "  timeout_seconds: 0", 20, "'smoke.timeout_seconds' must be above 0 and at most 3600, not 0"),
        (7, "  timeout_seconds: -1", 20, "'smoke.timeout_seconds' must be above 0 and at most 3600, not -1"),
        (7, "  timeout_seconds: 3601", 20, "must be above 0 and at most 3600, not 3601"),
        (7, "  status: 99", 11, "'smoke.status' must be from 100 to 599, not 99"),
        # the request and its answer
        (7, "  path: health", 9, "'health' cannot be used here: the path of a request starts with '/'"),
        (7, "  path: /a b", 9, "has neither blanks nor"),
        (7, "  body_contains: x", 3, "'body' and 'body_contains' exclude each other"),
        (7, '  headers: {"a b": c}', 13, "the name of an HTTP header"),
        # the command, in place of the request
        (7, "  command: [a]\n  status: 200", 3, "'command' runs a command; 'path', 'status'"),
        (7, "  exit_code: 1\n  path: /", 3, "'exit_code' is a command's; 'path', 'status'"),
        (7, "  command: []", 12, "'smoke.command' must not be empty"),
        (7, "  command: vim", 12, "'smoke.command' must be a list, not the text 'vim'"),
        (7, "  exit_code: 256", 14, "'smoke.exit_code' must be from 0 to 255, not 256"),
        (7, "  exit_code: 1", 3, "an 'exit_code' is a command's, and this smoke test has no 'command'"),
        (18, "    smoke: {exit_code: 1}", 13, "this smoke test has no 'command'"),
        (18, "    skip_without_base: sometimes", 24, "must be true or false, not the text 'sometimes'"),
        (18, "    skip_without_base: 1", 24, "must be true or false, not 1"),
        # names
        (3, "  name: Hello", 9, "'Hello' cannot be used here: a name has lower-case letters"),
        (16, "  Vanilla:", 3, "'Vanilla' cannot be used here: a name has lower-case letters"),
        (16, f"  {'v' * 65}:", 3, "is longer than 64 characters"),
        (12, '  1A: "x"', 3, "the name of a variable"),
        (10, '  variant: ["a"]', 3, "'variant' cannot be the name of an axis"),
        # axes, lists and mappings
        (10, "  node: []", 9, "'axes.node' must not be empty"),
        (10, '  node: ["22", "22"]', 9, "'axes.node' holds the same value twice"),
        (10, '  node: ["a b"]', 10, "an axis value becomes part of an image tag"),
        (18, "    bases: node", 12, "'variants.vanilla.bases' must be a list, not the text 'node'"),
        (18, "    env: [A]", 10, "'variants.vanilla.env' must be a mapping of keys to values, not a list"),
        (18, "    target: {a: b}", 13, "'variants.vanilla.target' must be text, not a mapping"),
        (18, "    target:", 12, "'variants.vanilla.target' has no value: it must be text"),
        # fixed words
        (1, "schema_version: 2", 17, "'schema_version' must be 1, not 2"),
        (1, 'schema_version: "1"', 17, "'schema_version' must be 1, not \"1\""),
        (
            14,
            '  "node:{node}": {recipe: debian-nod, node: "24"}',
            27,
            "unknown recipe 'debian-nod': did you mean 'debian-node'?",
        ),
    ],
)
def test_a_line_that_breaks_the_schema(
    project: Project, number: int, replacement: str, column: int, what: str
) -> None:
    where, message, next_step = project.refusal(line(number, replacement))
    assert where == f"variants.yml:{number}:{column}"
    assert what in message
    assert next_step
    assert len(message) < 200
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (line(3, ""), "2:1", "'app' lacks the key 'name'"),
        (line(5, ""), "2:1", "'app' lacks the key 'port': the smoke test asks over HTTP"),
        (line(17, ""), "16:3", "'variants.vanilla' lacks the key 'dockerfile'"),
        ("app: {}\n", "1:1", "the file lacks the key 'schema_version'"),
        ("[]\n", "1:1", "the file must be a mapping of keys to values, not a list"),
        ("hello\n", "1:1", "the file must be a mapping of keys to values, not the text 'hello'"),
        (line(9, "exclude: [{}]\naxes:"), "9:11", "'exclude[0]' must not be empty"),
        (line(9, "include: [{}]\naxes:"), "9:11", "'include[0]' lacks the key 'variant'"),
    ],
)
def test_what_is_missing(project: Project, text: str, place: str, what: str) -> None:
    where, message, next_step = project.refusal(text)
    assert (where, message) == (f"variants.yml:{place}", what)
    assert next_step


@pytest.mark.parametrize(
    ("number", "replacement", "next_step"),
    [
        (
            7,
            "  zzz: /",
            "known keys: path, status, headers, command, exit_code, body, body_contains, timeout_seconds",
        ),
        (10, "  node: [22.10]", 'put it in quotes: "22.10"'),
        (3, "  name: no", 'put it in quotes: "no"'),
        (5, '  port: "80"', "write it without quotes"),
        (1, "schema_version: 2", "write 1; another version of imagematrix may read what you have"),
        (
            14,
            '  "node:{node}": {recipe: alpine, node: "24"}',
            "known recipes: debian, debian-node, distroless-node, alpine-node",
        ),
    ],
)
def test_what_to_do_next(project: Project, number: int, replacement: str, next_step: str) -> None:
    assert project.refusal(line(number, replacement))[2] == next_step


def test_of_several_breaches_the_least_deep_and_then_the_first_is_told(project: Project) -> None:
    text = line(7, "  path: health")
    assert project.refusal(text + "zzz: 1\n")[1] == "unknown key 'zzz'"
    assert project.refusal(text.replace("port: 3000", "port: 0"))[0] == "variants.yml:5:9"
