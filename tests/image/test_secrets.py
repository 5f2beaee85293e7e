from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.image.files import Entry, Kind
from imagematrix.image.secrets import secret_files, why
from imagematrix.model import How
from tests.image.made_files import file, image, layer, link, rows, subject, system

TOKEN = b"//registry.example/:_authToken=0123\n"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/app/.env", "environment file"),
        ("/.env.production.local", "environment file"),
        ("/app/.envrc", "environment file"),
        ("/root/.git-credentials", "Git's passwords"),
        ("/root/.netrc", "passwords of hosts"),
        ("/home/node/.aws/credentials", "keys of a cloud account"),
        ("/root/.docker/config.json", "logins of registries"),
        ("/root/.kube/config", "keys of a cluster"),
        ("/root/.ssh/id_ed25519", "SSH private key"),
        ("/app/id_rsa", "SSH private key"),
        ("/etc/ssh/ssh_host_ed25519_key", "SSH private key"),
        ("/app/certs/server-key.pem", "private key"),
        ("/app/certs/key.pem", "private key"),
        ("/etc/ssl/private/privkey.pem", "private key"),
        ("/app/private_key.pem", "private key"),
        ("/app/tls.key", "private key"),
        ("/app/store.p12", "private key"),
        # Not secret, or not sure to be.
        ("/app/.env.example", ""),
        ("/app/.env.local.sample", ""),
        ("/app/env.js", ""),
        ("/app/.environment", ""),
        ("/app/.env.d/x", ""),
        ("/root/.ssh/id_rsa.pub", ""),
        ("/root/.ssh/known_hosts", ""),
        ("/etc/ssh/ssh_host_ed25519_key.pub", ""),
        ("/app/certs/cert.pem", ""),
        ("/app/public.key", ""),
        ("/app/credentials", ""),
        ("/app/config.json", ""),
        ("/app/monkey.pem", ""),
        ("/app/node_modules/tls/test/key.pem", ""),
        ("/usr/share/keyrings/x.key", ""),
        ("/etc/apk/keys/alpine@example.rsa.pub", ""),
    ],
)
def test_names_tell(path: str, reason: str) -> None:
    assert why(file(path), {}) == reason


def test_what_is_empty_or_no_file_holds_nothing() -> None:
    assert why(file("/app/.env", 0), {}) == ""
    assert why(link("/app/.env", "/x"), {}) == ""
    assert why(Entry("/app/.env", Kind.WHITEOUT, 0, 0, 0, "", ""), {}) == ""


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (TOKEN, True),
        (b"save-exact=true\n" + TOKEN, True),
        (b"//r.example/:_authToken = 'abc'\n", True),
        (b"_auth=abc\n", True),
        (b"//r.example/:_password=abc", True),
        (b"save-exact=true\n", False),
        (b"//r.example/:_authToken=${NPM_TOKEN}\n", False),
        (b'//r.example/:_authToken="${NPM_TOKEN}"\n', False),
        (b"//r.example/:_authToken=\nx=y\n", False),
        (b"# " + TOKEN, False),
        (b";" + TOKEN, False),
        (b"always-auth=true\n", False),
    ],
)
def test_an_npmrc_is_secret_when_it_has_a_token(text: bytes, secret: bool) -> None:
    path = "/app/.npmrc"
    assert bool(why(file(path, len(text)), {path: text})) is secret


def test_one_that_was_not_read_is_none() -> None:
    assert why(file("/app/.npmrc"), {}) == ""


def test_without_layers_the_view_tells_and_the_base_is_left_out() -> None:
    base = system(file("/root/.netrc", 5), file("/etc/x.key", 5))
    files = system(file("/root/.netrc", 5), file("/etc/x.key", 6), file("/app/.env", 3))
    (found,) = secret_files(subject(files, base=base))
    assert found.how is How.ESTIMATED  # it is that at least
    assert rows(found) == (
        ("/app/.env", 0, "", True, "environment file"),
        ("/etc/x.key", 0, "", True, "private key"),
    )
    assert found.reason.startswith("names of files that a container sees; ")
    assert "--deep" in found.reason


def test_in_layers_what_is_deleted_or_overwritten_is_found_too() -> None:
    gone = Entry("/app/id_rsa", Kind.WHITEOUT, 0, 0, 0, "", "")
    below = layer(file("/base.key", 1))
    brought = replace(
        layer(file("/app/id_rsa", 9), file("/app/.env", 5), file("/app/.npmrc", len(TOKEN))),
        texts={"/app/.npmrc": TOKEN},
    )
    cleaned = replace(
        layer(gone, file("/app/.env", 6), file("/app/.npmrc", 2)), texts={"/app/.npmrc": b"x\n"}
    )
    made = image(("ADD rootfs", 1), ("COPY . /app", 9), ("RUN rm\x1b", 8))
    made = replace(made, layers=(replace(made.layers[0], from_base=True), *made.layers[1:]))
    view = system(file("/base.key", 1), file("/app/.env", 6), file("/app/.npmrc", 2))
    (found,) = secret_files(subject(view, of=made, layers=(below, brought, cleaned)))
    assert rows(found) == (
        ("/app/.env", 2, "COPY . /app", False, "environment file"),
        ("/app/.env", 3, "RUN rm\\x1b", True, "environment file"),
        ("/app/.npmrc", 2, "COPY . /app", False, "token of a package registry"),
        ("/app/id_rsa", 2, "COPY . /app", False, "SSH private key"),
    )
    assert found.how is How.EXACT
    assert "--deep" not in found.reason


def test_no_more_than_fifty_are_listed_and_that_is_said() -> None:
    (found,) = secret_files(subject(system(*(file(f"/app/{n}.key") for n in range(60)))))
    assert len(rows(found)) == 50
    assert "the first 50 of 60" in found.reason


def test_no_secret_is_an_answer_and_no_files_are_none() -> None:
    (none,) = secret_files(subject(system(file("/app/index.js"))))
    assert (none.measured, rows(none)) == (True, ())
    (unknown,) = secret_files(subject(None))
    assert (unknown.how, unknown.reason) == (How.UNAVAILABLE, "no node inside")


def test_a_hostile_name_is_shown_harmless() -> None:
    (found,) = secret_files(subject(system(file("/app/\x1b[2J.key"))))
    assert rows(found)[0][0] == "/app/\\x1b[2J.key"
