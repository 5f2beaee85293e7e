from __future__ import annotations

import pytest

from imagematrix.image.files import Entry
from imagematrix.image.managers import package_managers
from tests.image.made_files import config, file, link, program, system


def found(*entries: Entry, path: str = "/usr/local/bin:/usr/bin", workdir: str = "/app") -> tuple[str, ...]:
    return package_managers(system(*entries), config(env=(f"PATH={path}",), workdir=workdir))


@pytest.mark.parametrize(
    "path",
    [
        "/opt/yarn-v1.22.22/bin/yarn",
        "/sbin/apk",
        "/rootfs/usr/bin/apt-get",
        "/opt/venv/bin/pip",
        "/root/.bun/bin/bun",
        "/root/.local/share/pnpm/pnpm",
        "/opt/node-v24.0.0/lib/npm/npm",
    ],
)
def test_a_program_on_no_path_is_found_where_such_are_kept(path: str) -> None:
    assert found(program(path)) == (path,)
    assert found(file(path)) == ()  # nobody may run it


@pytest.mark.parametrize(
    ("mark", "package"),
    [
        ("/usr/local/lib/node_modules/npm/package.json", "/usr/local/lib/node_modules/npm"),
        ("/usr/lib/node_modules/corepack/package.json", "/usr/lib/node_modules/corepack"),
        (
            "/root/.nvm/versions/node/v24.1.0/lib/node_modules/pnpm/package.json",
            "/root/.nvm/versions/node/v24.1.0/lib/node_modules/pnpm",
        ),
        (
            "/root/.config/yarn/global/node_modules/npm/package.json",
            "/root/.config/yarn/global/node_modules/npm",
        ),
        (
            "/root/.local/share/pnpm/global/5/node_modules/yarn/package.json",
            "/root/.local/share/pnpm/global/5/node_modules/yarn",
        ),
        ("/usr/share/nodejs/npm/package.json", "/usr/share/nodejs/npm"),
        ("/root/.cache/node/corepack/v1/pnpm/9.1.0/package.json", "/root/.cache/node/corepack/v1/pnpm"),
        ("/root/.cache/node/corepack/yarn/1.22.22/package.json", "/root/.cache/node/corepack/yarn"),
        ("/usr/share/corepack/v1/yarn/4.1.0/.corepack", "/usr/share/corepack/v1/yarn"),
    ],
)
def test_a_package_that_is_installed_globally_is_found_without_a_link(mark: str, package: str) -> None:
    assert found(file(mark)) == (package,)


def test_what_is_on_the_path_is_named_once_and_by_its_link() -> None:
    npm = "/usr/local/lib/node_modules/npm"
    entries = (
        file(f"{npm}/package.json"),
        program(f"{npm}/bin/npm-cli.js"),
        program(f"{npm}/bin/npm"),
        link("/usr/local/bin/npm", "../lib/node_modules/npm/bin/npm-cli.js"),
        program("/opt/yarn-v1.22.22/bin/yarn"),
        link("/usr/local/bin/yarn", "/opt/yarn-v1.22.22/bin/yarn"),
        link("/bin", "usr/bin"),
        program("/usr/bin/apt"),
    )
    assert found(*entries) == ("/usr/bin/apt", "/usr/local/bin/npm", "/usr/local/bin/yarn")
    # Where the links are on no PATH, they are named all the same, and so is what they lead to if it is a program.
    assert found(*entries, path="/app/bin") == (
        "/opt/yarn-v1.22.22/bin/yarn",
        "/usr/bin/apt",
        "/usr/local/bin/npm",
        "/usr/local/bin/yarn",
    )
    without_links = [entry for entry in entries if not entry.path.startswith("/usr/local/bin/")]
    assert found(*without_links) == ("/opt/yarn-v1.22.22/bin/yarn", "/usr/bin/apt", npm)


@pytest.mark.parametrize(
    "entries",
    [
        (file("/app/node_modules/npm/package.json"), program("/app/node_modules/npm/bin/npm")),
        (link("/app/node_modules/.bin/npm", "../npm/bin/npm"), program("/app/node_modules/npm/bin/npm")),
        (file("/srv/lib/package.json"), file("/srv/lib/node_modules/npm/package.json")),
        (file("/app/node_modules/x/lib/node_modules/npm/package.json"),),
        (file("/usr/local/lib/node_modules/pm2/node_modules/yarn/package.json"),),
        (file("/usr/local/lib/node_modules/npm-check/package.json"),),
        (program("/usr/share/bash-completion/completions/apt"), program("/etc/cron.daily/dpkg")),
        (file("/app/packages/npm/x/package.json"),),
        (link("/opt/x/bin/npm", "../gone"),),
    ],
)
def test_a_dependency_of_an_app_and_what_is_merely_called_so_are_none(entries: tuple[Entry, ...]) -> None:
    assert found(*entries) == ()


def test_an_app_whose_own_folder_is_called_lib_has_dependencies() -> None:
    assert found(file("/app/lib/node_modules/npm/package.json"), workdir="/app/lib/") == ()
