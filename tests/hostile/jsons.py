"""JSON documents that were changed here and there, as strategies of hypothesis: values, and texts that JSON forbids."""

from __future__ import annotations

import copy
import json
from typing import Any, Final

from hypothesis import strategies as st

# Marks in a document that become a text which json.dumps does not write.
_RAW: Final = {
    "@nan": "NaN",
    "@infinity": "-Infinity",
    "@huge": "9" * 400,
    "@longer": "9" * 5000,
    "@exponent": "1e999",
    "@deep": "[" * 400 + "]" * 400,
    "@deeper": "[" * 5000 + "]" * 5000,
    "@border": "[" * 900 + "]" * 900,
    "@objects": '{"a":' * 300 + "1" + "}" * 300,
    "@half": '"\\ud800"',
    "@broken": "[1,",
    "@bare": "word",
}
strange: Final = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, -1, 1 << 53, 1 << 62, 1 << 64, -(1 << 63), 0.5, -0.0, 1e308, 5e-324]
    ),
    st.sampled_from(
        ["", " ", "a", "0", "\0", "\x1b[31m", "\u202e", "a\nb", "=1+1", "../../x", "x" * 3000, "é"]
    ),
    st.sampled_from([[], {}, [[]], [None], [1, "a"], {"": ""}, {"a": {"b": []}}]),
    st.sampled_from(sorted(_RAW)),
    st.text(max_size=10).filter(lambda text: not text.startswith("@")),
    st.integers(),
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, child in value.items():
            found += _places(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            found += _places(child, (*path, index))
    return found


def _changed(draw: st.DrawFn, value: Any) -> Any:
    """One change somewhere: another value, a key less or more or renamed, an item less or twice."""
    deepest = draw(st.integers(1, 8))  # or the few places near the top would hardly ever be changed
    path = draw(st.sampled_from([path for path in _places(value) if len(path) <= deepest]))
    if not path:
        return copy.deepcopy(draw(strange)) if draw(st.integers(0, 9)) == 0 else value
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    last = path[-1]
    match draw(st.sampled_from(["set", "set", "set", "drop", "add", "rename", "swap"])):
        case "set":
            parent[last] = copy.deepcopy(draw(strange))
        case "drop":
            del parent[last]
        case "add" if isinstance(parent, dict):
            parent[draw(st.text(max_size=5))] = copy.deepcopy(draw(strange))
        case "add":
            parent.append(copy.deepcopy(parent[last]))
        case "rename" if isinstance(parent, dict):
            parent[draw(st.sampled_from(["", "a", "name", "value"]))] = parent.pop(last)
        case "swap" if isinstance(parent, dict):
            other = draw(st.sampled_from(sorted(parent, key=str)))
            parent[last], parent[other] = parent[other], parent[last]
    return value


@st.composite
def values(draw: st.DrawFn, valid: Any, most: int = 3) -> Any:
    """A document after some changes; marks of `texts` may stand in it."""
    value = copy.deepcopy(valid)
    for _ in range(draw(st.integers(0, most))):
        value = _changed(draw, value)
    return value


@st.composite
def texts(draw: st.DrawFn, valid: Any, most: int = 3, indent: int | None = None) -> bytes:
    """The same as text: what JSON cannot say, a key twice, and bytes that were changed, are in it too."""
    text = json.dumps(draw(values(valid, most)), indent=indent, ensure_ascii=draw(st.booleans()))
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"', raw)
    match draw(
        st.sampled_from(["as it is", "as it is", "as it is", "twice", "cut", "bytes", "utf-16", "bom"])
    ):
        case "twice" if text.startswith("{") and len(text) > 2:
            text = "{" + text[1:-1] + "," + text[1:]
        case "cut":
            text = text[: draw(st.integers(0, len(text)))]
        case "bytes":
            raw_bytes = bytearray(text.encode("utf-8", "surrogatepass"))
            if raw_bytes:
                raw_bytes[draw(st.integers(0, len(raw_bytes) - 1))] = draw(st.integers(0, 255))
            return bytes(raw_bytes)
        case "utf-16":
            return text.encode("utf-16", "surrogatepass")
        case "bom":
            return b"\xef\xbb\xbf" + text.encode("utf-8", "surrogatepass")
    return text.encode("utf-8", "surrogatepass")
