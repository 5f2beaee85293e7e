from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import BaseSource, How, ListedFile, Listing, Result, Run, RunStatus, Status
from imagematrix.model.difference import FileDifferences, TimeVerdict
from imagematrix.verdicts.compare import compare, compare_images, compare_variants
from tests import made
from tests.report.reports import FINDING, KEPT
from tests.verdicts.pairs import BASE, answer, grown, listing, origins, result, starts

FAST = (0.20, 0.21, 0.22, 0.23, 0.24)
SLOW = (0.30, 0.31, 0.32, 0.33, 0.34)
NEW_ID = "20261125T024000Z-3fa9c1"


def none(_: str) -> Listing | None:
    return None


def runs(old: Result, new: Result) -> tuple[Run, Run]:
    return made.run(old), replace(made.run(new), id=NEW_ID)


def test_variants_are_matched_by_label_and_the_others_named() -> None:
    old = made.run(made.result("a"), made.result("b"))
    new = made.run(made.result("b"), made.result("c"))
    found = compare(old, new, none)
    assert [pair.label for pair in found.pairs] == ["b"]
    assert (found.only_old, found.only_new) == (("a",), ("c",))


def test_one_variant_of_two_runs_is_told_alone_and_the_others_still_tell_how_busy_the_machine_was() -> None:
    control = [result("same", "c", (BASE,), starts(*each, key="same")) for each in (FAST, SLOW)]
    old, new = made.run(OLD.results[0], control[0]), made.run(NEW.results[0], control[1], made.result("z"))
    found = compare(old, new, none, labels=["x"])
    assert [pair.label for pair in found.pairs] == ["x"]
    assert (found.only_old, found.only_new) == ((), ())
    assert any("start 45% apart" in each for each in found.remarks)
    assert compare(old, new, none, labels=["z"]).only_new == ("z",)


def test_a_run_that_but_built_is_said_to_have_measured_nothing() -> None:
    measured = made.result("a")
    built = replace(measured, measurements=(answer("user", "root"),), findings=(), budgets=())
    with_budget = replace(measured, findings=(FINDING,), budgets=(KEPT,))
    for old, new, side in ((with_budget, built, "new"), (built, with_budget, "old")):
        found = compare(*runs(old, new), none)
        assert not found.pairs[0].findings
        assert not found.pairs[0].budgets
        assert any(each.startswith(f"the {side} did not measure a:") for each in found.remarks)
        assert any("findings" in each.names for each in found.pairs[0].one_sided)
    both = compare(*runs(measured, measured), none).remarks
    assert not any("did not measure" in each for each in both)


def test_one_image_that_was_read_in_two_ways_does_not_differ() -> None:
    """As when an earlier version read one of them."""
    sides = [
        result(
            "x",
            "a",
            (BASE,),
            (answer("visible_bytes", count, unit="bytes"), origins(("base system", count, 9))),
        )
        for count in (100, 189)
    ]
    files = [listing(side, ListedFile("/a", count, "app")) for side, count in zip(sides, (1, 2), strict=True)]
    found = compare_images(*(replace(side, listing=each) for side, each in zip(sides, files, strict=True)))
    [pair] = found.pairs
    assert pair.same_image
    assert [each.name for each in pair.differences.figures if each.more] == []
    assert pair.differences.origins == ()
    assert pair.differences.causes == ()
    assert isinstance(pair.differences.files, FileDifferences)
    assert pair.differences.files.files == ()
    assert any(each.startswith("the same image, read by other means") for each in found.remarks)


def test_sides_say_what_they_are() -> None:
    found = compare(made.run(), replace(made.run(), id=NEW_ID, tag="v2"), none)
    assert (found.old.what, found.old.name) == ("run", "20261124T024000Z-3fa9c1")
    assert found.old.facts == ("2026-11-24 02:40:00 UTC", "revision aaaaaaaaa")
    assert found.new.facts[-1] == "tag v2"


def test_listings_are_asked_for_by_config_digest() -> None:
    old, new, old_files, new_files = grown()
    kept = {made.digest("a"): old_files, made.digest("b"): new_files}
    [pair] = compare(*runs(old, new), kept.get).pairs
    assert isinstance(pair.differences.files, FileDifferences)
    assert pair.differences.files.complete
    assert "app file /app/big.bin: 30.0 MB new" in pair.differences.brought(3)
    assert not pair.same_image


def verdict(old: Run, new: Run) -> TimeVerdict:
    [pair] = compare(old, new, none).pairs
    return pair.noisy[0].verdict


OLD, NEW = runs(
    result("x", "a", (BASE,), starts(*FAST, key="k1")), result("x", "b", (BASE,), starts(*SLOW, key="k2"))
)


def test_times_of_one_machine_and_engine_are_compared_by_a_rule_that_is_stated() -> None:
    assert verdict(OLD, NEW) is TimeVerdict.MORE
    assert "10% or more" in compare(OLD, NEW, none).rule
    assert "p below 0.01" in compare(OLD, NEW, none).rule


@pytest.mark.parametrize(
    ("new", "remark"),
    [
        (replace(NEW, host=replace(NEW.host, id="ffff")), "different machines"),
        (replace(NEW, host=replace(NEW.host, cpus=64)), "the machine has changed"),
        (replace(NEW, host=replace(NEW.host, release="6.12")), "the machine has changed"),
        (replace(NEW, engine=replace(NEW.engine, version="27")), "different engines"),
        (replace(NEW, engine=replace(NEW.engine, image_store="containerd")), "different image stores"),
    ],
)
def test_else_it_is_pointed_out_and_times_are_not_compared(new: Run, remark: str) -> None:
    found = compare(OLD, new, none)
    assert any(each.startswith(remark) for each in found.remarks)
    assert found.pairs[0].noisy[0].verdict is TimeVerdict.NOT_COMPARED
    assert found.rule == ""


def test_another_python_is_no_other_machine() -> None:
    new = replace(NEW, host=replace(NEW.host, python="3.13"))
    assert verdict(OLD, new) is TimeVerdict.MORE


def test_the_engines_own_figure_is_not_compared_across_image_stores() -> None:
    figure = (answer("engine_bytes", 5, unit="bytes"),)
    old, new = runs(result("x", "a", (BASE,), figure), result("x", "b", (BASE,), figure))
    other = replace(new, engine=replace(new.engine, image_store="containerd"))

    def names(one: Run) -> list[str]:
        return [each.name for each in compare(old, one, none).pairs[0].differences.figures]

    assert "engine_bytes" in names(new)
    assert "engine_bytes" not in names(other)


def test_a_machine_that_was_not_as_busy_makes_a_smaller_change_none() -> None:
    """The image `same` has not changed, and starts 45 % slower; `x` does no more than that."""
    control = [result("same", "c", (BASE,), starts(*each, key="same")) for each in (FAST, SLOW)]
    old, new = made.run(OLD.results[0], control[0]), made.run(NEW.results[0], control[1])
    found = compare(old, new, none)
    assert [pair.noisy[0].verdict for pair in found.pairs] == [TimeVerdict.WITHIN, TimeVerdict.WITHIN]
    assert any("start 45% apart" in each for each in found.remarks)
    much = replace(NEW.results[0], measurements=starts(2.0, 2.1, 2.2, 2.3, 2.4, key="k2"))
    assert compare(old, made.run(much, control[1]), none).pairs[0].noisy[0].verdict is TimeVerdict.MORE


@pytest.mark.parametrize(("times", "said"), [(SLOW, False), (FAST, True)])
def test_a_change_of_start_up_without_any_control_says_so(times: tuple[float, ...], said: bool) -> None:
    """What was taken over from the old run, figure by figure, is none."""
    control = [result("same", "c", (BASE,), starts(*each, key="same")) for each in (FAST, times)]
    much = replace(NEW.results[0], measurements=starts(2.0, 2.1, 2.2, 2.3, 2.4, key="k2"))
    found = compare(made.run(OLD.results[0], control[0]), made.run(much, control[1]), none)
    assert found.pairs[0].noisy[0].verdict is TimeVerdict.MORE
    assert any("no image that has not changed was timed in both" in each for each in found.remarks) is said
    alone = compare(made.run(control[0]), made.run(control[0]), none)
    assert not any("was timed in both" in each for each in alone.remarks)


def test_stand_ins_are_pointed_out_and_more_so_against_a_registrys_image() -> None:
    both = compare(made.run(), made.run(), none).remarks
    assert "stand-in bases, made on this machine from packages: node:24-alpine" in both
    base = replace(made.result().bases[0], source=BaseSource.REGISTRY)
    mixed = compare(made.run(), made.run(replace(made.result(), bases=(base,))), none).remarks
    assert any(
        each.startswith("node:24-alpine is a stand-in in the old and a registry's image in the new")
        for each in mixed
    )
    assert not any(each.startswith("stand-in bases") for each in mixed)


def test_what_else_limits_a_comparison_is_pointed_out() -> None:
    run = made.run()
    assert "both are the same run" in compare(run, run, none).remarks
    other = replace(run, id=NEW_ID, app="shop", status=RunStatus.INTERRUPTED)
    remarks = compare(run, other, none).remarks
    assert "the runs are of different apps: no name, shop" in remarks
    assert any(each.startswith("the new run was interrupted") for each in remarks)


def test_two_variants_of_a_run() -> None:
    old, new, *_ = grown()
    found = compare_variants(made.run(old, new), old, replace(new, label="other"), none)
    assert [pair.label for pair in found.pairs] == ["app to other"]
    assert (found.old.what, found.new.name) == ("variant", "other")
    assert found.old.facts == ("of run 20261124T024000Z-3fa9c1",)


def test_two_images_with_the_files_that_they_carry() -> None:
    old, new, old_files, new_files = grown()
    estimated = replace(new.image, bytes_how=How.ESTIMATED) if new.image else None
    found = compare_images(
        replace(old, listing=old_files), replace(new, listing=new_files, label="new:1", image=estimated)
    )
    assert found.old.facts == ("sha256:aaaaaaaaaaaa",)
    assert "app file /app/big.bin: 30.0 MB new" in found.pairs[0].differences.brought(3)
    assert "layers' bytes are estimated, as the engine lists them: new:1" in found.remarks
    assert found.rule == ""


def test_what_was_never_built_is_neither_gone_nor_new() -> None:
    built = grown()[0]
    reason = "build: npm ci ended with exit code 1\nits log"
    failed = replace(built, status=Status.FAILED, reason=reason, image=None, build=None, measurements=())
    for old, new, side in ((built, failed, "new"), (failed, built, "old")):
        found = compare(*runs(old, new), none)
        [pair] = found.pairs
        assert pair.differences.layers == ()
        assert pair.differences.causes == ()
        assert [(each.names, each.missing, each.reason) for each in pair.one_sided] == [
            (("image",), side, "it failed before that: build: npm ci ended with exit code 1")
        ]
        assert f"the {side} has no image of app: nothing of it is compared" in "\n".join(found.remarks)
    both = compare(*runs(failed, failed), none)
    assert "neither has an image of app: nothing of it is compared" in both.remarks
    assert both.pairs[0].one_sided == ()
