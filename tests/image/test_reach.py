from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from imagematrix.image.files import Elf
from imagematrix.image.reach import reach
from tests.image.made_files import file, link, system

LIBRARY = "liba.so.1"
ADDON = "/app/node_modules/a/build/Release/a.node"
PACKAGE = "/app/node_modules/a"


def elf(*searched: str, needed: tuple[str, ...] = (LIBRARY,)) -> Elf:
    return Elf(machine="x86_64", interpreter="", needed=needed, versions=(), searched=searched)


def finds(path: str, of: Elf, *, at: str = f"{PACKAGE}/lib", others: Mapping[str, Elf] | None = None) -> bool:
    """Whether the file there finds the library, which lies in the folder `at`."""
    files = system(
        file(f"{at}/{LIBRARY}"),
        link("/app/node_modules/linked", "a"),
        *(file(other) for other in (path, *(others or {}))),
    )
    return reach(replace(files, elves={path: of, **(others or {})})).finds(path, of, LIBRARY)


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ((), False),
        (("$ORIGIN",), False),
        (("$ORIGIN", "${ORIGIN}/../../lib"), True),
        (("$ORIGIN/../../../linked/lib",), True),
        ((f"{PACKAGE}/lib",), True),
        (("/opt/lib",), False),
        (("$ORIGIN/../../$LIB",), True),  # which folder that is, is not known
        (("lib",), True),  # nor where it is started
        (("",), True),
        (("/opt",) * 21, True),
    ],
)
def test_a_library_of_a_package_is_found_where_an_rpath_leads(searched: tuple[str, ...], found: bool) -> None:
    assert finds(ADDON, elf(*searched)) is found


def test_a_library_beside_the_addon_is_not_found_without_an_rpath() -> None:
    beside = f"{PACKAGE}/build/Release"
    assert not finds(ADDON, elf(), at=beside)
    assert finds(ADDON, elf("$ORIGIN"), at=beside)


def test_an_rpath_may_lead_out_of_node_modules() -> None:
    assert finds(ADDON, elf("/opt/own"), at="/opt/own")
    assert not finds(ADDON, elf(), at="/opt/own")


@pytest.mark.parametrize(
    ("path", "other", "found"),
    [
        ("/app/node_modules/b/b.node", elf("$ORIGIN/../a/lib"), True),
        ("/app/node_modules/b/b.node", elf(), False),
        ("/app/node_modules/b/b.node", elf("$ORIGIN/../a/lib", needed=("libb.so",)), False),
        ("/app/node_modules/b/b.so", elf(), True),  # the addon that loads it may have an RPATH
    ],
)
def test_what_another_file_has_loaded_is_found(path: str, other: Elf, found: bool) -> None:
    assert finds(ADDON, elf(), others={path: other}) is found


def test_of_what_is_no_addon_nothing_is_claimed() -> None:
    assert finds(f"{PACKAGE}/b.so", elf())
