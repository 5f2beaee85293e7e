from __future__ import annotations

from imagematrix.model.difference import Change, FileDifference, Sizes
from imagematrix.verdicts.renamed import renamed, renamed_causes


def gone(path: str, count: int, origin: str = "caches") -> FileDifference:
    sizes = Sizes(old_bytes=count, new_bytes=0)
    return FileDifference(path=path, origin=origin, change=Change.GONE, sizes=sizes)


def new(path: str, count: int, origin: str = "caches") -> FileDifference:
    sizes = Sizes(old_bytes=0, new_bytes=count)
    return FileDifference(path=path, origin=origin, change=Change.NEW, sizes=sizes)


def paired(*files: FileDifference) -> list[tuple[str, str]]:
    pairs, rest = renamed(files)
    assert 2 * len(pairs) + len(rest) == len(files)
    return [(old.path, now.path) for old, now in pairs]


def test_names_that_differ_in_digits_and_bytes_that_differ_by_little() -> None:
    assert paired(gone("/l/2026-01.log", 9_000), new("/l/2026-02.log", 9_900)) == [
        ("/l/2026-01.log", "/l/2026-02.log")
    ]
    assert paired(gone("/l/1.log", 100), new("/l/2.log", 1_100)) == [("/l/1.log", "/l/2.log")]
    assert paired(gone("/l/1.log", 90_000), new("/l/2.log", 99_001)) == []


def test_just_as_many_bytes_and_the_same_suffix() -> None:
    assert paired(gone("/app/main.abc.js", 70), new("/app/main.xyz.js", 70)) == [
        ("/app/main.abc.js", "/app/main.xyz.js")
    ]
    assert paired(gone("/app/a.js", 70), new("/app/b.css", 70)) == []
    assert paired(gone("/app/a.js", 70), new("/app/b.js", 71)) == []


def test_another_folder_or_origin_is_another_file_and_no_bytes_tell_nothing() -> None:
    assert paired(gone("/a/1.log", 70), new("/b/2.log", 70)) == []
    assert paired(gone("/a/1.log", 70), new("/a/2.log", 70, "app")) == []
    assert paired(gone("/a/1.log", 0), new("/a/2.log", 0)) == []


def test_each_file_is_in_one_pair() -> None:
    assert paired(gone("/a/1.log", 70), new("/a/2.log", 70), new("/a/3.log", 70)) == [
        ("/a/1.log", "/a/2.log")
    ]


def test_an_origin_is_told_once_with_what_is_more_by_all() -> None:
    pairs, _ = renamed(
        [
            *(gone("/a/1.log", 70), new("/a/2.log", 90)),
            *(gone("/b/1.log", 70), new("/b/2.log", 65)),
            *(gone("/app/1.js", 8, "app"), new("/app/2.js", 8, "app")),
        ]
    )
    assert [(cause.text, cause.bytes) for cause in renamed_causes(pairs)] == [
        ("2 caches files in the place of others, such as /a/2.log: 15 B more", 15),
        ("1 app file in the place of others, such as /app/2.js: as many bytes", 0),
    ]
