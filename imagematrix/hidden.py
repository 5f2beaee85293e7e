"""Values that nobody is to read, masked everywhere: secrets of the containers, and the users of HTTP proxies.

Both are taken from the user's environment.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, quote_plus, unquote

from imagematrix import whole
from imagematrix.errors import InputError
from imagematrix.model import Matrix, Variant
from imagematrix.text import one_line

MASK: Final = "***"
# A shorter value would be found where it does not stand for itself, and masking it would tell what it is.
LEAST_CHARACTERS: Final = 8
_SALT_BYTES: Final = 32
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """The values by the names of their variables, and what finds them in a text."""

    values: Mapping[str, str]
    pattern: re.Pattern[str] | None  # None where there is nothing to be hidden
    salt: bytes

    def env(self, variant: Variant) -> dict[str, str]:
        """All of a variant's environment, with what is hidden."""
        return {**dict(variant.env), **{each.name: self.values[each.name] for each in variant.secret_env}}

    def digest(self, variant: Variant) -> str:
        """What changes when one of a variant's values does; "" where it has none.

        Keyed by a random salt that never leaves the user's cache: who reads a record cannot try values.
        """
        if not variant.secret_env:
            return ""
        told = json.dumps([[each.name, self.values[each.name]] for each in variant.secret_env])
        return hmac.new(self.salt, told.encode(), "sha256").hexdigest()[:16]

    def text(self, text: str) -> str:
        """The text with every value, and every beginning or end of one that was cut off, masked."""
        return self.pattern.sub(MASK, text) if self.pattern else text

    def of(self, value: _T) -> _T:
        """The same value, tuple or dataclass with all its texts masked."""
        return _masked(value, self) if self.pattern else value


NOTHING: Final = Hidden(values={}, pattern=None, salt=b"")


def read(
    matrix: Matrix, environment: Mapping[str, str], cache: Path, *, proxies: Sequence[tuple[str, str]] = ()
) -> Hidden:
    """The values that a matrix asks for, and what stands before the "@" in the addresses of `proxies`.

    Raises InputError for a value that is not set, or is too short to be masked.
    """
    users = {user for _, address in proxies if (user := _user(address))}
    asked = {each.name: each for variant in matrix.variants for each in variant.secret_env}
    if not asked and not users:
        return NOTHING
    for each in asked.values():
        value = environment.get(each.name, "")
        if len(value) < LEAST_CHARACTERS:
            what = (
                "is not set"
                if not value
                else f"has fewer than {LEAST_CHARACTERS} characters: it could not be masked"
            )
            raise InputError(
                f"the environment variable {each.name}, a secret of the containers, {what}",
                where=each.where,
                next_step=f"set it where you call this: {each.name}=… invoke matrix",
            )
    values = {name: environment[name] for name in asked}
    salt = _salt(cache / "salt") if asked else b""
    return Hidden(values=values, pattern=_pattern(values.values(), users), salt=salt)


def _user(address: str) -> str:
    """`user:password` of a proxy's address, as it is written there; "" where it has none."""
    return address.rpartition("@")[0].rpartition("//")[2]


def _pattern(values: Iterable[str], users: Iterable[str]) -> re.Pattern[str]:
    shown = {form for value in values for form in _forms(value)}
    exact = set()  # and no part of them: a user's name may be any word
    for user in users:
        name, _, password = map(unquote, user.partition(":"))
        basic = base64.b64encode(f"{name}:{password}".encode()).decode().rstrip("=")  # RFC 7617
        shown |= {basic, *_forms(password)}
        exact |= {f"{re.escape(form)}(?=@)" for form in (user, unquote(user))}
    # Longest first: of two that begin alike, the whole of the longer is masked.
    words = [_cut(form) for form in sorted(shown, key=len, reverse=True)]
    return re.compile("|".join([*sorted(exact, key=len, reverse=True), *words]))


def _forms(value: str) -> Iterable[str]:
    """How a value may stand in what an app says, line by line where it has several."""
    for part in {value, *value.splitlines()}:
        if len(part) >= LEAST_CHARACTERS:
            coded = base64.b64encode(part.encode("utf-8", "surrogateescape")).decode().rstrip("=")
            in_json = json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]
            yield from (part, one_line(part), quote(part, safe=""), quote_plus(part), coded, *in_json)


def _cut(text: str) -> str:
    """A pattern for a text, for its beginning, and for its end, of LEAST_CHARACTERS or more."""
    head = re.escape(text[:LEAST_CHARACTERS])
    for letter in text[LEAST_CHARACTERS:]:
        head += f"(?:{re.escape(letter)}"
    head += ")?" * (len(text) - LEAST_CHARACTERS)
    ends = [re.escape(text[-length:]) for length in range(len(text) - 1, LEAST_CHARACTERS - 1, -1)]
    return "|".join([head, *ends])


def _masked(value: Any, hidden: Hidden) -> Any:
    if isinstance(value, str):
        # What is a text and more (an enum) is no text from elsewhere.
        return hidden.text(value) if type(value) is str else value
    if isinstance(value, tuple):
        return tuple(_masked(each, hidden) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        told = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        return replace(value, **{name: _masked(each, hidden) for name, each in told.items()})
    return value


def _salt(path: Path) -> bytes:
    """This user's own, made at its first use.  Where it cannot be kept, what it keys is measured anew each time."""
    with suppress(OSError):
        kept = path.read_bytes()
        if len(kept) == _SALT_BYTES:
            return kept
    made = secrets.token_bytes(_SALT_BYTES)
    with suppress(OSError):
        whole.write(path, made)
    return made
