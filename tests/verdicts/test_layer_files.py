from __future__ import annotations

from imagematrix.model import Layer, ListedFile, Result
from imagematrix.verdicts.layer_files import carried, files_behind, hidden_by
from tests import made
from tests.verdicts.pairs import BASE, layer, listing, result, waste

FILES = (
    ListedFile("/app/a.js", 600_000, "app"),
    ListedFile("/app/lib/b.js", 300_000, "app"),
    ListedFile("/app/lib/empty", 0, "app"),
    ListedFile("/apple/c", 70_000, "app"),
    ListedFile("/usr/bin/node", 1_000_000, "node"),
)


def quick(by: Layer) -> str:
    of = result("x", "a", (BASE, by))
    return files_behind(of, by.diff_id, listing(of, *FILES))


def test_the_folders_that_the_instruction_names_have_the_layers_bytes() -> None:
    assert quick(layer("2", 900_000, "RUN /bin/sh -c chown -R node:node /app/ && true # buildkit")) == (
        "as many bytes as the 2 files of /app/: /app/a.js 600 kB, /app/lib/b.js 300 kB"
    )
    assert quick(layer("2", 1_900_000, "RUN chmod -R a+r /usr/bin;chmod 700 /app")).startswith(
        "as many bytes as the 3 files of /usr/bin and /app: /usr/bin/node 1.00 MB,"
    )


def test_the_innermost_folder_that_has_them_where_none_is_named() -> None:
    assert quick(layer("2", 300_000, "RUN chown -R node lib")) == (
        "as many bytes as the 1 file of /app/lib: /app/lib/b.js 300 kB"
    )


def test_where_no_sum_fits_to_the_byte_no_file_is_named() -> None:
    unread = "measuring with --deep tells its files"
    assert quick(layer("2", 900_001, "RUN chown -R node:node /app")) == unread
    of = result("x", "a", (BASE, layer("2", 900_000, "RUN chown -R node:node /app")))
    assert files_behind(of, made.digest("2"), None) == unread
    assert quick(layer("2", 99_999, "RUN x")) == ""


def deep(
    rows: tuple[tuple[int, int, str, int, int], ...], paths: tuple[tuple[str, int, str, int, int], ...] = ()
) -> Result:
    return result("x", "a", (BASE, layer("2", 10, "RUN x"), layer("3", 10, "RUN y")), waste(rows, paths))


def test_layers_that_were_read_tell_all_files_and_name_the_largest() -> None:
    same = "copied at the same size"
    paths = tuple((f"/f{n}", 100 - n, same, 1, 2) for n in range(5))
    found = files_behind(deep(((1, 2, same, 1_234, 5_000),), paths), made.digest("2"), None)
    assert found == "1,234 files copied again, 5.00 kB: /f0 100 B, /f1 99 B, /f2 98 B and 1,231 more"


def test_the_weightiest_causes_are_told_and_of_that_layer_alone() -> None:
    rows = (
        (1, 2, "overwritten", 1, 500),
        (1, 3, "copied at the same size", 9, 400),
        (1, 2, "deleted", 2, 900),
        (1, 2, "folder replaced", 1, 10),
    )
    known = deep(rows)
    assert files_behind(known, made.digest("2"), None) == (
        "2 files deleted and carried all the same, 900 B; 1 file written over, 500 B"
    )
    assert hidden_by(known) == {made.digest("2"): 1_410, made.digest("3"): 400}
    assert files_behind(known, made.digest("9"), None) == ""


def test_of_layers_that_were_read_all_is_known_of_others_what_a_chmod_alone_copied() -> None:
    read = deep(((1, 3, "deleted", 2, 900),))
    assert carried(read, None) == {BASE.diff_id: 0, made.digest("2"): 0, made.digest("3"): 900}
    for by, known in (
        ("RUN /bin/sh -c chown -R node:node /app # buildkit", {made.digest("2"): 900_000}),
        ("RUN npm ci && chown -R node:node /app", {}),
        ("COPY . /app", {}),
        ("RUN chown -R node:node /usr", {}),
    ):
        of = result("x", "a", (BASE, layer("2", 900_000, by)))
        assert carried(of, listing(of, *FILES)) == known, by
        assert carried(of, None) == {}
