from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive, settings
from imagematrix.commands.advise import recommend
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.errors import InputError
from imagematrix.model import Run, RunStatus, Status, exact
from imagematrix.report.console import Look
from imagematrix.report.progress import Progress
from tests import made
from tests.verdicts.advised import MB, over_budget, variant

Do = Callable[..., Outcome]
RUN = made.run(variant("small", download=10 * MB), variant("large", download=90 * MB, shells=("sh",)))


def no_progress() -> Progress:
    raise AssertionError("an advice has no progress to tell")


def keep(folder: Path, run: Run) -> None:
    archive.open_run(folder / "results", run.id).save(run)


@pytest.fixture
def do(tmp_path: Path) -> Do:
    def doing(*, as_json: bool = False, **flags: object) -> Outcome:
        resolved = settings.resolve({}, {"file": str(tmp_path / "variants.yml"), **flags})
        look = Look(width=120, color=False)
        return recommend(resolved, Show(look=look, json=as_json, dry=False, progress=no_progress))

    return doing


def test_it_advises_the_three_users_of_the_latest_run(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, RUN)
    done = do()
    assert done.exit_code == 0
    assert "production and security: small" in done.text
    assert "smallest: small" in done.text
    assert "development and debugging: large" in done.text


def test_constraints_make_one_advice(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, RUN)
    done = do(max_download="50MB", no_shell=True)
    assert "your constraints: small" in done.text
    assert "large: out: has a shell (sh); 90.0 MB to download is 40.0 MB over 50MB" in done.text
    assert "production" not in done.text


def test_where_no_variant_is_left_the_exit_code_is_1(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, RUN)
    done = do(max_download="1MB")
    assert (done.exit_code, "your constraints: none" in done.text) == (1, True)
    assert "small comes nearest: 10.0 MB to download is 9.00 MB over 1MB" in " ".join(done.text.split())
    assert do(max_download="1MB", as_json=True).exit_code == 1


def test_a_run_in_which_none_passed_ends_with_1_and_a_sentence(tmp_path: Path, do: Do) -> None:
    failed = made.result(status=Status.FAILED, reason="smoke: no answer")
    keep(tmp_path, replace(RUN, status=RunStatus.FAILED, results=(failed,)))
    done = do()
    assert done.exit_code == 1
    assert done.text.startswith(f"no variant of run {RUN.id} passed, so none can be chosen\n")


def test_a_run_that_measured_nothing_is_bad_input_with_the_next_step(tmp_path: Path, do: Do) -> None:
    """As `invoke smoke` leaves it."""
    first = exact("first_response_seconds", 0.2, unit="seconds", method="one start")
    keep(tmp_path, replace(RUN, results=(replace(made.result(), measurements=(first,)),)))
    for flags in ({}, {"max_download": "1MB"}, {"as_json": True}):
        with pytest.raises(InputError, match="measured nothing") as caught:
            do(**flags)
        assert "`invoke matrix`" in caught.value.next_step


def test_a_run_that_broke_budgets_alone_is_weighed(tmp_path: Path, do: Do) -> None:
    over = [over_budget(result, "too large") for result in RUN.results]
    keep(tmp_path, replace(RUN, status=RunStatus.FAILED, results=tuple(over)))
    done = do()
    assert done.exit_code == 0  # for the other two there is one
    assert "production and security: none" in done.text
    assert "smallest: small" in done.text
    assert "breaks its own budget max_0: too large" in done.text
    assert do(max_download="50MB").exit_code == 0


def test_json_is_the_advice_of_that_run(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, RUN)
    told = json.loads(do(as_json=True).text)
    assert told["run"] == RUN.id
    assert [each["choice"] for each in told["advice"]] == ["small", "small", "large"]


def test_no_runs_are_bad_input(do: Do) -> None:
    with pytest.raises(InputError):
        do()


def test_a_limit_that_cannot_be_read_is_bad_input(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, RUN)
    with pytest.raises(InputError, match="60Mb"):
        do(max_download="60Mb")
