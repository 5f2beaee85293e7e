"""Budgets that ask for an answer, not a figure: `shells: none`, `user: non-root`, `stops: gracefully`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from imagematrix.model import Budget, BudgetStatus, How, Measurement, Result, Table, is_root
from imagematrix.units import called
from imagematrix.verdicts.causes import instruction
from imagematrix.verdicts.told import rows, under

Judged = tuple[BudgetStatus, str, tuple[str, ...]]  # status, reason, causes

_KEPT, _BROKEN, _UNDECIDED = BudgetStatus.KEPT, BudgetStatus.BROKEN, BudgetStatus.UNDECIDED
_GRACEFULLY: Final = "the app's handler ran to its end"  # of probes/stop.py's verdicts
_MOST: Final = 5  # causes
_NAMED: Final = 3  # that a reason names by itself
_ADDON_RULES: Final = "addon"  # what the rules about native addons start with


def answered(budget: Budget, result: Result) -> Judged:
    """What became of such a budget; the word that it wants is the only one that the schema lets it want."""
    return CHECKS[budget.name](result, under(result, budget.measurement))


def _shells(result: Result, ran: Measurement) -> Judged:
    """Those that start, and those that lie on disk: a shell that is not on the PATH is one all the same."""
    disk = under(result, "shells_on_disk")
    if ran.measured and ran.value:
        return _BROKEN, f"{', '.join(_items(ran))} can be started in it", _items(disk) or _items(ran)
    if disk.measured:
        return _none(result, disk)
    if ran.measured:
        return _KEPT, "none can be started; whether one lies on disk is not known", ()
    return _undecided(ran)


def _none(_: Result, found: Measurement) -> Judged:
    if found.how is How.NOT_APPLICABLE:
        return _KEPT, found.reason, ()
    if not found.measured:
        return _undecided(found)
    count = len(found.value.rows if isinstance(found.value, Table) else _items(found))
    if not count:
        return _KEPT, "none is in it", ()
    items = _items(found)
    if count <= _NAMED:
        return _BROKEN, f"{count} found: {', '.join(items)}", ()
    more = (f"and {count - _MOST:,} more",) if count > _MOST else ()
    return _BROKEN, f"{count:,} found", (*items[:_MOST], *more)


def _secrets(result: Result, found: Measurement) -> Judged:
    status, reason, _ = _none(result, found)
    if status is not _BROKEN or not isinstance(found.value, Table):
        return status, reason, ()
    layers = result.image.layers if result.image else ()
    columns = found.value.columns
    causes = []
    for row in rows(found)[:_MOST]:
        told = dict(zip(columns, row, strict=True))
        place = int(told.get("layer", 0)) - 1  # numbered from the bottom, which is 1; 0 is no layer
        of = f" of layer `{instruction(layers[place].created_by)}`" if 0 <= place < len(layers) else ""
        causes.append(f"file {told['path']}{of}")
    more = len(found.value.rows) - len(causes)
    return _BROKEN, reason, (*causes, *((f"and {more:,} more",) if more else ()))


def _user(_: Result, found: Measurement) -> Judged:
    if not found.measured:
        return _undecided(found)
    user = str(found.value)
    root = is_root(user)
    shown = "root" if root and user == "root" else f"{user}, which is root" if root else user
    return _BROKEN if root else _KEPT, f"its user is {shown}", ()


def _stops(result: Result, found: Measurement) -> Judged:
    if not found.measured:
        return _not_asked(result, found)
    return _KEPT if found.value == _GRACEFULLY else _BROKEN, f"{found.value}: {found.reason}", ()


def _read_only(result: Result, found: Measurement) -> Judged:
    if not found.measured:
        return _not_asked(result, found)
    return _KEPT if found.value == "passes" else _BROKEN, f"{found.value} {found.reason}", ()


def _not_asked(result: Result, found: Measurement) -> Judged:
    """Of an image that is no server nothing is asked that takes one."""
    first = under(result, "first_response_seconds")
    return (_KEPT, first.reason, ()) if first.how is How.NOT_APPLICABLE else _undecided(found)


def _health_check(_: Result, found: Measurement) -> Judged:
    if found.how is How.NOT_APPLICABLE:
        return _BROKEN, found.reason, ()
    if not found.measured:
        return _undecided(found)
    return (_KEPT if found.value is True else _BROKEN), found.reason, ()


def _addons(result: Result, loaded: Measurement) -> Judged:
    """By the findings about them: a package may carry files for other platforms, which need not load."""
    amiss = [finding for finding in result.findings if finding.rule.startswith(_ADDON_RULES)]
    if amiss:
        return _BROKEN, f"{len(amiss):,} of them cannot", tuple(finding.text for finding in amiss)[:_MOST]
    there = under(result, "addons")
    if not there.measured and there.how is not How.NOT_APPLICABLE:
        return _undecided(there)
    return _KEPT, loaded.reason if loaded.measured else there.reason, ()


def _node(result: Result, past: Measurement) -> Judged:
    return _supported(past, under(result, "node_version"), under(result, "node_end_of_life"))


def _os(result: Result, past: Measurement) -> Judged:
    return _supported(past, under(result, "os"), under(result, "os_end_of_life"))


def _supported(past: Measurement, what: Measurement, end: Measurement) -> Judged:
    if past.how is How.NOT_APPLICABLE:
        return _KEPT, past.reason, ()
    if not past.measured:
        return _undecided(past)
    name = what.value if what.measured else "what it has"
    day = f" ({end.value})" if end.measured else ""
    if past.value is True:
        return _BROKEN, f"the end of life of {name} has come{day}", ()
    return _KEPT, f"the end of life of {name} has not come{day}", ()


def _undecided(found: Measurement) -> Judged:
    return _UNDECIDED, f"{called(found.name)} is not known: {found.reason}", ()


def _items(found: Measurement) -> tuple[str, ...]:
    """The words of a list; of a table, its first column."""
    if isinstance(found.value, Table):
        return tuple(str(row[0]) for row in found.value.rows)
    return tuple(str(each) for each in found.value) if isinstance(found.value, tuple) else ()


# By the budget's name.
CHECKS: Final[Mapping[str, Callable[[Result, Measurement], Judged]]] = {
    "shells": _shells,
    "package_managers": _none,
    "build_tools": _none,
    "setuid_files": _none,
    "dev_dependencies": _none,
    "secrets": _secrets,
    "user": _user,
    "stops": _stops,
    "read_only": _read_only,
    "health_check": _health_check,
    "addons": _addons,
    "node": _node,
    "os": _os,
}
