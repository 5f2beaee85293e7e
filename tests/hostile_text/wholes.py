"""A report with something in every place, harmless; and the same with a text in all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from imagematrix.model import Report, Result, Status, Table, exact, unavailable
from imagematrix.verdicts.sharing import sharing
from tests import made
from tests.hostile_text.turning import ODD, turned
from tests.report import reports
from tests.report.page import made_report

LOG = "smoke: it exited with 1\n    | Error: no\n    | at once\n    whole log: logs/broken.build.log"


@cache
def harmless() -> Report:
    """Two images that were measured deep, one that broke with lines of a log, one left out."""
    alpine, vanilla = (_more(each) for each in made_report.report().run.results)
    broken = replace(made.result("broken", status=Status.FAILED, reason=LOG), image=None)
    lost = Result(name="lost", axes=(), label="lost", status=Status.SKIPPED, reason="base: no registry")
    results = (alpine, vanilla, broken, lost)
    paged = made_report.report()
    run = replace(
        made.run(*results),
        app="shop",
        tag="nightly",
        baseline="20261123T024000Z-3fa9c1",
        sharing=sharing(results),
    )
    points = tuple(
        replace(each, points=tuple(replace(point, tag="v1") for point in each.points)) for each in paged.trend
    )
    return replace(paged, run=run, advice=(*paged.advice, *reports.full().advice), trend=points)


def hostile(text: str) -> Report:
    """The same with a text before every text in it."""
    return turned(harmless(), text)


def _more(result: Result) -> Result:
    return replace(
        result,
        measurements=(
            *result.measurements,
            *reports.PACKAGES,
            exact("secret_files", _SECRETS, method="names of files, and what they begin with"),
            exact("waste_paths", _WASTE, method="every layer read"),
            exact("largest_files", _LARGEST, method="a walk"),
            exact("user", "root", method="its config"),
            exact(f"{ODD}", "a text", method="a method"),
            exact(f"{ODD}_words", ("several", "words"), method="a method"),
            exact(f"{ODD}_figure", 5, unit="a unit", method="a method"),
            exact(f"{ODD}_table", Table(columns=("one", "two_bytes"), rows=(("a", 1),)), method="a method"),
            unavailable(f"{ODD}_missing", "a reason", unit="a unit"),
        ),
        findings=(*result.findings, reports.FINDING, reports.ACCEPTED),
        budgets=(*result.budgets, reports.KEPT, reports.BROKEN),
        instructions=(reports.FROM, *result.instructions),
    )


_SECRETS = Table(
    columns=("path", "layer", "created_by", "seen", "why"),
    rows=(("/app/.env", 1, "COPY . .", True, "the name of a file of secrets"),),
)
_WASTE = Table(
    columns=("path", "bytes", "cause", "layer", "hidden_by_layer", "hidden_by"),
    rows=(("/var/lib/x", 100, "removed", 0, 1, "RUN rm -r /var/lib/x"),),
)
_LARGEST = Table(columns=("path", "bytes", "origin"), rows=(("/usr/local/bin/node", 40_000_000, "node"),))
