from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.probes.stop import Stopped
from tests.probes.stopped import (
    DIRECT,
    UNDER_BOTH,
    UNDER_INIT,
    UNDER_NPM,
    deaf,
    killed,
    unseen,
    verdict,
    why,
)


@pytest.mark.parametrize(
    ("plain", "with_init", "expected"),
    [
        (DIRECT, UNDER_INIT, ("HANDLED", "HANDLED")),
        # A handler may end the process with 143 itself; then it ends as PID 1 too, which no signal does.
        (
            replace(DIRECT, exit_code=143),
            replace(UNDER_INIT, exit_code=143, ended="gone"),
            ("HANDLED", "HANDLED"),
        ),
        (
            replace(DIRECT, exit_code=143),
            replace(UNDER_INIT, exit_code=143, ended="exit 143"),
            ("HANDLED", "HANDLED"),
        ),
        # No handler: ignored as PID 1, the default action under an init.
        (
            killed(DIRECT),
            replace(UNDER_INIT, exit_code=143, ended="signal 15"),
            ("KILLED", "DEFAULT"),
        ),
        (killed(DIRECT), replace(UNDER_INIT, exit_code=143, ended=""), ("KILLED", "DEFAULT")),
        # A handler that ends nothing.
        (killed(DIRECT), killed(UNDER_INIT), ("KILLED", "KILLED")),
        # A wrapper that passes it on, and waits.
        (UNDER_NPM, UNDER_BOTH, ("HANDLED", "HANDLED")),
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15", handled=False),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15", handled=False),
            ("DEFAULT", "DEFAULT"),
        ),
        # A handler that closes and sends the signal again; as PID 1 that does nothing, and there is no more to do.
        *(
            (DIRECT, replace(UNDER_INIT, exit_code=143, ended=ended, handled=handled), ("HANDLED", "HANDLED"))
            for ended in ("signal 15", "gone", "")
            for handled in (True, None)
        ),
        # One that does so with something else still open: as PID 1 it never ends.
        (
            killed(DIRECT),
            replace(UNDER_INIT, exit_code=143, ended="signal 15", handled=True),
            ("KILLED", "HANDLED"),
        ),
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15", handled=True),
            replace(UNDER_BOTH, exit_code=143, ended="gone", handled=True),
            ("HANDLED", "HANDLED"),
        ),
        # It was seen one way, which tells of the other; or neither way.
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15"),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15", handled=True),
            ("HANDLED", "HANDLED"),
        ),
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15", handled=False),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15"),
            ("DEFAULT", "DEFAULT"),
        ),
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15"),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15"),
            ("none", "none"),
        ),
        # No handler at all needs no watching.
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15", deaf=True),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15", deaf=True),
            ("DEFAULT", "DEFAULT"),
        ),
        (killed(UNDER_NPM), killed(UNDER_BOTH), ("KILLED", "KILLED")),
        # A wrapper that ends and takes the app along: npm round a shell.
        (
            replace(deaf(UNDER_NPM), exit_code=1),
            replace(deaf(UNDER_BOTH), exit_code=143),
            ("SWALLOWED", "SWALLOWED"),
        ),
        # One that ends with 0 is no better; nor is one that passes it on and does not wait.
        (deaf(UNDER_NPM), replace(UNDER_BOTH, ended=""), ("SWALLOWED", "SWALLOWED")),
        # One that does nothing at all.
        (
            deaf(killed(UNDER_NPM)),
            replace(deaf(UNDER_BOTH), exit_code=143),
            ("SWALLOWED", "SWALLOWED"),
        ),
        # The app's end was not caught, only that it came first: the other way tells, or the exit code.
        (
            replace(UNDER_NPM, exit_code=1, ended="gone"),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15", handled=False),
            ("DEFAULT", "DEFAULT"),
        ),
        (
            replace(UNDER_NPM, ended="gone"),
            replace(UNDER_BOTH, exit_code=143, ended="gone", handled=False),
            ("HANDLED", "DEFAULT"),
        ),
        (
            replace(UNDER_NPM, exit_code=1, ended="gone"),
            replace(UNDER_BOTH, exit_code=1, ended="gone"),
            ("none", "none"),
        ),
        # No node inside to watch: an only process is the app; of several, none can be told.
        (
            unseen(DIRECT),
            replace(unseen(UNDER_INIT), exit_code=0),
            ("HANDLED", "HANDLED"),
        ),
        (
            killed(unseen(DIRECT)),
            replace(unseen(UNDER_INIT), exit_code=143),
            ("KILLED", "DEFAULT"),
        ),
        (
            unseen(UNDER_NPM),
            killed(unseen(UNDER_BOTH)),
            ("none", "KILLED"),
        ),
        (
            replace(unseen(DIRECT), processes=()),
            replace(unseen(UNDER_INIT), processes=()),
            ("none", "none"),
        ),
    ],
)
def test_verdicts(plain: Stopped, with_init: Stopped, expected: tuple[str, str]) -> None:
    assert (
        verdict(plain, with_init, init=False),
        verdict(with_init, plain, init=True),
    ) == expected


def test_an_app_without_a_handler_is_told_to_have_one() -> None:
    ignored, default = killed(DIRECT), replace(UNDER_INIT, exit_code=143, ended="signal 15")
    told, seen, remedy = why(ignored, default)
    assert (told, seen) == (
        "had to be killed",
        "as PID 1 the app gets no default action, and it has no handler",
    )
    assert remedy.startswith("handle SIGTERM in the app")
    assert "--init" in remedy
    assert why(default, ignored, init=True)[2].startswith("handle SIGTERM in the app")


def test_an_app_whose_handler_only_sends_the_signal_again_is_not_said_to_have_none() -> None:
    again = replace(UNDER_INIT, exit_code=143, ended="signal 15", handled=True)
    told, seen, remedy = why(killed(DIRECT), again)
    assert (told, seen) == (
        "had to be killed",
        "as PID 1 the app is not ended by SIGTERM, which its handler sends again",
    )
    assert "exit code 0" in remedy
    assert "--init" in remedy
    told, seen, remedy = why(again, killed(DIRECT), init=True)
    assert seen == "a handler took SIGTERM, and the app ended after it as the signal ends one"
    assert remedy == ""


def test_an_app_whose_handler_takes_too_long_is_told_to_end_sooner() -> None:
    told, seen, remedy = why(killed(DIRECT), killed(UNDER_INIT))
    assert (told, seen) == ("had to be killed", "the app got SIGTERM, and had not ended 10 s later")
    assert remedy.startswith("end sooner")
    assert "--stop-timeout" in remedy
    assert "handle SIGTERM" not in remedy
    assert why(killed(UNDER_INIT), killed(DIRECT), init=True) == (told, seen, remedy)


@pytest.mark.parametrize("code", [1, 3, 130, 255])
def test_an_app_whose_handler_failed_has_not_run_to_its_end(code: int) -> None:
    ended = f"exit {code}"
    direct = replace(DIRECT, exit_code=code)
    under_init = replace(UNDER_INIT, exit_code=code, ended=ended)
    under_npm = replace(UNDER_NPM, exit_code=1, ended=ended)  # of npm itself it is the app's end that counts
    for seen, other, init in (
        (direct, under_init, False),
        (under_init, direct, True),
        (under_npm, replace(UNDER_BOTH, exit_code=1, ended=ended), False),
        (replace(unseen(UNDER_INIT), exit_code=code), unseen(direct), True),
    ):
        told, words, remedy = why(seen, other, init=init)
        assert told == "the app ended with a failure"
        assert words == f"the app ended by itself after SIGTERM: {ended}"
        assert "exit code 0" in remedy


def test_a_wrapper_that_swallows_the_signal_is_named() -> None:
    swallowed = replace(deaf(UNDER_NPM), exit_code=1)
    told, seen, remedy = why(swallowed, deaf(UNDER_BOTH))
    assert told == "wrapper swallowed it"
    assert seen == "'npm start' did not pass SIGTERM on to the app and ended with exit code 1"
    assert 'CMD ["node", "index.js"]' in remedy


@pytest.mark.parametrize("ended", ["exit 0", "signal 15"])
def test_an_app_that_ended_under_a_wrapper_that_did_not_is_no_app_that_ran_on(ended: str) -> None:
    told, seen, remedy = why(replace(killed(UNDER_NPM), ended=ended), UNDER_BOTH)
    assert told == "had to be killed"
    assert seen == "the app ended on SIGTERM, but what started it ran on for 10 s"
    assert remedy.startswith("start the app itself")


@pytest.mark.parametrize("ended", ["gone", "signal 9"])  # as SIGKILL leaves it, which took the wrapper too
def test_what_was_killed_with_its_wrapper_has_not_ended_by_itself(ended: str) -> None:
    assert "had not ended 10 s later" in why(replace(killed(UNDER_NPM), ended=ended), killed(UNDER_BOTH))[1]
