"""Which layers, packages and files a budget's cause is, with images whose difference is known by construction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import (
    BaseSource,
    Layer,
    ListedFile,
    Listing,
    Measurement,
    Result,
    Table,
    exact,
)
from imagematrix.verdicts.budget_causes import brought, largest
from tests import made

MB = 10**6


def table(name: str, columns: str, *rows: tuple[str | int, ...]) -> Measurement:
    return exact(name, Table(columns=tuple(columns.split()), rows=rows), method="made")


def layer(letter: str, count: int, created_by: str, *, base: bool = False) -> Layer:
    return Layer(diff_id=made.digest(letter), bytes=count, created_by=created_by, from_base=base)


BASE = layer("1", 60 * MB, "ADD rootfs.tar /", base=True)
COPY = layer("2", 30 * MB, "COPY . /app # buildkit")
RUN = layer("3", 5 * MB, "RUN /bin/sh -c npm ci # buildkit")


def image(*layers: Layer, measurements: tuple[Measurement, ...] = (), files: str = "") -> Result:
    """`files`: "path:bytes:origin …", which its listing has."""
    result = made.result()
    assert result.image is not None
    listed = [each.split(":") for each in files.split()]
    return replace(
        result,
        image=replace(result.image, layers=layers, unpacked_bytes=sum(each.bytes for each in layers)),
        measurements=(exact("base", "node:24-alpine", method="made"), *measurements),
        listing=Listing(
            config_digest=made.digest("c"),
            files=tuple(
                ListedFile(path=path, bytes=int(count), origin=origin) for path, count, origin in listed
            ),
        )
        if files
        else None,
    )


def big(result: Result, measurement: str) -> tuple[str, ...]:
    return largest(result, measurement, files=lambda each: each.listing)


def grown(old: Result, new: Result, measurement: str) -> tuple[str, ...]:
    return brought(old, new, measurement, files=lambda each: each.listing)


PACKAGES = table(
    "node_modules_packages",
    "package version bytes dev",
    ("lodash", "4.17.21", 1_400_000, "no"),
    ("qs", "6.1", 40_000, "no"),
)
FILES = "/app/big.bin:29000000:app /bin/sh:900000:base_system /usr/local/bin/node:50000000:node"


def test_of_one_image_base_layers_packages_and_files_by_weight() -> None:
    whole = image(BASE, COPY, RUN, measurements=(PACKAGES,), files=FILES)
    assert big(whole, "unpacked_bytes") == (
        "base image node:24-alpine (stand-in): 60.0 MB",
        "layer `COPY . /app`: 30.0 MB",
        "app file /app/big.bin: 29.0 MB",
        "layer `RUN npm ci`: 5.00 MB",
        "package lodash 4.17.21: 1.40 MB",
    )
    assert big(whole, "visible_bytes") == big(whole, "unpacked_bytes")
    assert not any("base image" in cause for cause in big(whole, "own_bytes"))
    assert "package qs 6.1: 40.0 kB" in big(whole, "own_bytes")


def test_the_files_of_a_cache_are_one_cause() -> None:
    sums = [(f"/root/.npm/_cacache/content-v2/{n}{'f' * 124}", 3 * MB, "caches") for n in range(3)]
    listed = table("largest_files", "path bytes origin", *sums)
    told = big(image(BASE, COPY, measurements=(listed,)), "own_bytes")
    assert told[1] == "caches files in /root/.npm/_cacache: 9.00 MB"
    assert not any("fff" in cause for cause in told)


def test_a_base_of_a_registry_is_no_stand_in() -> None:
    result = image(BASE, COPY)
    registry = replace(result, bases=tuple(replace(b, source=BaseSource.REGISTRY) for b in result.bases))
    assert big(registry, "unpacked_bytes")[0] == "base image node:24-alpine: 60.0 MB"


def test_app_and_node_modules_by_themselves() -> None:
    whole = image(BASE, COPY, measurements=(PACKAGES,), files=FILES)
    assert big(whole, "app_bytes") == ("app file /app/big.bin: 29.0 MB",)
    assert big(whole, "node_modules_bytes") == (
        "package lodash 4.17.21: 1.40 MB",
        "package qs 6.1: 40.0 kB",
    )


def test_without_a_listing_the_record_s_largest_files_are_taken() -> None:
    listed = table(
        "largest_files", "path bytes origin", ("/app/x", 7 * MB, "app"), ("/lib/y", 9 * MB, "base system")
    )
    assert big(image(BASE, COPY, measurements=(listed,)), "app_bytes") == ("app file /app/x: 7.00 MB",)


def test_layers_are_counted_apart() -> None:
    assert big(image(BASE, COPY, RUN), "layers") == (
        "base image node:24-alpine (stand-in): 1 layers",
        "this Dockerfile: 2 layers",
    )


DOWNLOADS = table(
    "download_by_layer",
    "layer diff_id bytes how",
    (1, "1", 20 * MB, "sampled"),
    (2, "2", 10 * MB, "sampled"),
    (3, "3", 19_000, "sampled"),
)


def test_downloads_are_told_by_layer_and_what_brings_nothing_is_left_out() -> None:
    whole = image(BASE, COPY, RUN, measurements=(DOWNLOADS,))
    assert big(whole, "download_bytes") == (
        "base image node:24-alpine (stand-in): 20.0 MB to download",
        "layer `COPY . /app`: 10.0 MB to download",
    )


def test_of_two_images_the_layers_that_are_not_in_both_are_downloaded_anew() -> None:
    new = image(BASE, COPY, RUN, measurements=(DOWNLOADS,))
    assert grown(image(BASE, RUN), new, "download_bytes") == ("layer `COPY . /app`: 10.0 MB to download",)


def to_download(*counts: int) -> tuple[Measurement, ...]:
    rows = ((number, str(number), count, "whole") for number, count in enumerate(counts, 1))
    return (table("download_by_layer", "layer diff_id bytes how", *rows),)


def test_a_layer_that_grew_is_told_by_what_it_grew_and_one_made_anew_above_it_is_not_blamed() -> None:
    old = image(BASE, COPY, RUN, measurements=to_download(20 * MB, 10 * MB, 2_000_000))
    grew = layer("4", 33 * MB, COPY.created_by)
    anew = layer("5", RUN.bytes, RUN.created_by)
    new = image(BASE, grew, anew, measurements=to_download(20 * MB, 12 * MB, 2_100_000))
    assert grown(old, new, "download_bytes") == ("layer `COPY . /app`: 2.00 MB more to download",)


def test_of_as_many_bytes_that_pack_worse_the_layer_is_told_where_nothing_else_is() -> None:
    old = image(BASE, COPY, measurements=to_download(20 * MB, 10 * MB))
    new = image(BASE, layer("4", COPY.bytes, COPY.created_by), measurements=to_download(20 * MB, 29 * MB))
    assert grown(old, new, "download_bytes") == ("layer `COPY . /app`: 19.0 MB more to download",)


def test_of_another_base_what_it_has_more_to_download() -> None:
    old = image(BASE, COPY, measurements=to_download(20 * MB, 10 * MB))
    other = layer("6", 70 * MB, "ADD other.tar /", base=True)
    new = image(other, COPY, measurements=to_download(23 * MB, 10 * MB))
    assert grown(old, new, "download_bytes") == (
        "base image node:24-alpine (stand-in): 3.00 MB more to download",
    )


WASTE = "path bytes cause layer hidden_by_layer hidden_by"
SMALL = ("/etc/passwd", 702, "overwritten", 1, 2, "COPY")
LARGE = ("/app/x", 900_000, "copied at the same size", 2, 3, "RUN chmod")


def test_waste_names_the_file_and_the_layer_that_hides_it() -> None:
    new = image(BASE, COPY, RUN, measurements=(table("waste_paths", WASTE, SMALL, LARGE),))
    large = "file /app/x: 900 kB copied at the same size by layer `RUN npm ci`"
    assert big(new, "waste_bytes") == (large,)
    old = image(BASE, COPY, measurements=(table("waste_paths", WASTE, SMALL),))
    assert grown(old, new, "waste_bytes") == (large,)
    assert big(old, "waste_bytes") == ("file /etc/passwd: 702 B overwritten by layer `COPY . /app`",)


def test_of_two_images_the_new_file_the_new_package_the_new_layer() -> None:
    old = image(BASE, files="/bin/sh:900000:base_system")
    new = image(
        BASE,
        COPY,
        RUN,
        measurements=(PACKAGES,),
        files="/bin/sh:900000:base_system /app/big.bin:29000000:app",
    )
    assert grown(old, new, "app_bytes") == ("app file /app/big.bin: 29.0 MB new",)
    assert grown(old, new, "layers") == ("layer `COPY . /app`: new", "layer `RUN npm ci`: new")
    assert any("/app/big.bin" in cause for cause in grown(old, new, "unpacked_bytes"))


def test_packages_that_came_or_grew() -> None:
    def with_packages(*rows: tuple[str | int, ...]) -> Result:
        names = tuple((name, version, f"/app/node_modules/{name}") for name, version, *_ in rows)
        return image(
            BASE,
            COPY,
            measurements=(
                table("node_modules_packages", "package version bytes dev", *rows),
                table("packages_npm", "name version path", *names),
            ),
        )

    old = with_packages(("qs", "6.1", 40_000, "no"), ("ms", "2.0", 5_000, "no"))
    new = with_packages(("qs", "6.2", 50_000, "no"), ("lodash", "4.17.21", 1_400_000, "no"))
    assert grown(old, new, "node_modules_bytes") == (
        "package lodash 4.17.21: 1.40 MB new",
        "package qs 6.1 to 6.2: 10.0 kB more",
    )


@pytest.mark.parametrize("measurement", ["start_seconds", "memory_idle_bytes"])
def test_what_changed_is_not_said_to_have_made_it_slower(measurement: str) -> None:
    old = image(BASE, files="/bin/sh:900000:base_system")
    new = image(BASE, COPY, files="/bin/sh:900000:base_system /app/big.bin:30000000:app")
    causes = grown(old, new, measurement)
    assert causes
    assert all(cause.startswith("changed in the image: ") for cause in causes)
    assert big(new, measurement) == ()


def test_waste_that_grew_is_told_by_what_it_grew() -> None:
    old = image(BASE, COPY, RUN, measurements=(table("waste_paths", WASTE, LARGE),))
    more = ("/app/x", 1_000_000, *LARGE[2:])
    new = image(BASE, COPY, RUN, measurements=(table("waste_paths", WASTE, more),))
    assert grown(old, new, "waste_bytes") == (
        "file /app/x: 100 kB more copied at the same size by layer `RUN npm ci`",
    )


CHMOD = layer("7", 40 * MB, "RUN chmod -R a+rx /usr/bin")
CACHE = "/root/.npm/_cacache/content-v2/sha512/aa:90000000:caches"


@pytest.mark.parametrize("measurement", ["start_seconds", "stop_seconds", "memory_idle_bytes"])
def test_of_times_the_app_s_own_files_come_first_and_a_cache_is_no_cause(measurement: str) -> None:
    old = image(BASE, COPY, files="/app/index.js:200:app")
    new = image(
        BASE,
        layer("4", COPY.bytes + 70, COPY.created_by),
        CHMOD,
        layer("8", 90 * MB, "RUN npm ci"),
        files=f"/app/index.js:270:app {CACHE}",
    )
    first, *rest = grown(old, new, measurement)
    assert first == "changed in the image: app file /app/index.js: 70 B more"
    assert any("RUN chmod -R" in cause for cause in rest)
    assert not any("_cacache" in cause or "caches" in cause for cause in rest)
    assert any("_cacache" in cause for cause in grown(old, new, "unpacked_bytes")), "of bytes it is one"
