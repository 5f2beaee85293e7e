from __future__ import annotations

from dataclasses import replace

from imagematrix.model import BudgetStatus, Severity
from imagematrix.report.page import page
from imagematrix.report.page.conclusions import budgets, findings, sharing
from imagematrix.report.page.grid import Figure, Words
from tests.report.page.made_report import bare, budget, finding, report, variant


def test_alike_findings_are_told_once_most_severe_first() -> None:
    mild, grave = finding("mild", Severity.LOW), finding("grave", Severity.HIGH)
    other = replace(mild, file="other.Dockerfile")
    one, two = replace(variant("one"), findings=(mild,)), replace(variant("two"), findings=(other, grave))
    opened, accepted = findings([one, two])
    assert [(told.finding.rule, told.labels) for told in opened] == [
        ("grave", ("two",)),
        ("mild", ("one", "two")),
    ]
    assert opened[1].places == ("Dockerfile:7", "other.Dockerfile:7")
    assert accepted == ()


def test_accepted_findings_stand_apart() -> None:
    opened, accepted = findings(report().run.results)
    assert [told.finding.rule for told in opened] == ["npm-pid-1"]
    assert [told.finding.accepted for told in accepted] == ["a sandbox"]


def test_broken_budgets_come_first_with_their_causes() -> None:
    grid = budgets(report().run)
    assert grid is not None
    verdicts = [row[2].chip for row in grid.rows if isinstance(row[2], Words)]
    assert verdicts == ["broken", "broken", "kept", "kept"]
    why = grid.rows[0][3]
    assert isinstance(why, Words)
    assert why.lines == ("package lodash: 1.4 MB more",)
    assert budgets(bare().run) is None


def test_a_budget_that_could_not_be_held_stands_between_with_why() -> None:
    results = [replace(variant("a"), budgets=tuple(budget(status) for status in BudgetStatus))]
    grid = budgets(report(*results).run)
    assert grid is not None
    verdicts = [row[2].chip for row in grid.rows if isinstance(row[2], Words)]
    assert verdicts == ["broken", "undecided", "not held", "kept"]
    assert "1 kept, 1 broken, 1 undecided, 1 not held." in page(report(*results))


def test_the_set_is_that_of_the_record() -> None:
    shared = report().run.sharing
    assert shared is not None
    grid = sharing(shared)
    for share, row in zip(shared.variants, grid.rows, strict=True):
        told = [cell.sort for cell in row if isinstance(cell, Figure)]
        assert told == [share.bytes, share.shared_bytes, share.marginal_bytes]


def test_estimated_layers_make_estimated_shares() -> None:
    shared = report().run.sharing
    assert shared is not None
    cells = [cell for row in sharing(shared, estimated=True).rows for cell in row if isinstance(cell, Figure)]
    assert len(cells) == 6
    assert all(cell.estimated for cell in cells)
