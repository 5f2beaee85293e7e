from __future__ import annotations

from imagematrix.model import ListedFile
from imagematrix.model.difference import Change, FileDifferences, Unknown
from imagematrix.verdicts.files import file_differences
from tests.verdicts.pairs import BASE, largest, listing, origins, result

OLD = result("x", "a", (BASE,), (largest(("/big", 900, "app"), ("/mid", 500, "app")),))
NEW = result("x", "b", (BASE,), (largest(("/big", 950, "app"), ("/new", 800, "app")),))


def told(found: FileDifferences | Unknown) -> list[tuple[str, Change, int]]:
    assert isinstance(found, FileDifferences)
    return [(each.path, each.change, each.sizes.more) for each in found.files]


def test_listings_tell_every_file_to_the_byte() -> None:
    old = listing(OLD, ListedFile("/a", 5, "app"), ListedFile("/b", 7, "app"), ListedFile("/c", 9, "app"))
    new = listing(NEW, ListedFile("/a", 5, "app"), ListedFile("/b", 8, "app"), ListedFile("/d", 4, "node"))
    found = file_differences(OLD, NEW, old, new)
    assert told(found) == [("/c", Change.GONE, -9), ("/d", Change.NEW, 4), ("/b", Change.MORE, 1)]
    assert isinstance(found, FileDifferences)
    assert found.complete
    assert [each.origin for each in found.files] == ["app", "node", "app"]


def test_a_file_that_has_shrunk() -> None:
    old, new = (listing(each, ListedFile("/a", count, "app")) for each, count in ((OLD, 9), (NEW, 2)))
    assert told(file_differences(OLD, NEW, old, new)) == [("/a", Change.LESS, -7)]


def test_an_empty_file_that_is_new_is_told_too() -> None:
    found = file_differences(OLD, NEW, listing(OLD), listing(NEW, ListedFile("/empty", 0, "app")))
    assert told(found) == [("/empty", Change.NEW, 0)]


def test_without_listings_only_what_is_sure_of_the_largest_is_told() -> None:
    """The old record lists nothing below 500 B, the new nothing below 800 B."""
    found = file_differences(OLD, NEW, None, None)
    assert told(found) == [("/new", Change.NEW_OR_MORE, 300), ("/big", Change.MORE, 50)]
    assert isinstance(found, FileDifferences)
    assert not found.complete
    assert "2 largest of the old and the 2 largest of the new image" in found.method


def test_a_file_may_be_gone_or_less_where_the_new_has_no_list() -> None:
    found = file_differences(NEW, OLD, None, None)
    assert told(found) == [("/new", Change.GONE_OR_LESS, -300), ("/big", Change.LESS, -50)]


def test_one_listing_makes_that_side_sure() -> None:
    found = file_differences(
        OLD, NEW, None, listing(NEW, ListedFile("/big", 900, "app"), ListedFile("/x", 1, "app"))
    )
    assert told(found) == [("/mid", Change.GONE, -500)]
    assert isinstance(found, FileDifferences)
    assert found.method.count("largest of the") == 1


def test_a_table_that_has_all_files_is_a_listing() -> None:
    all_files = (largest(("/a", 5, "app")), origins(("app", 5, 1), ("waste", 0, "")))
    old = result("x", "a", (BASE,), all_files)
    new = result("x", "b", (BASE,), (largest(("/a", 5, "app"), ("/b", 2, "app")), origins(("app", 7, 2))))
    found = file_differences(old, new, None, None)
    assert told(found) == [("/b", Change.NEW, 2)]
    assert isinstance(found, FileDifferences)
    assert found.complete


def test_where_no_file_is_known_there_is_the_reason() -> None:
    bare = result("x", "a", (BASE,))
    assert file_differences(bare, NEW, None, None) == Unknown(reason="this run did not measure it")
    assert file_differences(NEW, bare, None, None) == Unknown(reason="this run did not measure it")
