"""A noun with a text in every place that can hold one, found by the nouns' own annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from imagematrix.model import Measurement, Table

T = TypeVar("T")
Field = tuple[str, str]  # a class and its field

# A measurement whose name begins so is hostile in all that it has; others keep what they are found by.
ODD: Final = "odd"
_NAMES: Final = frozenset({"name", "unit"})
_TIMES: Final = frozenset({"started_at"})  # is held to be a time when it is read
# What is read out of a text before it is shown is left at its front.
_READ: Final = ("base: ", "build: ", "smoke: ", "measure: ", "the last day of ")


def turned(value: T, text: str) -> T:
    """The same with `text` before each text in it that is not empty; what is alike stays alike."""
    found: T = _turned(value, text, odd=False)
    return found


def carrying(value: object, text: str) -> set[Field]:
    """The fields that have the text."""
    return {field for field, told in _texts(value) if text in told}


def text_fields(*kinds: type) -> set[Field]:
    """The fields of these nouns, and of those in them, that hold text."""
    found: set[Field] = set()
    seen: set[type] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        for name, hint in get_type_hints(kind).items():
            inner = set(_parts(hint))
            if inner & {str, Path}:
                found.add((kind.__name__, name))
            waiting += [each for each in inner if is_dataclass(each) or hasattr(each, "_fields")]
    return found


def _parts(hint: Any) -> Iterator[type]:
    """The types that an annotation is made of; the words of a Literal are no text from elsewhere."""
    origin = get_origin(hint)
    if origin is Literal:
        return
    if origin is not None:
        for each in get_args(hint):
            yield from _parts(each)
    elif isinstance(hint, type):
        yield hint


def _texts(value: object, field: Field = ("", "")) -> Iterator[tuple[Field, str]]:
    if isinstance(value, Enum):
        return
    if isinstance(value, str | Path):
        yield field, str(value)
    elif isinstance(value, tuple):
        names = getattr(value, "_fields", ())
        for number, each in enumerate(value):
            yield from _texts(each, (type(value).__name__, names[number]) if names else field)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(key, field)
            yield from _texts(each, field)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(getattr(value, each.name), (type(value).__name__, each.name))


def _turned(value: Any, text: str, *, odd: bool) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, Path):
        return value.with_name(text.replace("/", "|").replace("\0", "") + value.name)
    if isinstance(value, str):
        if not value:  # nothing to be told
            return value
        front = next((front for front in _READ if value.startswith(front)), "")
        return front + text + value[len(front) :]
    if isinstance(value, tuple):
        return _again(value, (_turned(each, text, odd=odd) for each in value))
    if isinstance(value, Mapping):
        return {_turned(key, text, odd=odd): _turned(each, text, odd=odd) for key, each in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    odd = odd or getattr(value, "name", "").startswith(ODD)
    kept = _kept(value, odd=odd)
    told = {
        each.name: _turned(getattr(value, each.name), text, odd=odd)
        for each in fields(value)
        if each.name not in kept
    }
    return replace(value, **told)


def _again(value: tuple[Any, ...], parts: Iterator[Any]) -> Any:
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _kept(value: object, *, odd: bool) -> frozenset[str]:
    if isinstance(value, Table):
        return frozenset() if odd else frozenset({"columns"})
    if hasattr(value, "unit") or isinstance(value, Measurement):
        return frozenset() if odd else _NAMES
    return _TIMES if hasattr(value, "status") and hasattr(value, "engine") else frozenset()
