from __future__ import annotations

from collections import Counter

from imagematrix import image
from imagematrix.image.origin import origin
from tests.image.made_files import by_name, file, link, program, rows, subject, system
from tests.image.made_files import image as made_image

BASE = (program("/usr/local/bin/node", 9000), file("/etc/passwd", 50), file("/usr/a", 10, content="1:1"))
APP = (
    file("/app/index.js", 7),
    file("/app/node_modules/qs/lib/qs.js", 40),
    file("/app/twin", 10, content="1:1"),
    link("/app/link", "index.js"),
)


def test_every_file_is_listed_by_path_with_its_origin_and_its_bytes_once() -> None:
    found = image.listing(subject(system(*BASE, *APP), base=system(*BASE)))
    assert found is not None
    assert [tuple(each) for each in found.files] == [
        ("/app/index.js", 7, "app"),
        ("/app/node_modules/qs/lib/qs.js", 40, "node_modules"),
        ("/app/twin", 10, "app"),
        ("/etc/passwd", 50, "base system"),
        ("/usr/a", 0, "base system"),
        ("/usr/local/bin/node", 9000, "node"),
    ]


def test_a_listing_adds_up_to_the_bytes_by_origin() -> None:
    files = system(*BASE, *APP)
    of = subject(files, base=system(*BASE), of=made_image(("FROM", files.visible_bytes)))
    found = image.listing(of)
    assert found is not None
    sizes: Counter[str] = Counter()
    for each in found.files:
        sizes[each.origin] += each.bytes
    told = {str(row[0]): row[1] for row in rows(by_name(origin(of))["bytes_by_origin"]) if row[0] != "waste"}
    assert dict(sizes) == told
    assert found.config_digest == of.image.config_digest


def test_names_are_made_harmless_and_stay_whole() -> None:
    long = "/app/" + "x" * 4000
    found = image.listing(subject(system(file("/app/a\x1b[2J\n", 1), file("/app/\udcff", 2), file(long, 3))))
    assert found is not None
    assert [each.path for each in found.files] == ["/app/a\\x1b[2J\\n", long, "/app/\\xff"]


def test_without_files_there_is_no_listing() -> None:
    assert image.listing(subject(None)) is None
