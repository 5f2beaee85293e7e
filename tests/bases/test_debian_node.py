from __future__ import annotations

from imagematrix.bases.debian_node import installed

STATUS = """\
Package: libc6
Status: install ok installed
Version: 2.36-9+deb12u13
Description: GNU C Library
 Package: is a word that a description may hold

Package: curl
Status: install ok installed
Conffiles:
 /etc/x 0123
Version: 7.88.1-10+deb12u14
"""


def test_a_status_file_tells_names_and_versions() -> None:
    assert installed(STATUS) == (("curl", "7.88.1-10+deb12u14"), ("libc6", "2.36-9+deb12u13"))
