from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.probes.signals import Signal, parse
from imagematrix.probes.stop import Stopped, judge, measures, stop_signal


def signal(name: str) -> Signal:
    found = parse(name)
    assert found is not None
    return found


INIT = "/sbin/docker-init -- node index.js"
DIRECT = Stopped(
    signal=signal("SIGTERM"),
    set_as="",
    seconds=0.4,
    exit_code=0,
    in_time=True,
    processes=("node index.js",),
    above=(),
    deaf=False,
    heard=False,
    ended="",
)
# One app under each way of being started, as a watcher sees it where all goes well.
UNDER_INIT = replace(DIRECT, processes=(INIT, "node index.js"), above=(INIT,), heard=True, ended="exit 0")
UNDER_NPM = replace(DIRECT, processes=("npm start", "node"), above=("npm start",), heard=True, ended="exit 0")
UNDER_BOTH = replace(UNDER_NPM, processes=(INIT, "npm start", "node"), above=("npm start", INIT))


def killed(seen: Stopped) -> Stopped:
    return replace(seen, exit_code=137, in_time=False, ended="")


def deaf(seen: Stopped) -> Stopped:
    return replace(seen, heard=False, ended="")


def unseen(seen: Stopped) -> Stopped:
    return replace(seen, above=None, heard=False, ended="")


def verdict(seen: Stopped, other: Stopped, *, init: bool) -> str:
    judged = judge(seen, init=init, other=other)
    return "none" if isinstance(judged, str) else judged[0].name


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
            replace(UNDER_NPM, exit_code=1, ended="signal 15"),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15"),
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
            replace(UNDER_BOTH, exit_code=143, ended="signal 15"),
            ("DEFAULT", "DEFAULT"),
        ),
        (
            replace(UNDER_NPM, ended="gone"),
            replace(UNDER_BOTH, exit_code=143, ended="gone"),
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


def why(seen: Stopped, other: Stopped, *, init: bool = False) -> tuple[str, str, str]:
    """The verdict, what was seen and the remedy."""
    told = measures(seen, init=init, other=other)[-1]
    seen_words, _, remedy = told.reason.partition("; ")
    return str(told.value), seen_words, remedy


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


# --- other signals than SIGTERM ---


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
    gone = by("SIGINT", replace(UNDER_BOTH, exit_code=130, ended="gone"))
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
