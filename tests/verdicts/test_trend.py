from __future__ import annotations

from dataclasses import replace

from imagematrix.model import EngineFacts, Git, Measurement, Result, Run, exact
from imagematrix.verdicts.trend import FIGURES, labels_of, of_one_app, of_one_machine, trend
from tests import made
from tests.verdicts.advised import MB, variant, without


def at(day: int, *results: Result, app: str = "shop", commit: str = "a" * 40, tag: str = "") -> Run:
    return replace(
        made.run(*results),
        id=f"202611{day:02}T000000Z-00000{day % 10}",
        started_at=f"2026-11-{day:02}T00:00:00Z",
        app=app,
        git=Git(commit=commit, branch="main", dirty=False) if commit else None,
        tag=tag,
    )


def taken_over(result: Result) -> Result:
    """The same where behaviour was not measured but found in an earlier record."""

    def marked(m: Measurement) -> Measurement:
        taken = m.name.endswith("_seconds") or m.name.startswith("memory_")
        return replace(m, reason=f"{m.reason}; measured in run 20261101T000000Z-000001") if taken else m

    return replace(result, measurements=tuple(marked(m) for m in result.measurements))


def test_a_series_is_oldest_first_and_names_run_revision_and_tag() -> None:
    runs = [
        at(3, variant("a", unpacked=12 * MB), commit=""),
        at(1, variant("a", unpacked=10 * MB), tag="v1"),
        at(2, variant("a", unpacked=10 * MB), commit="b" * 40),
    ]
    (series,) = trend(runs, figures=["unpacked_bytes"])
    assert (series.label, series.measurement, series.unit) == ("a", "unpacked_bytes", "bytes")
    told = [(point.started_at[8:10], point.commit[:1], point.tag, point.value) for point in series.points]
    assert told == [("01", "a", "v1", 10 * MB), ("02", "b", "", 10 * MB), ("03", "", "", 12 * MB)]
    assert [(change.run_id[6:8], change.commit) for change in series.changes] == [("03", "")]


def test_each_variant_and_figure_has_a_series() -> None:
    runs = [at(1, variant("gone")), at(2, variant("a"), variant("b"))]
    series = trend(runs)
    assert labels_of(of_one_app(runs)) == ("a", "b", "gone")
    expected = [(label, figure) for label in ("a", "b", "gone") for figure in FIGURES]
    assert [(each.label, each.measurement) for each in series] == expected
    assert {each.label for each in trend(runs, labels=["b"])} == {"b"}


def test_a_run_that_did_not_measure_is_left_out_and_is_not_zero() -> None:
    runs = [at(1, variant("a")), at(2, without(variant("a"), "download_bytes")), at(3)]
    (series,) = trend(runs, labels=["a"], figures=["download_bytes"])
    assert [point.value for point in series.points] == [100 * MB]
    assert trend(runs, labels=["a"], figures=["nothing_bytes"]) == ()


def test_words_tables_and_answers_are_no_figures() -> None:
    runs = [at(1, variant("a"))]
    assert trend(runs, figures=["shells", "libc", "node_past_end_of_life"]) == ()
    assert [each.measurement for each in trend(runs, figures=["executables"])] == ["executables"]


def test_another_app_is_left_out() -> None:
    runs = [
        at(1, variant("a", unpacked=1)),
        at(2, variant("a", unpacked=2), app="other"),
        at(3, variant("a", unpacked=3)),
    ]
    (series,) = trend(runs, figures=["unpacked_bytes"])
    assert [point.value for point in series.points] == [1, 3]


def test_times_and_memory_are_those_of_one_machine_and_engine_and_bytes_of_all() -> None:
    here, there = at(3, variant("a", start=0.3)), at(1, variant("a", start=0.1))
    elsewhere = replace(there, host=replace(there.host, id="another"))
    engine = EngineFacts(name="docker", version="20.10", image_store="overlay2", embedded=False)
    on_another = replace(at(2, variant("a", start=0.2)), engine=engine)
    by_name = {
        each.measurement: [p.value for p in each.points] for each in trend([here, elsewhere, on_another])
    }
    assert by_name["start_seconds"] == [0.3]
    assert len(by_name["memory_idle_bytes"]) == 1
    assert len(by_name["unpacked_bytes"]) == 3
    assert of_one_machine([elsewhere, on_another, here]) == [here]


def test_a_time_that_was_taken_over_is_no_new_measurement() -> None:
    runs = [at(1, variant("a")), at(2, taken_over(variant("a"))), at(3, variant("a"))]
    by_name = {each.measurement: len(each.points) for each in trend(runs)}
    assert by_name == {"unpacked_bytes": 3, "download_bytes": 3, "start_seconds": 2, "memory_idle_bytes": 2}


def test_runs_of_a_checkout_with_uncommitted_changes_are_known() -> None:
    clean, outside = at(1, variant("a")), at(2, variant("a"), commit="")
    changed = replace(at(3, variant("a")), git=Git(commit="a" * 40, branch="main", dirty=True))
    (series, *_) = trend([clean, outside, changed], figures=["unpacked_bytes"])
    assert [point.dirty for point in series.points] == [False, False, True]


def test_times_step_by_their_starts() -> None:
    days = [at(day, variant("a", start=0.1 if day < 4 else 0.2)) for day in range(1, 7)]
    (series,) = trend(days, figures=["start_seconds"])
    assert [(change.run_id[6:8], change.before, change.after) for change in series.changes] == [
        ("04", 0.1, 0.2)
    ]


def test_no_runs_have_no_trend() -> None:
    assert trend([]) == ()
    assert of_one_app([]) == []


def test_counts_are_figures_too() -> None:
    more = variant("a")
    layers = exact("layers", 5, unit="layers", method="")
    runs = [
        at(1, replace(more, measurements=(layers,))),
        at(2, replace(more, measurements=(replace(layers, value=4),))),
    ]
    (series,) = trend(runs, figures=["layers"])
    assert (series.unit, [change.after for change in series.changes]) == ("layers", [4])
