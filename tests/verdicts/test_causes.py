from __future__ import annotations

from imagematrix.model import ListedFile
from imagematrix.model.difference import Cause, Change, PackageDifference, Unknown
from imagematrix.verdicts.causes import change_words, instruction, versions
from imagematrix.verdicts.differences import differences
from tests.verdicts.pairs import (
    BASE,
    BASE_FILES,
    largest,
    layer,
    listing,
    missing,
    npm,
    origins,
    result,
    waste,
)


def test_small_files_of_an_origin_are_told_together_and_large_ones_by_name() -> None:
    old = result("x", "a", (BASE,))
    small = [ListedFile(f"/app/s{n}", 10, "app") for n in range(10)]
    new = result("x", "b", (BASE, layer("2", 1_100, "COPY . .")))
    found = differences(
        old,
        new,
        listing(old, *BASE_FILES),
        listing(new, *BASE_FILES, ListedFile("/app/big", 1_000, "app"), *small),
    )
    assert found.brought(9) == ("app file /app/big: 1.00 kB new", "10 other app files: 100 B new")


def test_what_came_and_what_went_of_an_origin_are_apart() -> None:
    old, new = result("x", "a", (BASE,)), result("x", "b", (BASE,))
    found = differences(
        old,
        new,
        listing(old, ListedFile("/a", 700, "app"), ListedFile("/b", 100, "app")),
        listing(new, ListedFile("/b", 300, "app"), ListedFile("/c", 500, "app")),
    )
    assert found.brought(9) == ("app file /c: 500 B new", "app file /b: 200 B more")
    assert found.saved(9) == ("app file /a: 700 B gone",)


def test_without_lists_of_all_files_the_origins_tell_with_the_one_file_that_is_known() -> None:
    old = result(
        "x", "a", (BASE, layer("2", 100, "COPY . .")), (origins(("app", 100, 9)), largest(("/a", 90, "app")))
    )
    new = result(
        "x",
        "b",
        (BASE, layer("3", 5_100, "COPY . .")),
        (origins(("app", 5_100, 10)), largest(("/big", 4_000, "app"))),
    )
    assert differences(old, new, None, None).brought(9) == (
        "app: 5.00 kB more (/big: at least 3.91 kB more)",
    )


def test_where_nothing_is_known_of_files_layers_tell() -> None:
    old = result("x", "a", (BASE, layer("2", 100, "COPY . ."), layer("3", 50, "RUN npm ci")))
    new = result("x", "b", (BASE, layer("4", 700, "COPY . ."), layer("5", 10, "RUN other")))
    found = differences(old, new, None, None)
    assert found.brought(9) == ("layer `COPY . .`: 600 B more", "layer `RUN other`: 10 B new")
    assert found.saved(9) == ("layer `RUN npm ci`: 50 B gone",)


def test_waste_that_no_layer_has_all_of_is_told_as_waste_with_the_layer_that_hides_it() -> None:
    """The layer adds 500 B that are seen, and hides 60 B of the base."""
    old = result("x", "a", (BASE,))
    files = (ListedFile("/a", 440, "app"),)
    layers = (BASE, layer("2", 500, "RUN apt-get upgrade"))
    known = waste(((1, 2, "overwritten", 1, 60),), (("/etc/x", 60, "overwritten", 1, 2),))
    quick, deep = result("x", "b", layers), result("x", "b", layers, known)
    plain = differences(old, quick, listing(old), listing(quick, *files))
    assert plain.brought(9) == ("app file /a: 440 B new", "waste: 60 B more")
    told = differences(old, deep, listing(old), listing(deep, *files))
    assert told.brought(9)[1] == (
        "waste: 60 B more, hidden by layer `RUN apt-get upgrade` (1 file written over, 60 B: /etc/x 60 B)"
    )


def test_chmod_alone_is_told_down_to_the_files_that_it_copied() -> None:
    """What a container sees is the same; the layer has all of the 60 MB once more."""
    chmod = layer("2", 60_000_000, "RUN /bin/sh -c chmod -R go-w /usr /lib # buildkit")
    old = result("x", "a", (BASE,))
    paths = (("/usr/bin/node", 40_000_000), ("/lib/libc.so", 20_000_000))
    known = waste(
        ((1, 2, "copied at the same size", 2, 60_000_000),),
        tuple((path, count, "copied at the same size", 1, 2) for path, count in paths),
    )
    named = "/usr/bin/node 40.0 MB, /lib/libc.so 20.0 MB"
    for new, how in (
        (result("x", "b", (BASE, chmod), known), f"2 files copied again, 60.0 MB: {named}"),
        (result("x", "b", (BASE, chmod)), f"as many bytes as the 2 files of /usr and /lib: {named}"),
    ):
        found = differences(old, new, listing(old, *BASE_FILES), listing(new, *BASE_FILES))
        assert found.causes == (
            Cause(text=f"layer `RUN chmod -R go-w /usr /lib`: 60.0 MB new ({how})", bytes=60_000_000),
        )


def test_a_log_of_another_time_is_told_last_and_as_that() -> None:
    old, new = result("x", "a", (BASE,)), result("x", "b", (BASE, layer("2", 300, "COPY . .")))
    logs = [ListedFile(f"/root/.npm/_logs/2026-11-2{day}-debug-0.log", 5_000, "caches") for day in (3, 4)]
    found = differences(
        old, new, listing(old, logs[0]), listing(new, logs[1], ListedFile("/app/x", 300, "app"))
    )
    assert found.causes == (
        Cause(text="app file /app/x: 300 B new", bytes=300),
        Cause(
            text="1 caches file in the place of others, such as /root/.npm/_logs/…: as many bytes",
            bytes=0,
        ),
    )


def test_the_files_of_a_cache_are_told_together_by_their_folder() -> None:
    old, new = result("x", "a", (BASE,)), result("x", "b", (BASE, layer("2", 3_000, "RUN npm ci")))
    content = [
        ListedFile(f"/root/.npm/_cacache/content-v2/sha512/ab/{n}{'f' * 124}", 1_000 + n, "caches")
        for n in range(3)
    ]
    found = differences(old, new, listing(old, *BASE_FILES), listing(new, *BASE_FILES, *content))
    assert found.causes[0] == Cause(
        text="3 caches files in /root/.npm/_cacache: 3.00 kB new", bytes=sum(each.bytes for each in content)
    )


def test_node_modules_are_told_by_package_alone() -> None:
    old = result("x", "a", (BASE,), (npm(("a", "1.0.0", 100)), missing("packages_npm")))
    new = result(
        "x", "b", (BASE, layer("2", 60, "RUN npm ci")), (npm(("a", "1.0.1", 160)), missing("packages_npm"))
    )
    one = ListedFile("/app/node_modules/a/index.js", 100, "node_modules")
    found = differences(old, new, listing(old, one), listing(new, one._replace(bytes=160)))
    assert found.causes == (Cause(text="package a 1.0.0 to 1.0.1: 60 B more", bytes=60),)


def test_files_of_no_package_are_no_package() -> None:
    old = result("x", "a", (BASE,), (npm(("(no package)", "", 100)), missing("packages_npm")))
    new = result("x", "b", (BASE,), (npm(("(no package)", "", 130)), missing("packages_npm")))
    assert "files of node_modules that belong to no package: 30 B more" in differences(
        old, new, None, None
    ).brought(9)


def package(old: tuple[str, ...], new: tuple[str, ...]) -> PackageDifference:
    return PackageDifference(
        system="npm",
        name="a",
        change=Change.SAME,
        old_versions=old,
        new_versions=new,
        sizes=Unknown(reason="-"),
    )


def test_versions_in_words() -> None:
    assert versions(package((), ("1",))) == "1"
    assert versions(package(("1",), ())) == "1"
    assert versions(package(("1",), ("1",))) == "1"
    assert versions(package(("1",), ("2",))) == "1 to 2"
    assert versions(package(("1", "2"), ("2", "3"))) == "1 to 3"
    assert versions(package(("1",), ("1", "2"))) == "2 besides 1"
    assert versions(package(("1", "2"), ("1",))) == "2 gone, beside 1"


def test_changes_in_words() -> None:
    assert change_words(Change.NEW, 1_400_000) == "1.40 MB new"
    assert change_words(Change.GONE, -12) == "12 B gone"
    assert change_words(Change.MORE, 12) == "12 B more"
    assert change_words(Change.LESS, -12) == "12 B less"
    assert change_words(Change.NEW_OR_MORE, 12) == "at least 12 B more"
    assert change_words(Change.GONE_OR_LESS, -12) == "at least 12 B less"


def test_an_instruction_is_as_the_dockerfile_has_it_and_short() -> None:
    assert instruction("RUN /bin/sh -c npm ci     && npm prune # buildkit") == "RUN npm ci && npm prune"
    assert instruction("COPY " + "x" * 200) == "COPY " + "x" * 66 + "…"


def test_each_layer_that_hides_more_or_less_is_told_where_the_layers_were_read() -> None:
    """A large `chmod` is gone and another came, and one deletes what is of few bytes."""
    copy = layer("2", 900, "COPY . .")
    big, small = (
        layer("3", 60_000_000, "RUN chmod -R go-w /usr /lib"),
        layer("4", 20_000_000, "RUN chmod 7 /lib"),
    )
    deleted = layer("5", 0, "RUN rm -f /app/.env")
    same = "copied at the same size"
    old = result("x", "a", (BASE, big), waste(((1, 2, same, 2, 60_000_000),), ()))
    new = result(
        "x",
        "b",
        (BASE, copy, deleted, small),
        waste(((2, 3, "deleted", 1, 497), (1, 4, same, 1, 20_000_000)), ()),
    )
    files = listing(old, *BASE_FILES), listing(new, *BASE_FILES, ListedFile("/app/x", 403, "app"))
    found = differences(old, new, *files)
    assert found.causes == (
        Cause(
            text="layer `RUN chmod -R go-w /usr /lib`: 60.0 MB gone (2 files copied again, 60.0 MB)",
            bytes=-60_000_000,
        ),
        Cause(text="layer `RUN chmod 7 /lib`: 20.0 MB new (1 file copied again, 20.0 MB)", bytes=20_000_000),
        Cause(
            text="waste: 497 B more, hidden by layer `RUN rm -f /app/.env` "
            "(1 file deleted and carried all the same, 497 B)",
            bytes=497,
        ),
        Cause(text="app file /app/x: 403 B new", bytes=403),
    )
    assert [-each.bytes for each in differences(new, old, *reversed(files)).causes] == [
        each.bytes for each in found.causes
    ]


def test_a_chmod_that_came_and_one_that_is_gone_are_told_where_no_layer_was_read() -> None:
    """Their bytes are to the byte those of the files that they name; what else is hidden is laid to none of them."""
    big, small = (
        layer("3", 60_000_000, "RUN chmod -R go-w /usr /lib"),
        layer("4", 20_000_000, "RUN chmod 7 /lib"),
    )
    old, new = result("x", "a", (BASE, big)), result("x", "b", (BASE, small, layer("2", 497, "COPY . .")))
    found = differences(old, new, listing(old, *BASE_FILES), listing(new, *BASE_FILES))
    assert [each.bytes for each in found.causes] == [-60_000_000, 20_000_000, 497]
    assert found.causes[1].text.startswith(
        "layer `RUN chmod 7 /lib`: 20.0 MB new (as many bytes as the 1 file"
    )
    unread = result("x", "b", (BASE, small, layer("2", 300, "COPY . ."), layer("5", 197, "RUN x")))
    found = differences(old, unread, listing(old, *BASE_FILES), listing(unread, *BASE_FILES))
    assert found.causes[-1] == Cause(text="waste: 497 B more", bytes=497)


def test_a_layer_made_anew_of_which_one_side_is_not_known_hides_neither_more_nor_less() -> None:
    made_anew = [layer(each, 60_000_000, "RUN chmod a+r $(cat list)") for each in "23"]
    old = result("x", "a", (BASE, made_anew[0]))
    new = result(
        "x", "b", (BASE, made_anew[1]), waste(((1, 2, "copied at the same size", 2, 60_000_000),), ())
    )
    assert differences(old, new, listing(old, *BASE_FILES), listing(new, *BASE_FILES)).causes == ()


def test_files_whose_origins_are_not_told_apart_are_files() -> None:
    old, new = result("x", "a", (BASE,)), result("x", "b", (BASE, layer("2", 1_100, "COPY . .")))
    both = "base system and app"
    files = (ListedFile("/app/big", 1_000, both), *(ListedFile(f"/app/s{n}", 10, both) for n in range(10)))
    found = differences(old, new, listing(old, *BASE_FILES), listing(new, *BASE_FILES, *files))
    assert found.brought(9) == ("file /app/big: 1.00 kB new", "10 other files: 100 B new")
