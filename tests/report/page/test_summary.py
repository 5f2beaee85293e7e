from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Result, Run, Status, unavailable
from imagematrix.report.page.grid import Cell, Figure, Missing, Words
from imagematrix.report.page.summary import facts, summary
from tests import made
from tests.report.page.made_report import bare, report, variant


def column(name: str, *results: Result) -> list[Cell]:
    grid = summary(report(*results)).grid
    index = [each.name for each in grid.columns].index(name)
    return [row[index] for row in grid.rows]


def without(result: Result, name: str) -> Result:
    changed = (
        unavailable(name, "no registry", unit="bytes") if m.name == name else m for m in result.measurements
    )
    return replace(result, measurements=tuple(changed))


def test_a_row_is_a_variant_with_its_base_and_what_it_stands_on() -> None:
    first = column("Variant", variant("alpine"))[0]
    assert isinstance(first, Words)
    assert (first.text, first.note, first.chip) == ("alpine", "node:24-alpine", "stand-in")


def test_figures_are_those_of_the_record() -> None:
    downloads = column("Download")
    assert [cell.sort for cell in downloads if isinstance(cell, Figure)] == [22_000_000, 29_000_000]
    assert [cell.best for cell in downloads if isinstance(cell, Figure)] == [True, False]


def taken_over(result: Result, run_id: str) -> Result:
    return replace(result, measurements=tuple(each.taken_over(run_id) for each in result.measurements))


def test_a_start_up_of_another_run_is_marked_and_none_is_then_called_the_least() -> None:
    one, two = variant("a", start=0.1), variant("b", start=0.9)
    cells = [cell for cell in column("Start-up", taken_over(one, "r1"), two) if isinstance(cell, Figure)]
    assert [(cell.mark, cell.best) for cell in cells] == [("*", False), ("", False)]
    both = column("Start-up", taken_over(one, "r1"), taken_over(two, "r1"))
    assert [(cell.mark, cell.best) for cell in both if isinstance(cell, Figure)] == [
        ("*", True),
        ("*", False),
    ]
    assert summary(report(one, taken_over(two, "r1"))).taken_over.startswith("* measured in run r1:")
    assert summary(report(one, two)).taken_over == ""


def test_a_figure_that_one_variant_lacks_is_missing_there_alone() -> None:
    cells = column("Download", without(variant("a"), "download_bytes"), variant("b"))
    assert isinstance(cells[0], Missing)
    assert cells[0].reason == "no registry"
    assert isinstance(cells[1], Figure)


def test_a_figure_that_all_lack_is_left_out_with_its_reason() -> None:
    made = summary(report(without(variant("a"), "download_bytes")))
    assert "Download" not in [each.name for each in made.grid.columns]
    assert ("Download", "no registry") in made.left_out


def test_what_is_to_do_counts_open_findings_and_broken_budgets() -> None:
    cell = column("To do", variant("a"))[0]
    assert isinstance(cell, Words)
    assert cell.lines == ("1 medium", "1 over budget")


def test_the_facts_name_the_run_and_where_it_lies() -> None:
    told = dict(facts(report()))
    assert told["Run"] == "20261124T024000Z-3fa9c1, tagged v1"
    assert told["Record"] == "results/20261124T024000Z-3fa9c1/run.json"
    assert told["Revision"] == "aaaaaaaaaaaa on main"
    empty: Run = bare().run
    assert empty.git is None
    assert dict(facts(bare()))["Revision"] == "not in a git checkout"


def test_where_the_variants_ended_before_it_that_is_the_reason() -> None:
    """This run asked for a start-up; the smoke test came first, and failed."""
    ended = replace(
        made.result("a", status=Status.FAILED, reason="smoke: it ended with exit code 3\nits log"),
        measurements=(),
    )
    one = dict(summary(report(ended)).left_out)
    assert one["Start-up"] == "it failed before that: smoke: it ended with exit code 3"
    several = dict(summary(report(ended, replace(ended, label="b", name="b"))).left_out)
    assert several["Start-up"] == "no variant came that far"
