"""Whose archive is Debian's, in every form that apt's sources take."""

from __future__ import annotations

from imagematrix.fetch.apt_sources import Archive, Source, archive_lines, choose, parse_deb822, parse_list

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_one_line_style() -> None:
    text = """
# deb http://commented.test/debian bookworm main
deb http://mirror.test/debian bookworm main contrib # trailing words
deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/security bookworm-security main
deb-src http://mirror.test/debian bookworm main
deb http://other.test/debian bookworm non-free
"""
    assert list(parse_list(text)) == [
        Source(uri="http://mirror.test/debian", suite="bookworm", signed_by=""),
        Source(uri="http://mirror.test/security", suite="bookworm-security", signed_by="/k.gpg"),
    ]


def test_deb822_style() -> None:
    text = f"""Types: deb deb-src
# a comment within
URIs: http://mirror.test/debian
Suites: trixie trixie-updates
Components: main
  contrib
Signed-By: {KEYRING}

Types: deb
URIs: http://off.test/debian
Suites: trixie
Components: main
Enabled: no

Types: deb-src
URIs: http://source.test/debian
Suites: trixie
Components: main

Types: deb
URIs: http://inline.test/debian
Suites: trixie-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
"""
    assert list(parse_deb822(text)) == [
        Source(uri="http://mirror.test/debian", suite="trixie", signed_by=KEYRING),
        Source(uri="http://mirror.test/debian", suite="trixie-updates", signed_by=KEYRING),
        Source(uri="http://inline.test/debian", suite="trixie-security", signed_by=""),
    ]


def test_the_archive_with_its_updates_and_security() -> None:
    archive = choose(
        [
            Source(uri="http://m.test/security", suite="bookworm-security", signed_by=KEYRING),
            Source(uri="http://m.test/debian", suite="bookworm", signed_by=KEYRING),
            Source(uri="http://m.test/debian", suite="bookworm-updates", signed_by=KEYRING),
        ],
        debian=True,
        codename="bookworm",
    )
    assert archive == Archive(
        uri="http://m.test/debian",
        suite="bookworm",
        keyring=KEYRING,
        updates=True,
        security_uri="http://m.test/security",
    )


def test_third_parties_and_newer_releases_do_not_come_first() -> None:
    vendor = Source(uri="http://vendor.test/apt", suite="bookworm", signed_by="/vendor.gpg")
    newer = Source(uri="http://newer.test/debian", suite="trixie", signed_by=KEYRING)
    own = Source(uri="http://m.test/debian", suite="bookworm", signed_by="")
    archive = choose([vendor, newer, own], debian=True, codename="bookworm")
    assert archive is not None
    assert archive.uri == "http://m.test/debian"


def test_a_mirror_that_signs_anew_serves_where_nothing_else_is() -> None:
    mirror = Source(uri="http://company.test/debian", suite="bookworm", signed_by="/company.gpg")
    archive = choose([mirror], debian=True, codename="bookworm")
    assert archive is not None
    assert archive.keyring == "/company.gpg"


def test_another_distribution_has_no_debian_archive() -> None:
    ubuntu = Source(uri="http://u.test/ubuntu", suite="noble", signed_by="/ubuntu-archive-keyring.gpg")
    assert choose([ubuntu], debian=False, codename="noble") is None


def test_lines_follow_the_machines_habits() -> None:
    archive = Archive(
        uri="http://m.test/d", suite="x", keyring="/k", updates=False, security_uri="http://m.test/s"
    )
    assert archive_lines(archive, "trixie") == (
        "deb [signed-by=/k] http://m.test/d trixie main\ndeb [signed-by=/k] http://m.test/s trixie-security main\n"
    )
    assert archive_lines(archive, "sid", options=" arch=amd64") == (
        "deb [signed-by=/k arch=amd64] http://m.test/d sid main\n"
    )
