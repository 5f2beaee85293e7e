from __future__ import annotations

import pytest

from imagematrix.image.health import health
from imagematrix.image.rights import READ, Amiss, may
from imagematrix.model import How, Measurement
from tests.image.made_files import by_name, config, file, folder, image, link, program, subject, system

FILES = system(
    program("/usr/local/bin/node"),
    file("/usr/bin/own", mode=0o700),
    program("/x/open.sh"),
    file("/x/open.js"),
    file("/x/root.js", mode=0o600),
    file("/x/group.js", mode=0o640),
    file("/x/theirs.js", mode=0o600, uid=1000),
    file("/x/not-theirs.js", mode=0o044, uid=1000),
    file("/x/run.sh", mode=0o711),
    folder("/shut", mode=0o700),
    file("/shut/open.js"),
    link("/way.js", "shut/open.js"),
    folder("/some", mode=0o750),
    file("/some/open.js"),
    texts={
        "/etc/passwd": "root:x:0:0::/root:/bin/sh\nbroken\nnode:x:1000:1000::/home/node:/bin/sh\n",
        "/x/run.sh": "#!/usr/local/bin/node\n",
    },
)


def read(path: str, user: str, word: str = "/") -> Amiss:
    return may(FILES, config(user=user), path, READ, word=word)


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "root:node"])
def test_root_may_all(user: str) -> None:
    assert read("/shut/open.js", user) == read("/x/root.js", user) == Amiss()


@pytest.mark.parametrize("user", ["1000", "1000:0", "node", "node:node"])
def test_owner_and_mode_tell_what_a_user_may(user: str) -> None:
    name = user.partition(":")[0]
    assert read("/x/open.js", user) == read("/x/theirs.js", user) == Amiss()
    assert read("/x/root.js", user) == Amiss(why_not=f"user {name} may not read /x/root.js")
    assert read("/x/not-theirs.js", user) == Amiss(why_not=f"user {name} may not read /x/not-theirs.js")
    assert read("/shut/open.js", user) == Amiss(why_not=f"user {name} may not go into /shut")
    assert read("/way.js", user) == Amiss(why_not=f"user {name} may not go into /shut")


@pytest.mark.parametrize(
    ("path", "user", "doubt"),
    [
        ("/x/group.js", "1000", "whether user 1000 may read /x/group.js"),
        ("/some/open.js", "1000", "whether user 1000 may go into /some"),
        ("/x/theirs.js", "who", "whether user who may read /x/theirs.js"),
    ],
)
def test_what_hangs_on_groups_or_on_an_unknown_user_is_not_known(path: str, user: str, doubt: str) -> None:
    assert read(path, user) == Amiss(doubt=f"{doubt} is not known")
    assert read("/x/open.js", "who") == Amiss()


def test_a_folder_that_a_command_is_started_in_may_be_held_open() -> None:
    assert read("/shut/open.js", "1000", "open.js").doubt.startswith("whether user 1000 may go into /shut")
    assert read("/x/root.js", "1000", "root.js").why_not


def can_run(*healthcheck: str, user: str = "1000") -> Measurement:
    of = image(runs_as=config(healthcheck=healthcheck, workdir="/x", user=user))
    return by_name(health(subject(FILES, of=of)))["healthcheck_can_run"]


@pytest.mark.parametrize(
    ("healthcheck", "why"),
    [
        (("CMD", "node", "/x/root.js"), "user 1000 may not read /x/root.js"),
        (("CMD", "node", "root"), "user 1000 may not read /x/root.js"),
        (("CMD", "node", "/shut/open.js"), "user 1000 may not go into /shut"),
        (("CMD", "own"), "user 1000 may not run /usr/bin/own"),
        (("CMD", "/usr/bin/own"), "user 1000 may not run /usr/bin/own"),
        (("CMD", "./run.sh"), "user 1000 may not read /x/run.sh"),  # as its interpreter must
    ],
)
def test_a_health_check_needs_what_its_user_may_have(healthcheck: tuple[str, ...], why: str) -> None:
    found = can_run(*healthcheck)
    assert (found.how, found.value, found.reason) == (How.EXACT, False, why)
    assert can_run(*healthcheck, user="").value is True


def test_of_a_health_check_whose_rights_are_not_known_nothing_is_said() -> None:
    for words in (("node", "group.js"), ("node", "--unheard-of", "root.js")):
        found = can_run("CMD", *words)
        assert (found.how, found.reason[:7]) == (
            How.UNAVAILABLE,
            "whether" if words[1] == "group.js" else "user 10",
        )
    assert can_run("CMD", "node", "open.js").value is True
