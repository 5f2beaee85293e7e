"""Two results whose differences are known by construction, for the tests of what compares them."""

from __future__ import annotations

from dataclasses import replace

from imagematrix.model import (
    Image,
    Layer,
    ListedFile,
    Listing,
    Measurement,
    Result,
    Table,
    Value,
    exact,
    not_applicable,
)
from tests import made

PACKAGE_COLUMNS = ("package", "version", "bytes", "dev")
BASE_FILES = (
    ListedFile("/usr/bin/node", 40_000_000, "node"),
    ListedFile("/lib/libc.so", 20_000_000, "base system"),
)


def layer(letter: str, count: int, by: str, *, base: bool = False) -> Layer:
    return Layer(diff_id=made.digest(letter), bytes=count, created_by=by, from_base=base)


BASE = layer("1", 60_000_000, "ADD rootfs.tar / # buildkit", base=True)


def result(
    label: str,
    letter: str,
    layers: tuple[Layer, ...],
    measurements: tuple[Measurement, ...] = (),
) -> Result:
    """One with these layers and no measurement but these."""
    image = Image(
        config_digest=made.digest(letter),
        unpacked_bytes=sum(each.bytes for each in layers),
        engine_bytes=None,
        layers=layers,
    )
    return replace(made.result(label), image=image, measurements=measurements)


def table(name: str, columns: tuple[str, ...], *rows: tuple[int | str, ...]) -> Measurement:
    return exact(name, Table(columns=columns, rows=rows), method="made")


def npm(*rows: tuple[str, str, int]) -> Measurement:
    return table("node_modules_packages", PACKAGE_COLUMNS, *((*row, "no") for row in rows))


def npm_places(*rows: tuple[str, str, str]) -> Measurement:
    return table("packages_npm", ("name", "version", "path"), *rows)


def dpkg(*rows: tuple[str, str]) -> Measurement:
    return table("packages_dpkg", ("name", "version"), *rows)


def origins(*rows: tuple[str, int, int | str]) -> Measurement:
    return table("bytes_by_origin", ("origin", "bytes", "files"), *rows)


def largest(*rows: tuple[str, int, str]) -> Measurement:
    return table("largest_files", ("path", "bytes", "origin"), *rows)


def waste(
    rows: tuple[tuple[int, int, str, int, int], ...], paths: tuple[tuple[str, int, str, int, int], ...]
) -> tuple[Measurement, ...]:
    """What layers hid of one another.

    `rows` are (layer, the one that hid it, cause, files, bytes), `paths` (path, bytes, cause, layer, by).
    """
    return (
        table(
            "waste_by_layer",
            ("layer", "hidden_by_layer", "hidden_by", "cause", "files", "bytes"),
            *((below, by, "RUN …", str(cause), files, count) for below, by, cause, files, count in rows),
        ),
        table(
            "waste_paths",
            ("path", "bytes", "cause", "layer", "hidden_by_layer", "hidden_by"),
            *((path, count, str(cause), below, by, "RUN …") for path, count, cause, below, by in paths),
        ),
    )


def listing(of: Result, *files: ListedFile) -> Listing:
    assert of.image is not None
    return Listing(config_digest=of.image.config_digest, files=files)


def answer(name: str, value: Value, *, unit: str = "") -> Measurement:
    return exact(name, value, unit=unit, method="made")


def missing(name: str, reason: str = "there is no such thing", *, unit: str = "") -> Measurement:
    return not_applicable(name, reason, unit=unit)


def starts(*each: float, key: str) -> tuple[Measurement, ...]:
    """What is measured of the starts of an image with this key of behaviour."""
    return (
        exact("start_seconds", sorted(each)[len(each) // 2], unit="seconds", method="median"),
        exact("start_each_seconds", each, unit="seconds", method="all"),
        exact("behaviour_key", key, method="made"),
    )


def grown() -> tuple[Result, Result, Listing, Listing]:
    """A 30 MB file, a package of 1.4 MB, and a layer that copies the 40 MB of node where no container sees it.

    The image is 71.4 MB larger: 30 + 1.4 + 40, each in a layer of its own.
    """
    old = result(
        "app",
        "a",
        (BASE, layer("2", 2_000_000, "COPY . .")),
        (npm(("express", "5.0.0", 2_000_000)), npm_places(("express", "5.0.0", "/app/node_modules/express"))),
    )
    new = result(
        "app",
        "b",
        (
            BASE,
            layer("3", 33_400_000, "COPY . ."),
            layer("4", 40_000_000, "RUN /bin/sh -c chmod -R a+rx /usr/bin # buildkit"),
        ),
        (
            npm(("express", "5.0.0", 2_000_000), ("lodash", "4.17.21", 1_400_000)),
            npm_places(
                ("express", "5.0.0", "/app/node_modules/express"),
                ("lodash", "4.17.21", "/app/node_modules/lodash"),
            ),
        ),
    )
    express = ListedFile("/app/node_modules/express/index.js", 2_000_000, "node_modules")
    lodash = ListedFile("/app/node_modules/lodash/lodash.js", 1_400_000, "node_modules")
    big = ListedFile("/app/big.bin", 30_000_000, "app")
    return (
        old,
        new,
        listing(old, *BASE_FILES, express),
        listing(new, *BASE_FILES, express, lodash, big),
    )
