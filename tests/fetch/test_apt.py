"""Downloads by apt, with a program in apt's place that serves a folder: no network, no real archive."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from imagematrix.errors import FetchError
from imagematrix.fetch import apt
from imagematrix.fetch.apt_sources import Archive

# Does what apt-get does with `update`, `--print-uris download` and `download`, from the folder $POOL.
FAKE_APT = """#!/bin/sh
echo "$@" >> "$POOL/calls"
case "$*" in
  *update*)
    [ -e "$POOL/offline" ] || exit 0
    echo "W: something harmless" >&2
    echo "E: Failed to fetch http://m.test/InRelease  Could not resolve 'm.test'" >&2
    echo "E: Some index files failed to download." >&2
    exit 100;;
esac
print=no
for word; do
  case "$word" in
    --print-uris) print=yes; continue;; -*|*/*|download) continue;;
  esac
  file=$(cd "$POOL" && ls "$word"_*.deb 2>/dev/null) || { echo "E: Unable to locate package $word" >&2; exit 100; }
  if [ $print = yes ]; then
    echo "'http://m.test/$file' $file 3 SHA256:$(sha256sum "$POOL/$file" | cut -d' ' -f1)"
  else
    cp "$POOL/$file" .
  fi
done
"""


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the stand-in apt serves; its `calls` file tells what it was asked."""
    programs, pool = tmp_path / "bin", tmp_path / "pool"
    programs.mkdir()
    pool.mkdir()
    for name, text in {"apt-get": FAKE_APT, "dpkg": "#!/bin/sh\necho amd64\n"}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (pool / "tool_1.0_amd64.deb").write_text("one")
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(apt, "_APT_GET", str(programs / "apt-get"))
    monkeypatch.setenv("POOL", str(pool))
    archive = Archive(uri="http://m.test/d", suite="here", keyring="/k", updates=False, security_uri="")
    monkeypatch.setattr(apt, "debian_archive", lambda: archive)
    return pool


def calls(pool: Path, word: str) -> int:
    lines = (pool / "calls").read_text().splitlines()
    return sum(word in line and "--print-uris" not in line for line in lines)


def test_a_package_lands_in_the_cache_and_is_reused(pool: Path, tmp_path: Path) -> None:
    (path,) = apt.fetch_debs(["tool"], suite="", cache=tmp_path / "cache")
    assert path == tmp_path / "cache" / "apt" / "debs" / "tool_1.0_amd64.deb"
    assert path.read_text() == "one"
    assert apt.fetch_debs(["tool"], suite="", cache=tmp_path / "cache") == (path,)
    assert (calls(pool, "update"), calls(pool, " download")) == (1, 1)


def test_a_damaged_file_is_fetched_again(pool: Path, tmp_path: Path) -> None:
    (path,) = apt.fetch_debs(["tool"], suite="", cache=tmp_path)
    path.write_text("two")
    apt.fetch_debs(["tool"], suite="", cache=tmp_path)
    assert path.read_text() == "one"
    assert calls(pool, " download") == 2


def test_suites_have_their_own_index(pool: Path, tmp_path: Path) -> None:
    apt.fetch_debs(["tool"], suite="there", cache=tmp_path)
    apt.fetch_debs(["tool"], suite="", cache=tmp_path)
    assert calls(pool, "update") == 2
    assert "http://m.test/d there main" in (tmp_path / "apt" / "there" / "sources.list").read_text()


def test_offline_says_what_apt_said(pool: Path, tmp_path: Path) -> None:
    (pool / "offline").touch()
    with pytest.raises(FetchError) as caught:
        apt.fetch_debs(["tool"], suite="there", cache=tmp_path)
    assert caught.value.what == (
        "the package index of there could not be fetched: "
        "Failed to fetch http://m.test/InRelease  Could not resolve 'm.test'"
    )
    assert "apt-get update" in caught.value.next_step


def test_offline_with_everything_in_the_cache(
    pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = apt.fetch_debs(["tool"], suite="", cache=tmp_path)
    (pool / "offline").touch()
    monkeypatch.setattr(apt, "_INDEX_FRESH_SECONDS", -1.0)
    assert apt.fetch_debs(["tool"], suite="", cache=tmp_path) == before
    assert calls(pool, "update") == 2


def test_an_unknown_package(pool: Path, tmp_path: Path) -> None:
    with pytest.raises(
        FetchError, match=r"nothing of here could not be fetched: Unable to locate package nothing"
    ):
        apt.fetch_debs(["nothing"], suite="", cache=tmp_path)
    assert not list((tmp_path / "apt" / "debs").iterdir())
    assert calls(pool, " download") == 0


def test_the_machines_hooks_do_not_run(pool: Path, tmp_path: Path) -> None:
    apt.fetch_debs(["tool"], suite="", cache=tmp_path)
    configuration = (tmp_path / "apt" / "here" / "apt.conf").read_text()
    assert "#clear APT::Update::Post-Invoke;" in configuration
    assert f'Dir::State::Lists "{tmp_path}/apt/here/lists";' in configuration
    assert calls(pool, "apt.conf") == 2


def test_sources_lines_name_the_suite_and_the_key(pool: Path) -> None:
    assert pool.is_dir()
    assert apt.sources_lines("there") == "deb [signed-by=/k] http://m.test/d there main\n"
    assert apt.sources_lines("") == "deb [signed-by=/k] http://m.test/d here main\n"


def test_unpacking(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: tool\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@t.test>\nDescription: t\n"
    )
    (tree / "opt").mkdir()
    (tree / "opt" / "program").write_text("#!/bin/sh\n")
    (tree / "opt" / "program").chmod(0o755)
    deb = tmp_path / "tool.deb"
    subprocess.run(["dpkg-deb", "--build", str(tree), str(deb)], check=True, capture_output=True)
    apt.unpack_debs([deb], tmp_path / "into")
    program = tmp_path / "into" / "opt" / "program"
    assert program.read_text() == "#!/bin/sh\n"
    assert program.stat().st_mode & 0o777 == 0o755


def test_unpacking_what_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "bad.deb").write_text("not a package")
    with pytest.raises(FetchError, match=r"bad\.deb does not unpack"):
        apt.unpack_debs([tmp_path / "bad.deb"], tmp_path / "into")
