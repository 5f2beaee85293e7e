"""Values that nobody is to read, masked everywhere: secrets of the containers, and the users of HTTP proxies.

Both are taken from the user's environment.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from imagematrix import whole
from imagematrix.errors import InputError
from imagematrix.masking import LEAST_CHARACTERS, Masks, masks
from imagematrix.model import Matrix, Variant

_SALT_BYTES: Final = 32
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """The values by the names of their variables, and what finds them in a text."""

    values: Mapping[str, str]
    masks: Masks | None  # None where there is nothing to be hidden
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
        return self.masks.mask(text) if self.masks else text

    def of(self, value: _T) -> _T:
        """The same value, tuple or dataclass with all its texts masked."""
        return _masked(value, self) if self.masks else value


NOTHING: Final = Hidden(values={}, masks=None, salt=b"")


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
    return Hidden(values=values, masks=_masks(values.values(), users), salt=salt)


def _user(address: str) -> str:
    """`user:password` of a proxy's address, as it is written there; "" where it has none."""
    return address.rpartition("@")[0].rpartition("//")[2]


def _masks(values: Iterable[str], users: Collection[str]) -> Masks:
    pairs = [tuple(map(unquote, user.partition(":")[::2])) for user in users]
    secret = [*values, *(password for _, password in pairs)]
    lines = {line for value in secret for line in (value, *value.splitlines())}
    basic = {base64.b64encode(":".join(pair).encode()).decode().rstrip("=") for pair in pairs}  # RFC 7617
    words = {line for line in lines if len(line) >= LEAST_CHARACTERS} | basic
    return masks(words, whole=users)  # no part of a user: his name may be any word


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
