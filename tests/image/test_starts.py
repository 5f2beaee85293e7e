from __future__ import annotations

import pytest

from imagematrix.image.files import FileSystem
from imagematrix.image.health import health
from imagematrix.image.rights import Amiss
from imagematrix.image.starts import starts
from imagematrix.model import How, Measurement
from tests.image.made_files import by_name, config, file, image, link, program, subject, system

CONFIG = config(workdir="/app", env=("PATH=/opt/bin:/usr/bin:/bin",))


def having(first: str, *, path: str = "/app/check.sh") -> FileSystem:
    """An Alpine of sorts, with one script that begins so."""
    return system(
        program("/bin/busybox"),
        link("/bin/sh", "busybox"),
        link("/usr/bin/env", "/bin/busybox"),
        program("/usr/bin/node"),
        program("/app/nested"),
        program("/app/loop"),
        program(path),
        texts={path: first, "/app/nested": "#!/bin/bash\n", "/app/loop": "#!/app/loop\n"},
    )


def started(first: str) -> Amiss:
    return starts(having(first), CONFIG, "./check.sh")


@pytest.mark.parametrize(
    "first",
    [
        "#!/bin/sh\n",
        "#! \t/bin/sh -e \nexit 0\n",
        "#!/bin/sh",
        "#!/usr/bin/env node\n",
        "#!/usr/bin/env -S node --no-warnings\n",
        "\x7fELF",
        "exit 0\n",  # a shell takes it for its own
    ],
)
def test_a_script_is_started_by_what_its_first_line_names(first: str) -> None:
    assert started(first) == Amiss()


@pytest.mark.parametrize(
    ("first", "missing"),
    [
        ("#!/bin/bash\necho\n", "/bin/bash"),
        ("#!/bin/sh\r\necho\r\n", r"/bin/sh\r"),
        ("#!/usr/bin/env python3\n", "python3"),
        ("#!/usr/bin/env node --no-warnings\n", "node --no-warnings"),  # all one argument
        ("#!/usr/bin/env -S python3 -u\n", "python3"),
    ],
)
def test_what_the_first_line_names_has_to_be_there(first: str, missing: str) -> None:
    why_not = f"{missing} is not in the image, and the first line of /app/check.sh names it"
    assert started(first) == Amiss(why_not=why_not)


def test_a_script_may_be_started_by_a_script() -> None:
    assert started("#!/app/nested\n").why_not.startswith(
        "/bin/bash is not in the image, and the first line of /app"
    )


@pytest.mark.parametrize(
    "first",
    [
        "#!\n",
        "#!bin/sh\n",
        "#!/usr/bin/env\n",
        "#!/usr/bin/env -i python3\n",
        "#!/usr/bin/env A=1 python3\n",
        "#!/usr/bin/env -S A=1 python3\n",
        "#!/usr/bin/env -S\n",
        "#!/app/loop\n",
        "#!/" + "x" * 253,
    ],
)
def test_a_first_line_that_is_not_plain_says_nothing(first: str) -> None:
    amiss = started(first)
    assert amiss.doubt.endswith(" starts is not looked into")
    assert not amiss.why_not


def test_a_program_that_is_not_there_is_told_from_one_that_nobody_may_run() -> None:
    files = system(file("/app/check.js"))
    assert starts(files, CONFIG, "curl").why_not == "curl is not in the image"
    assert starts(files, CONFIG, "/curl").why_not == "/curl is not in the image"
    assert starts(files, CONFIG, "./check.js").why_not == "./check.js is not executable"
    assert starts(files, CONFIG, "").why_not == "a program without a name is not in the image"


def test_a_program_that_the_user_may_not_run_is_passed_over_on_the_path() -> None:
    both = system(file("/opt/bin/curl", mode=0o700), program("/usr/bin/curl"))
    user = config(env=CONFIG.env, user="1000")
    assert starts(both, user, "curl") == Amiss()
    assert starts(both, user, "/opt/bin/curl").why_not == "user 1000 may not run /opt/bin/curl"


def can_run(first: str, *healthcheck: str) -> Measurement:
    of = image(runs_as=config(healthcheck=healthcheck, workdir="/app"))
    return by_name(health(subject(having(first), of=of)))["healthcheck_can_run"]


@pytest.mark.parametrize(
    "healthcheck",
    [("CMD", "./check.sh"), ("CMD-SHELL", "./check.sh || exit 1"), ("CMD-SHELL", "/app/check.sh")],
)
def test_a_health_check_that_is_a_script_needs_what_starts_it(healthcheck: tuple[str, ...]) -> None:
    found = can_run("#!/bin/bash\n", *healthcheck)
    assert (found.how, found.value) == (How.EXACT, False)
    assert found.reason == "/bin/bash is not in the image, and the first line of /app/check.sh names it"
    assert can_run("#!/bin/sh\n", *healthcheck).value is True
    assert can_run("#!sh\n", *healthcheck).how is How.UNAVAILABLE


def test_a_script_that_a_shell_is_given_needs_no_first_line() -> None:
    assert can_run("#!/bin/bash\n", "CMD", "sh", "./check.sh").value is True
