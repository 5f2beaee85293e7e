"""Matrix files and Dockerfiles of some kilobytes that come to very much work, or to texts without end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from tests.hostile.test_matrices import planned
from tests.soak import count

SECONDS: Final = count(10, 60)
HEAD: Final = "schema_version: 1\napp: {name: a, context: app, port: 3000}\n"
ONE: Final = "variants: {a: {dockerfile: Dockerfile}}\n"


def listed(items: Iterable[str]) -> str:
    return ",".join(items)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    return tmp_path


# By name: the file, and what its refusal says.
FILES: Final[dict[str, tuple[str, str]]] = {
    "a hexadecimal number without end": (HEAD.replace("3000", "0x" + "F" * 9000) + ONE, "no usable number"),
    "a number in base 60 without end": (HEAD.replace("3000", "1" + ":59" * 50_000) + ONE, "no usable number"),
    "a version without end": ("%YAML 1." + "9" * 9000 + "\n---\n" + HEAD + ONE, "stands for nothing"),
    "an escape beyond Unicode": (HEAD + ONE + 'baseline: "\\U00110000"\n', "stands for nothing"),
    "an escape beyond 31 bits": (HEAD + ONE + 'baseline: "\\UFFFFFFFF"\n', "stands for nothing"),
    "very many axes": (
        f"{HEAD}{ONE}axes: {{{listed(f'a{n}: [a,b]' for n in range(17_000))}}}\n",
        "more than 1000 entries",
    ),
    "axes of more rows than there are atoms": (
        f"{HEAD}{ONE}axes: {{{listed(f'a{n}: [a,b,c]' for n in range(900))}}}\n",
        "the axes make far too many rows",
    ),
    "values of two kinds, to be told apart": (
        f"{HEAD}{ONE}axes: {{a: [{listed(f'{n},a{n}' for n in range(18_000))}]}}\n",
        "more than 1000 entries",
    ),
    "very many wrong values": (
        f"{HEAD}{ONE}build_args: {{{listed(f'a{n}: 1' for n in range(20_000))}}}\n",
        "more than 1000 entries",
    ),
    "very many wrong values in many places": (
        HEAD
        + "variants: {"
        + listed(
            f"a{n}: {{dockerfile: Dockerfile, env: {{{listed(f'a{k}: 1' for k in range(700))}}}}}"
            for n in range(30)
        )
        + "}\n",
        "read as a number here",
    ),
    "very many included rows": (
        f"{HEAD}{ONE}axes: {{n: [a]}}\ninclude: [{listed(f'{{variant: a, n: x{n}}}' for n in range(1000))}]\n",
        "more than 1000 rows",
    ),
    "brackets without end": ("[" * 200_000, "nested deeper"),
    "dashes without end": ("- " * 120_000, "nested deeper"),
    "a name without end": (f"{HEAD}variants: {{? {'a' * 200_000} : {{dockerfile: Dockerfile}}}}\n", "longer"),
}
# By name: the Dockerfile, and what its refusal says; "" where it can be followed.
DOCKERFILES: Final[dict[str, tuple[str, str]]] = {
    "ARGs that hold others, ten deep": (
        "ARG a0=aaaaaaaaaa\n"
        + "".join(f"ARG a{n + 1}={f'$a{n}' * 10}\n" for n in range(30))
        + "FROM $a9\nCOPY a b\n",
        "comes to nothing",
    ),
    "a directive of blanks": ("# escape=x" + " " * 100_000 + "y\nFROM a\n", "cannot be the escape character"),
    "a line that goes on without end": ("RUN a\\\n" * 130_000 + "\nFROM a\n", "no FROM line"),
    "variables that do not end": ("FROM " + "${a-" * 60_000 + "\n", "not followed here"),
    "very many stages that copy": ("FROM a AS b\n" * 900 + "COPY --from=x a b\n" * 1000, ""),
    "very many instructions": ("FROM a\n" + "ENV a=1\n" * 100_000, "more than 2000 instructions"),
    "very many here-documents": ("FROM a\nRUN " + "<<a " * 60_000 + "\n", ""),
    "flags without end": ("FROM " + "--a " * 60_000 + "\n", ""),
    "blanks without end": ("FROM a" + " " * 500_000 + "b c d\n", "cannot be read"),
    "mounts without end": ("FROM a\nRUN --mount=" + ",from=a" * 30_000 + " x\n", ""),
    "an argument without end": ("ARG " + "a" * 200_000 + "\nFROM a\n", ""),
    "a megabyte": ("FROM a\n" + "#" * (1 << 20), "larger than 1024 KiB"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_matrix_file_that_comes_to_too_much_is_refused_in_time(folder: Path, name: str) -> None:
    text, why = FILES[name]
    assert why in planned(folder, text.encode(), seconds=SECONDS)


def test_what_follows_on_a_byte_order_mark_is_placed(folder: Path) -> None:
    assert "not UTF-8 text" in planned(folder, b"\xef\xbb\xbf\xc3\xa9\xff")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_a_dockerfile_that_comes_to_too_much_is_followed_or_refused_in_time(folder: Path, name: str) -> None:
    text, why = DOCKERFILES[name]
    told = planned(folder, (HEAD + ONE).encode(), text.encode(), seconds=SECONDS)
    assert why in told if why else told.startswith("{")


@pytest.mark.parametrize("rows", [count(100, 1000)])
def test_the_rows_of_a_large_matrix_share_their_dockerfile(folder: Path, rows: int) -> None:
    variants = listed(f"a{n}: {{dockerfile: Dockerfile, target: s{n % 500}}}" for n in range(rows))
    dockerfile = "".join(f"FROM a AS s{n}\n" for n in range(500)) + "ENV a=1\n" * 1400
    told = planned(folder, f"{HEAD}variants: {{{variants}}}\n".encode(), dockerfile.encode(), seconds=SECONDS)
    assert told.startswith("{")
