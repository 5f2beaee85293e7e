from __future__ import annotations

from dataclasses import replace

from imagematrix.image.merge import Cause
from imagematrix.model import unavailable
from imagematrix.verdicts import unseen as verdict
from imagematrix.verdicts.unseen import hidden, hidden_secrets_unsought, layers_read
from tests.verdicts.pairs import BASE, layer, missing, result, table, waste


def test_the_causes_are_those_that_are_written() -> None:
    names = {verdict.SAME_SIZE, verdict.DELETED, verdict.OVERWRITTEN, verdict.REPLACED}
    assert names | {Cause.ENGINE} == {cause.value for cause in Cause}  # no layer's doing: told as it is


def test_each_row_has_the_files_that_the_record_names_of_it() -> None:
    rows = ((1, 2, Cause.SAME_SIZE, 3, 900), (1, 2, Cause.DELETED, 1, 50))
    paths = (
        ("/a", 700, Cause.SAME_SIZE, 1, 2),
        ("/c", 150, Cause.SAME_SIZE, 1, 2),
        ("/d", 50, Cause.DELETED, 1, 2),
    )
    found = hidden(result("x", "a", (BASE, layer("2", 9, "RUN x")), waste(rows, paths)))
    assert found is not None
    assert [(each.cause, each.files, each.bytes, each.paths) for each in found] == [
        ("copied at the same size", 3, 900, (("/a", 700), ("/c", 150))),
        ("deleted", 1, 50, (("/d", 50),)),
    ]


def test_where_the_layers_were_not_read_nothing_is_known_and_not_no_waste() -> None:
    unread = result("x", "a", (BASE,), (unavailable("waste_by_layer", "not read"),))
    assert hidden(unread) is None
    assert hidden(result("x", "a", (BASE,))) is None
    assert hidden(result("x", "a", (BASE,), waste((), ()))) == ()
    assert hidden(replace(result("x", "a", (BASE,), waste((), ())), image=None)) is None


def test_whether_hidden_secrets_were_looked_for() -> None:
    secrets = table("secret_files", ("path", "layer", "created_by", "seen", "why"))
    quick, deep = (result("x", "a", (BASE,), (secrets, *more)) for more in ((), waste((), ())))
    assert (layers_read(quick), layers_read(deep)) == (False, True)
    assert hidden_secrets_unsought(quick)
    assert not hidden_secrets_unsought(deep)
    for unseen in (unavailable("secret_files", "no node"), missing("secret_files")):
        assert not hidden_secrets_unsought(result("x", "a", (BASE,), (unseen,)))
