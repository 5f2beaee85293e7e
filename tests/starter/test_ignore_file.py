"""What the .dockerignore that is written leaves out of the build context, and what it does not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.image import secrets
from imagematrix.starter import App, read_app, starter_files
from tests.starter.apps import app


@pytest.fixture
def plain(tmp_path: Path) -> App:
    return read_app(app(tmp_path / "shop", package={"main": "server.js"}, server__js=""))


def written(found: App) -> str:
    (text,) = [
        each.text
        for each in starter_files(found, matrix="variants.yml", context=".", dockerfile=False)
        if each.path.name == ".dockerignore"
    ]
    return text


def ignored(text: str, path: str) -> bool:
    """Whether a builder leaves a file out: the last line that fits it, or a folder that it is in, decides.

    As https://docs.docker.com/build/concepts/context/#dockerignore-files has it.
    """
    out = False
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = re.escape(line.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(rf"{pattern}(?:/.*)?", path):
            out = not line.startswith("!")
    return out


LEFT_OUT = (
    *(".env", ".env.local", ".env.production", "api/.env", ".envrc", ".npmrc", "api/.npmrc", ".yarnrc.yml"),
    *(
        "id_rsa",
        "deploy/id_ed25519",
        "id_rsa.pub",
        "server.key",
        "certs/server.pem",
        "a.p12",
        "a.pfx",
        "a.jks",
    ),
    *(".git/config", "packages/a/.git", ".ssh/config", ".aws/credentials", ".docker/config.json", ".netrc"),
    *(
        ".git-credentials",
        ".htpasswd",
        ".pgpass",
        ".kube/config",
        "service-account-1.json",
        "release.keystore",
    ),
    *(
        "node_modules/a/b.js",
        "packages/a/node_modules/b",
        "npm-debug.log",
        "logs/a.log",
        "tsconfig.tsbuildinfo",
    ),
    *(
        "test/a.js",
        "src/__tests__/a.js",
        "src/a.test.ts",
        "coverage/a",
        ".github/x",
        ".vscode/x",
        ".DS_Store",
    ),
    *(
        "Dockerfile",
        "Dockerfile.dev",
        "dockerfiles/alpine.Dockerfile",
        "compose.yaml",
        "docker-compose.dev.yml",
    ),
    *("results/1/run.json", "variants.yml", "tasks.py", ".venv/bin/python", "lib/__pycache__/x"),
)
SENT = (
    *(
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "pnpm-workspace.yaml",
        "tsconfig.json",
    ),
    *(
        "server.js",
        "src/server.ts",
        "dist/server.js",
        "build/a.js",
        "public/index.html",
        "views/a.ejs",
        "bin/www",
    ),
    *(
        ".env.example",
        "api/.env.schema",
        ".env.defaults",
        "src/results/a.js",
        "src/test/a.js",
        "spec/api.yaml",
    ),
    *("prisma/schema.prisma", ".yarn/releases/yarn-4.cjs", "vendor/a-1.0.0.tgz", "a-1.0.0.tgz", "README.md"),
    *("src/keys.js", "src/environment.js", "locales/en.json", "next.config.js", ".babelrc", ".sequelizerc"),
)


@pytest.mark.parametrize("path", LEFT_OUT)
def test_no_image_gets_it(plain: App, path: str) -> None:
    assert ignored(written(plain), path)


@pytest.mark.parametrize("path", SENT)
def test_an_app_may_need_it(plain: App, path: str) -> None:
    assert not ignored(written(plain), path)


def test_what_the_installation_reads_is_sent(plain: App) -> None:
    text = written(replace(plain, private=(".npmrc",)))
    assert not ignored(text, ".npmrc")
    assert ignored(text, "packages/a/.npmrc")


def test_the_folder_of_the_file_that_is_started_is_sent(plain: App) -> None:
    text = written(replace(plain, command=("test/server.js",)))
    assert (ignored(text, "test/server.js"), ignored(text, "tests/a.js")) == (False, True)


def test_what_a_finding_would_name_is_left_out(plain: App) -> None:
    """The reader of images has its own list: what it calls a secret by its name does not come in."""
    told = written(plain)
    for name in (
        ".env",
        ".env.local",
        ".git-credentials",
        "_netrc",
        ".pypirc",
        "id_ecdsa",
        "tls.ppk",
        ".my.cnf",
    ):
        assert any(pattern.search(f"/{name}") for pattern, _ in secrets._NAMES), name
        assert ignored(told, name)
        assert ignored(told, f"a/{name}")
