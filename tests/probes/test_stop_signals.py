"""Images that are stopped by other signals than SIGTERM."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.probes.stop import Stopped, measures, stop_signal
from tests.probes.stopped import (
    DIRECT,
    UNDER_BOTH,
    UNDER_INIT,
    UNDER_NPM,
    deaf,
    killed,
    signal,
    unseen,
    verdict,
    why,
)


def by(name: str, seen: Stopped) -> Stopped:
    return replace(seen, signal=signal(name), set_as=name)


def test_the_signal_is_told_and_where_it_comes_from() -> None:
    assert (stop_signal(DIRECT).value, stop_signal(DIRECT).reason) == (
        "SIGTERM",
        "an engine's default: the image config sets none",
    )
    set_by_number = replace(DIRECT, signal=signal("2"), set_as="2")
    assert (stop_signal(set_by_number).value, stop_signal(set_by_number).reason) == (
        "SIGINT",
        "image config, STOPSIGNAL 2",
    )


def test_all_that_is_said_names_the_signal_that_was_sent() -> None:
    runs = [
        (DIRECT, UNDER_INIT),
        (killed(DIRECT), replace(UNDER_INIT, exit_code=130, ended="signal 2")),
        (killed(DIRECT), killed(UNDER_INIT)),
        (replace(deaf(UNDER_NPM), exit_code=1), deaf(UNDER_BOTH)),
        (replace(killed(UNDER_NPM), ended="exit 0"), killed(UNDER_BOTH)),
        (unseen(UNDER_NPM), killed(unseen(UNDER_BOTH))),
        (replace(UNDER_NPM, exit_code=1, ended="gone"), replace(UNDER_BOTH, exit_code=1, ended="gone")),
    ]
    for plain, under_init in runs:
        plain, under_init = by("SIGINT", plain), by("SIGINT", under_init)
        told = (
            *measures(plain, init=False, other=under_init),
            *measures(under_init, init=True, other=plain),
        )
        advice = "write STOPSIGNAL SIGTERM if that is what it handles"
        assert [m.reason for m in told if "SIGTERM" in m.reason.replace(advice, "")] == []
        assert all("SIGINT" in m.reason for m in told if m.name.endswith(("seconds", "exit_code")))


def test_an_end_by_the_signal_itself_goes_by_its_number() -> None:
    plain = by("SIGINT", killed(DIRECT))
    assert verdict(by("SIGINT", replace(UNDER_INIT, exit_code=130, ended="")), plain, init=True) == "DEFAULT"
    assert (
        verdict(by("SIGINT", replace(UNDER_INIT, exit_code=143, ended="exit 143")), plain, init=True)
        == "FAILED"
    )
    gone = by("SIGINT", replace(UNDER_BOTH, exit_code=130, ended="gone", handled=False))
    assert verdict(gone, by("SIGINT", replace(UNDER_NPM, exit_code=1, ended="gone")), init=True) == "DEFAULT"


def test_what_ends_nothing_by_default_and_has_no_handler_is_not_called_slow() -> None:
    plain, under_init = (by("SIGWINCH", replace(killed(s), deaf=True)) for s in (DIRECT, UNDER_INIT))
    what = "the app has no handler for SIGWINCH, which ends nothing by default"
    assert why(plain, under_init)[:2] == why(under_init, plain, init=True)[:2] == ("had to be killed", what)
    # The kernel drops such a signal, so that no wrapper can be blamed for it.
    wrapped = by("SIGWINCH", replace(killed(deaf(UNDER_NPM)), deaf=True))
    assert why(wrapped, under_init)[1] == what


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_what_no_app_can_handle_kills(name: str) -> None:
    ended = by(name, replace(DIRECT, exit_code=137, in_time=name == "SIGKILL"))
    told, seen, remedy = why(ended, ended)
    assert told == "had to be killed"
    assert seen == f"no app can handle {name}, which the image names as its stop signal"
    assert remedy.startswith("write STOPSIGNAL SIGTERM")
