"""`{axis}` stands for a value, `{{` and `}}` for braces, and nothing else with a brace is let through."""

from __future__ import annotations

import pytest

from imagematrix.config.placeholders import fill
from imagematrix.errors import InputError

VALUES = {"node": "24", "os-name": "alpine3.23", "braces": "{node}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("node:24", "node:24"),
        ("node:{node}-{os-name}", "node:24-alpine3.23"),
        ("{node}{node}", "2424"),
        ("{{node}}", "{node}"),
        ("{{{node}}}", "{24}"),
        ('{{"a": {{"b": {node}}}}}', '{"a": {"b": 24}}'),
        ("{braces}", "{node}"),
        ("${{NODE}}", "${NODE}"),
    ],
)
def test_filled(text: str, filled: str) -> None:
    assert fill(text, VALUES, where="") == filled


@pytest.mark.parametrize("text", ["a", "{", "}", "{}", "{node}", "{{node}}", "}}{{", 'x"{[', ""])
def test_doubled_braces_give_any_text_back(text: str) -> None:
    assert fill(text.replace("{", "{{").replace("}", "}}"), {}, where="") == text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{nod}", "unknown axis 'nod': did you mean 'node'?"),
        ("{NODE}", "unknown axis 'NODE': did you mean 'node'?"),
        ("{}", "unknown axis ''"),
        ("{ node }", "unknown axis ' node ': did you mean 'node'?"),
        ("a{", "a single '{' in 'a{'"),
        ("}b", "a single '}' in '}b'"),
        ("{{node}", "a single '}' in '{{node}'"),
        ("{node", "a single '{' in '{node'"),
    ],
)
def test_refused(text: str, what: str) -> None:
    with pytest.raises(InputError) as caught:
        fill(text, VALUES, where="m.yml:1:1")
    assert caught.value.what == what
    assert caught.value.where == "m.yml:1:1"
    assert "{{" in caught.value.next_step or "}}" in caught.value.next_step
