from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Finding, Measurement, Result, Severity, unavailable
from imagematrix.model.difference import Change, OneSided
from imagematrix.verdicts.finding_changes import finding_changes, not_looked_for
from tests.report.reports import KEPT
from tests.verdicts.pairs import BASE, answer, missing, result, table, waste

WASTE = Finding(
    rule="waste", severity=Severity.LOW, text="3 MB", remedy="-", measurement="waste_bytes", file="D", line=4
)
ROOT = replace(WASTE, rule="runs-as-root", text="it runs as root", measurement="user")
MEASURED = (missing("shells"), answer("waste_bytes", 1, unit="bytes"), answer("user", "root"))


def of(*findings: Finding, measurements: tuple[Measurement, ...] = MEASURED) -> Result:
    return replace(result("x", "a", (BASE,), measurements), findings=findings)


def told(old: Result, new: Result, *, same_image: bool = False) -> list[tuple[Change, str, str]]:
    found = finding_changes(old, new, same_image=same_image)
    return [(each.change, each.finding.text, each.was) for each in found]


def test_new_gone_changed_and_the_same() -> None:
    old = of(WASTE, ROOT, replace(WASTE, rule="old", text="a"))
    new = of(replace(WASTE, text="5 MB"), ROOT, replace(WASTE, rule="new", text="b"))
    assert told(old, new) == [(Change.SAME, "5 MB", "3 MB"), (Change.NEW, "b", ""), (Change.GONE, "a", "")]
    assert told(old, old) == []


def test_a_second_of_a_rule_is_new_and_one_less_is_gone() -> None:
    one, two = of(WASTE), of(WASTE, replace(WASTE, text="5 MB"))
    assert told(one, two) == [(Change.NEW, "5 MB", "")]
    assert told(two, one) == [(Change.GONE, "5 MB", "")]


def test_one_that_has_but_moved_is_the_same() -> None:
    """A line was added above it, which made a layer."""
    assert told(of(ROOT), of(replace(ROOT, line=9, file="E"))) == []
    words = "`chmod` in layer {} (RUN chmod 7 /a), the 3 RUN instructions of lines {} to 9, copied 3 MB"
    before, after = (replace(WASTE, text=words.format(number, number)) for number in (4, 5))
    assert told(of(before), of(after)) == []
    more = replace(after, text=after.text.replace("3 MB", "4 MB"))
    assert [change for change, *_ in told(of(before), of(more))] == [Change.SAME]


def test_one_that_is_graver_or_accepted_since_is_a_change() -> None:
    for now in (replace(WASTE, severity=Severity.HIGH), replace(WASTE, accepted="on purpose")):
        assert told(of(WASTE), of(now)) == [(Change.SAME, "3 MB", "3 MB")]


def test_of_one_image_other_words_come_of_other_means() -> None:
    deep = replace(WASTE, text="`chmod` copied 3 MB", measurement="waste_by_layer")
    assert told(of(WASTE), of(deep), same_image=True) == []
    accepted = replace(deep, accepted="why")
    assert [change for change, *_ in told(of(WASTE), of(accepted), same_image=True)] == [Change.SAME]


def test_a_run_that_measured_nothing_has_lost_no_findings() -> None:
    built = of(measurements=(answer("user", "root"),))
    measured = replace(of(WASTE), budgets=(KEPT,))
    assert told(measured, built) == told(built, measured) == []
    lost = ("findings", "budgets")
    assert not_looked_for(measured, built) == (
        OneSided(names=lost, missing="new", reason="this run measured nothing"),
    )
    assert not_looked_for(built, measured)[0].missing == "old"
    assert not_looked_for(built, built) == not_looked_for(measured, measured) == ()
    assert not_looked_for(measured, replace(built, image=None)) == ()


def test_what_rests_on_something_that_was_not_measured_is_neither_gone_nor_new() -> None:
    blind = of(
        ROOT, measurements=(missing("shells"), unavailable("waste_bytes", "no node"), answer("user", "root"))
    )
    seeing = of(WASTE, ROOT)
    assert told(seeing, blind) == told(blind, seeing) == []
    assert not_looked_for(seeing, blind) == (
        OneSided(names=("finding waste",), missing="new", reason="no node"),
    )
    assert not_looked_for(blind, seeing)[0].missing == "old"
    # What is known not to be there is known.
    without = of(measurements=(missing("shells"), missing("waste_bytes"), missing("user")))
    assert [change for change, *_ in told(seeing, without)] == [Change.GONE, Change.GONE]


SECRETS = ("path", "layer", "created_by", "seen", "why")
UNREAD = unavailable("waste_by_layer", "the layers were not read; measure with --deep")


def secret(path: str, where: str) -> Finding:
    return replace(WASTE, rule="secret-file", text=f"{path} (a key) is {where}", measurement="secret_files")


def deep(*paths: tuple[str, bool]) -> Result:
    """One whose layers were read; `paths` with whether a container sees them."""
    rows = [(path, 2, "COPY . .", seen, "a key") for path, seen in paths]
    found = [secret(path, "in layer 2 (COPY . .)") for path, _ in paths]
    return of(*found, measurements=(*MEASURED, table("secret_files", SECRETS, *rows), *waste((), ())))


def quick(*paths: str) -> Result:
    rows = [(path, 0, "", True, "a key") for path in paths]
    found = [secret(path, "in the image") for path in paths]
    return of(*found, measurements=(*MEASURED, table("secret_files", SECRETS, *rows), UNREAD))


def test_a_secret_that_a_layer_deletes_is_neither_gone_nor_new_where_the_layers_were_not_read() -> None:
    """The one that a container sees is of other words on each side, and not taken for the one that it does not."""
    read, unread = deep(("/a.key", False), ("/b (1).key", True)), quick("/b (1).key")
    assert told(read, unread, same_image=True) == told(unread, read, same_image=True) == []
    reason = "the layers were not read; measure with --deep"
    assert not_looked_for(read, unread) == (
        OneSided(names=("finding secret-file",), missing="new", reason=reason),
    )
    assert not_looked_for(unread, read)[0].missing == "old"


def test_a_secret_that_is_seen_or_whose_layers_were_read_is_gone() -> None:
    gone = [(Change.GONE, "/a.key (a key) is in layer 2 (COPY . .)", "")]
    assert told(deep(("/a.key", False)), deep()) == gone
    assert told(deep(("/a.key", True)), quick()) == gone
    assert not_looked_for(deep(("/a.key", True)), quick()) == ()
    assert [change for change, *_ in told(quick("/a (1).key"), quick())] == [Change.GONE]


def test_a_secret_in_another_file_is_another_finding() -> None:
    assert [change for change, *_ in told(quick("/a.key"), quick("/b.key"))] == [Change.NEW, Change.GONE]
