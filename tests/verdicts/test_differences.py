from __future__ import annotations

from dataclasses import replace

from imagematrix.model import How, Result, Status, unavailable
from imagematrix.model.difference import Change, OriginDifference, Sizes, Unknown
from imagematrix.verdicts.differences import differences, layer_differences
from tests import made
from tests.verdicts.pairs import BASE, answer, grown, layer, missing, origins, result

NOTHING = Result(name="x", axes=(), label="x", status=Status.FAILED, reason="build: no")


CHMOD = (
    "layer `RUN chmod -R a+rx /usr/bin`: 40.0 MB {} "
    "(as many bytes as the 1 file of /usr/bin: /usr/bin/node 40.0 MB)"
)


def test_what_brought_the_bytes_is_told_weightiest_first_and_adds_up() -> None:
    found = differences(*grown())
    assert found.brought(9) == (
        CHMOD.format("new"),
        "app file /app/big.bin: 30.0 MB new",
        "package lodash 4.17.21: 1.40 MB new",
    )
    assert found.brought(1) == (CHMOD.format("new"),)
    assert found.saved(9) == ()
    assert sum(cause.bytes for cause in found.causes) == 71_400_000


def test_the_other_way_round_the_same_is_saved() -> None:
    old, new, old_files, new_files = grown()
    found = differences(new, old, new_files, old_files)
    assert found.brought(9) == ()
    assert found.saved(9) == (
        CHMOD.format("gone"),
        "app file /app/big.bin: 30.0 MB gone",
        "package lodash 4.17.21: 1.40 MB gone",
    )
    assert sum(cause.bytes for cause in found.causes) == -71_400_000


def test_an_image_does_not_differ_from_itself() -> None:
    old, _, files, _ = grown()
    found = differences(old, old, files, files)
    assert (found.causes, found.packages) == ((), ())
    assert [each.more for each in found.figures] == [0]
    assert {each.change for each in found.layers} == {Change.SAME}


def test_a_listing_that_a_result_carries_is_used() -> None:
    old, new, old_files, new_files = grown()
    carried = differences(replace(old, listing=old_files), replace(new, listing=new_files), None, None)
    assert carried == differences(old, new, old_files, new_files)


def test_layers_are_paired_by_diff_id_then_by_instruction() -> None:
    old = (BASE, layer("2", 5, "RUN a"), layer("3", 7, "COPY . ."), layer("4", 11, "RUN b"))
    new = (BASE, layer("5", 13, "RUN new"), layer("6", 9, "COPY . ."), layer("4", 11, "RUN b, said anew"))
    found = layer_differences(old, new)
    assert [(x.change, x.rebuilt, x.sizes.more, x.created_by) for x in found] == [
        (Change.SAME, False, 0, "ADD rootfs.tar / # buildkit"),
        (Change.NEW, False, 13, "RUN new"),
        (Change.MORE, True, 2, "COPY . ."),
        (Change.SAME, False, 0, "RUN b, said anew"),
        (Change.GONE, False, -5, "RUN a"),
    ]
    assert sum(x.sizes.more for x in found) == sum(x.bytes for x in new) - sum(x.bytes for x in old)


def test_a_layer_that_is_there_twice_is_paired_twice() -> None:
    empty = layer("e", 0, "WORKDIR /app")
    assert [x.change for x in layer_differences((empty,), (empty, empty))] == [Change.SAME, Change.NEW]
    assert [x.change for x in layer_differences((empty, empty), (empty,))] == [Change.SAME, Change.GONE]


def test_layers_of_which_nobody_knows_the_instruction_are_not_taken_for_each_other() -> None:
    found = layer_differences((layer("2", 5, ""),), (layer("3", 7, ""),))
    assert [x.change for x in found] == [Change.NEW, Change.GONE]


def test_figures_are_bytes_and_counts_and_no_memory() -> None:
    figures = (
        answer("waste_bytes", 10, unit="bytes"),
        answer("layers", 2, unit="layers"),
        answer("memory_idle_bytes", 5, unit="bytes"),
        answer("start_seconds", 0.5, unit="seconds"),
    )
    old = result("x", "a", (BASE,), figures)
    new = result("x", "b", (BASE,), (replace(figures[0], value=4), *figures[1:]))
    found = {each.name: each.more for each in differences(old, new, None, None).figures}
    assert found == {"unpacked_bytes": 0, "waste_bytes": -6, "layers": 0}


def test_a_figure_that_one_side_lacks_has_no_difference_but_a_reason() -> None:
    old = result("x", "a", (BASE,), (answer("caches_bytes", 10, unit="bytes"),))
    new = result("x", "b", (BASE,), (missing("caches_bytes", "the image has no caches", unit="bytes"),))
    [figure] = [x for x in differences(old, new, None, None).figures if x.name == "caches_bytes"]
    assert figure.more == Unknown(reason="the image has no caches")
    bare = result("x", "b", (BASE,))
    [figure] = [x for x in differences(old, bare, None, None).figures if x.name == "caches_bytes"]
    assert figure.new.how is How.UNAVAILABLE
    assert figure.more == Unknown(reason="this run did not measure it")


def test_origins_that_differ_the_most_changed_first() -> None:
    old = result("x", "a", (BASE,), (origins(("app", 10, 2), ("node", 5, 1), ("waste", 0, "")),))
    new = result("x", "b", (BASE,), (origins(("app", 13, 3), ("node", 5, 1), ("waste", 9, "")),))
    assert differences(old, new, None, None).origins == (
        OriginDifference(origin="waste", sizes=Sizes(old_bytes=0, new_bytes=9), old_files=0, new_files=0),
        OriginDifference(origin="app", sizes=Sizes(old_bytes=10, new_bytes=13), old_files=2, new_files=3),
    )


def test_where_one_base_is_not_known_the_system_and_the_app_are_one() -> None:
    split = result("x", "a", (BASE,), (origins(("base system", 50, 9), ("app", 10, 2), ("node", 5, 1)),))
    whole = result("x", "b", (BASE,), (origins(("base system and app", 61, 11), ("node", 5, 1)),))
    [row] = differences(split, whole, None, None).origins  # type: ignore[misc]
    assert (row.origin, row.sizes.more, row.old_files) == ("base system and app", 1, 11)


def test_without_a_table_of_origins_there_is_the_reason() -> None:
    old = result("x", "a", (BASE,), (unavailable("bytes_by_origin", "no node to walk it"),))
    assert differences(old, made.result(), None, None).origins == Unknown(reason="no node to walk it")


def test_a_variant_without_an_image_has_no_causes() -> None:
    for pair in ((NOTHING, made.result()), (made.result(), NOTHING), (NOTHING, NOTHING)):
        found = differences(*pair, None, None)
        assert found.causes == ()
        assert found.brought(3) == found.saved(3) == ()
        assert isinstance(found.files, Unknown)
        assert all(isinstance(each.more, Unknown) for each in found.figures if each.name == "unpacked_bytes")
