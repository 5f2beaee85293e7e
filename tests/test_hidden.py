"""Secrets are found in a text however they stand there, and in no other."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from html.entities import codepoint2name
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

import pytest

from imagematrix import hidden
from imagematrix.errors import InputError
from imagematrix.hidden import Hidden
from imagematrix.masking import MASK
from imagematrix.model import App, Matrix, SecretEnv, exact
from tests.made import result
from tests.test_behaviour import VARIANT

TRICKY = "p@ss'w0rd'ZZMARK/x!QQMARK!y"
VALUE = 's3cr3t "quoted" \\ väl+ue/of 40 letters'


def matrix(*names: str) -> Matrix:
    asked = tuple(SecretEnv(name=name, where=f"variants.yml:{line}:5") for line, name in enumerate(names, 9))
    variant = replace(VARIANT, secret_env=asked)
    return Matrix(
        path=Path("/m/variants.yml"), app=App(name="a", context=Path("/m"), port=1), variants=(variant,)
    )


def reading(tmp_path: Path, value: str = VALUE) -> Hidden:
    return hidden.read(matrix("TOKEN"), {"TOKEN": value}, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        json.dumps({"token": VALUE}),
        json.dumps({"token": VALUE}, ensure_ascii=False),
        f"GET /?token={quote(VALUE, safe='')}",
        base64.b64encode(VALUE.encode()).decode(),
        VALUE[:20],
        VALUE[:8],
        VALUE[-9:],
        VALUE + VALUE,
    ],
)
def test_nothing_of_it_is_left(tmp_path: Path, text: str) -> None:
    told = reading(tmp_path).text(f"before {text} after")
    assert told.startswith("before ")
    assert told.endswith(" after")
    assert MASK in told
    for part in (VALUE[:8], VALUE[-8:], "s3cr3t", "letters"):
        assert part not in told


def as_javascript(text: str) -> str:
    """encodeURIComponent."""
    return quote(text, safe="!'()*~")


def small_hex(text: str) -> str:
    return re.sub("%..", lambda match: match[0].lower(), quote(text, safe=""))


def as_utf16(text: str) -> str:
    """As JSON may have any character."""
    raw = text.encode("utf-16-be").hex()
    return re.sub("....", r"\\u\g<0>", raw)


def as_php(text: str) -> str:
    return json.dumps(text).replace("/", r"\/")


def as_html(text: str) -> str:
    """With named entities where there are some."""
    return "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in text)


def by_number(text: str) -> str:
    return "".join(f"&#{ord(c)};" if not c.isalnum() else c for c in text)


def inside(quoting: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: quoting(text)[1:-1]


ENCODERS: Final[tuple[Callable[[str], str], ...]] = (
    str,
    *map(inside, (repr, ascii, json.dumps, as_php, shlex.quote)),
    *(as_utf16, re.escape, quote, quote_plus, as_javascript, small_hex),
    *(html.escape, as_html, by_number),
)


@pytest.mark.parametrize("value", [TRICKY, TRICKY + '"', VALUE, "a%41b&amp;\\x41\\n%2541ZZMARK+ QQ\tMARK😀"])
def test_nothing_of_it_is_left_in_an_encoding_within_another(tmp_path: Path, value: str) -> None:
    read = reading(tmp_path, value)
    for inner, outer in product(ENCODERS, ENCODERS):
        text, told = (outer(f'{{"a": \'{it}\', "b\'s": 1}}') for it in (inner(value), "MASKED"))
        told = told.replace(as_utf16("MASKED") if outer is as_utf16 else "MASKED", MASK)
        assert read.text(text) == told, (text, inner, outer)


@pytest.mark.parametrize("value", [TRICKY, TRICKY + "z", TRICKY + "zz", "\xff\xfe\xfd>>>???>>>???"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_in_base64_it_may_stand_in_the_middle(
    tmp_path: Path, value: str, encode: Callable[[bytes], bytes]
) -> None:
    read = reading(tmp_path, value)
    for before, after in product(("", "u", "us", "user:"), ("", "x", "xy", " and more")):
        told = read.text(f"Basic {encode((before + value + after).encode()).decode()}|")
        left = re.fullmatch(r"Basic ([^*]*)\*\*\*([^*]*)\|", told)
        assert left, told
        # What stands around it, and digits that have bits of both, or of nothing.
        assert len(left[1]) <= len(before) * 4 / 3 + 1
        assert len(left[2].rstrip("=")) <= len(after) * 4 / 3 + 2


@pytest.mark.parametrize("quoting", ENCODERS)
def test_of_one_that_was_cut_off_the_rest_is_masked(tmp_path: Path, quoting: Callable[[str], str]) -> None:
    read, whole = reading(tmp_path, TRICKY), quoting(f"{TRICKY}")
    for cut in range(len(quoting(TRICKY[:9])), len(whole)):
        told = read.text(f"body {whole[:cut]}")
        assert told.startswith("body ***")
        assert len(told) <= len("body ***") + 8  # what is left of an escape
        assert "ZZMARK" not in told


def test_a_long_key_of_many_lines_is_found_soon(tmp_path: Path) -> None:
    lines = [f"{n:063}+" for n in range(50)]
    value = "\n".join(["-----BEGIN KEY-----", *lines, "-----END KEY-----"])
    read = reading(tmp_path, value)
    assert read.text(json.dumps(f"{value}\n{value}")) == '"***\\n***"'
    assert read.text("\n".join(lines)) == "\n".join(["***"] * 50)
    for text in ("%25" * 30_000, "0" * 30_000, "\\" * 100_000, "a quick brown fox " * 50_000):
        began = time.monotonic()
        read.text(text)
        assert time.monotonic() - began < 10


def test_each_line_of_one_with_several(tmp_path: Path) -> None:
    told = reading(tmp_path, "-----BEGIN KEY-----\nabcdefghijkl\nshort\n-----END KEY-----").text(
        "x abcdefghijkl y"
    )
    assert told == f"x {MASK} y"


def test_what_is_none_stays_as_it_is(tmp_path: Path) -> None:
    text = "s3cr3t alone, quoted, 40 letter"
    assert reading(tmp_path).text(text) == text
    assert hidden.NOTHING.text(VALUE) == VALUE


def test_all_texts_of_a_result(tmp_path: Path) -> None:
    figure = exact("said", (VALUE, "a"), method=f"told {VALUE}")
    made = replace(result("a"), reason=f"log: {VALUE}", measurements=(figure,))
    told = reading(tmp_path).of(made)
    assert "s3cr3t" not in repr(told)
    assert told.measurements[0].value == (MASK, "a")
    assert replace(told, reason="", measurements=()) == replace(made, reason="", measurements=())
    assert hidden.NOTHING.of(made) is made


def test_one_that_is_not_set_or_too_short_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="TOKEN, a secret of the containers, is not set") as caught:
        hidden.read(matrix("HOME_X", "TOKEN"), {"HOME_X": "12345678"}, tmp_path)
    assert caught.value.where == "variants.yml:10:5"
    with pytest.raises(InputError, match="fewer than 8 characters"):
        hidden.read(matrix("TOKEN"), {"TOKEN": "1234567"}, tmp_path)
    assert hidden.read(matrix(), {}, tmp_path / "none") is hidden.NOTHING
    assert not (tmp_path / "none").exists()


def test_a_digest_changes_with_the_value_and_cannot_be_made_by_another_user(tmp_path: Path) -> None:
    variant = matrix("TOKEN").variants[0]
    first = reading(tmp_path / "a").digest(variant)
    assert first == reading(tmp_path / "a").digest(variant)
    assert first != reading(tmp_path / "a", VALUE + "x").digest(variant)
    assert first != reading(tmp_path / "b").digest(variant)
    assert (tmp_path / "a" / "salt").stat().st_mode & 0o777 == 0o600
    assert reading(tmp_path / "a").digest(VARIANT) == ""


def test_the_container_gets_it_beside_its_other_variables(tmp_path: Path) -> None:
    variant = replace(matrix("TOKEN").variants[0], env=(("A", "b"),))
    assert reading(tmp_path).env(variant) == {"A": "b", "TOKEN": VALUE}


PROXY = "http://some-user:pl%40nted-pass@proxy.test:3128"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"HTTP_PROXY={PROXY}/", "HTTP_PROXY=http://***@proxy.test:3128/"),
        ("http://some-user:pl@nted-pass@proxy.test", "http://***@proxy.test"),
        ("the password pl@nted-pass, pl%40nted-pass", "the password ***, ***"),
        (f"Basic {base64.b64encode(b'some-user:pl@nted-pass').decode()}", "Basic ***=="),
        ("some-user and proxy.test:3128 are no secrets", "some-user and proxy.test:3128 are no secrets"),
    ],
)
def test_the_user_of_a_proxy_is_masked_without_a_secret_of_a_container(
    tmp_path: Path, text: str, told: str
) -> None:
    read = hidden.read(matrix(), {}, tmp_path / "none", proxies=(("HTTP_PROXY", PROXY), ("NO_PROXY", "a,b")))
    assert read.text(text) == told
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "address", ["http://me:pw@proxy.test", "me:pw@proxy.test", "http://token-alone@proxy.test"]
)
def test_a_short_password_is_masked_where_it_stands_in_an_address(tmp_path: Path, address: str) -> None:
    told = hidden.read(matrix(), {}, tmp_path, proxies=(("https_proxy", address),)).text(f"via {address}: pw")
    assert told == f"via {'http://' if '//' in address else ''}***@proxy.test: pw"


def test_proxies_without_a_user_hide_nothing(tmp_path: Path) -> None:
    assert hidden.read(matrix(), {}, tmp_path, proxies=(("https_proxy", "http://p:1"),)) is hidden.NOTHING
