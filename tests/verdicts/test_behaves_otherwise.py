"""What of a change is named for a time, with images whose difference is known by construction."""

from __future__ import annotations

from imagematrix.model import Layer, ListedFile, Result
from imagematrix.verdicts.behaves_otherwise import bearing
from imagematrix.verdicts.differences import differences
from tests.verdicts.pairs import BASE, BASE_FILES, layer, listing, origins, result

COPY = layer("2", 30_000_000, "COPY . /app # buildkit")
CHMOD = layer("7", 40_000_000, "RUN chmod -R a+rx /usr/bin")


def copied(count: int) -> Layer:
    return layer("4", count, COPY.created_by)


def named(
    old: Result, new: Result, before: tuple[ListedFile, ...], after: tuple[ListedFile, ...]
) -> list[str]:
    listings = (listing(side, *BASE_FILES, *files) for side, files in ((old, before), (new, after)))
    return list(bearing(differences(old, new, *listings)))


def test_code_stands_before_large_assets_and_what_is_less_counts_too() -> None:
    assets = tuple(ListedFile(f"/app/public/{n}.png", n * 1_000_000, "app") for n in range(1, 6))
    index = [ListedFile("/app/index.js", count, "app") for count in (300, 270)]
    old, new = result("x", "a", (BASE, COPY)), result("x", "b", (BASE, copied(44_999_970)))
    assert named(old, new, (index[0],), (index[1], *assets)) == [
        "app file /app/index.js: 30 B less",
        "app file /app/public/5.png: 5.00 MB new",
        "app file /app/public/4.png: 4.00 MB new",
        "3 more files of the app",
    ]


def test_where_the_base_is_not_known_code_comes_first_too() -> None:
    library = ListedFile("/lib/large.so", 9_000_000, "base system and app")
    index = ListedFile("/app/index.js", 300, "base system and app")
    old, new = result("x", "a", (BASE,)), result("x", "b", (BASE, copied(9_000_300)))
    assert named(old, new, (), (library, index))[0] == "file /app/index.js: 300 B new"


def test_without_lists_of_files_the_app_s_bytes_come_first_and_caches_are_left_out() -> None:
    old = result("x", "a", (BASE, COPY), (origins(("app", 200, 9)),))
    measured = (origins(("app", 270, 9), ("caches", 90_000_000, 3)),)
    new = result("x", "b", (BASE, COPY, CHMOD), measured)
    first, *rest = bearing(differences(old, new, None, None))
    assert first == "app: 70 B more"
    assert not any("caches" in cause for cause in rest)


def test_another_content_of_as_many_bytes_is_told_by_its_layer() -> None:
    same = (ListedFile("/app/index.js", 200, "app"),)
    old, new = result("x", "a", (BASE, COPY)), result("x", "b", (BASE, copied(COPY.bytes)))
    assert named(old, new, same, same) == ["layer `COPY . /app`: made anew, of as many bytes"]
    assert named(old, old, same, same) == []
