"""The packages of a run's images as a CycloneDX 1.6 bill of materials, in JSON.

One document a run: the app on top, under it each variant's image as a container, under that its packages.  A
package that several images have is one component on which each of them depends.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from imagematrix.errors import InputError
from imagematrix.model import Measurement, Report, Result, Run, Table
from imagematrix.report.figures import base_of, figures, plain

# Serial numbers are made of run ids under this name, so that a document of a run is always the same.
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "imagematrix.local")
# `image/inside.py` tells os-release's ID and VERSION_ID in these words; PRETTY_NAME names no distribution in a
# distroless image.
_RELEASE: Final = re.compile(r"(?:the last day of|no end of life is known of) (\S+)(?: ([^\s,]+))?")
_SHA256: Final = re.compile("sha256:([0-9a-f]{64})")
_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]*")  # of a repository's last part
_SYSTEMS: Final = ("packages_dpkg", "packages_apk", "packages_npm")


def sbom(report: Report) -> str:
    """The document; the same for the same record, to the byte."""
    run = report.run
    top = Component(name=plain(run.app) or "app", type=ComponentType.APPLICATION, bom_ref="app")
    images: dict[str, Component] = {}
    packages: dict[str, Component] = {}
    needs: dict[str, set[str]] = {}
    for result in run.results:
        if result.image is None:
            continue
        image = _image(result)
        ref = str(image.bom_ref.value)
        images[ref] = image
        needs[ref] = set()
        for package in _packages(result):
            its_ref = str(package.bom_ref.value)
            packages.setdefault(its_ref, package)
            needs[ref].add(its_ref)
    every = {**images, **packages}
    bom = Bom(
        serial_number=uuid.uuid5(_NAMESPACE, plain(run.id)),
        metadata=BomMetaData(
            component=top,
            timestamp=_started(run),
            tools=[],
            properties=_properties(run),
        ),
        components=every.values(),
        dependencies=[
            Dependency(top.bom_ref, [Dependency(image.bom_ref) for image in images.values()]),
            *(
                Dependency(images[ref].bom_ref, [Dependency(every[each].bom_ref) for each in found])
                for ref, found in needs.items()
            ),
        ],
    )
    bom.metadata.tools.components.add(
        Component(name="imagematrix", version=metadata.version("imagematrix"), type=ComponentType.APPLICATION)
    )
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _started(run: Run) -> datetime:
    """The library would else put this very moment, and no two documents of a run would be the same."""
    try:
        return datetime.fromisoformat(run.started_at)
    except ValueError as error:
        raise InputError(
            f"the record does not tell when its run began: {error}",
            where=run.id,
            next_step="`invoke runs` lists the archived runs",
        ) from error


def _properties(run: Run) -> list[Property]:
    told = (("run", run.id), ("tag", run.tag), ("commit", run.git.commit if run.git else ""))
    return [Property(name=f"imagematrix:{name}", value=plain(value)) for name, value in told if value]


def _image(result: Result) -> Component:
    """A variant's image.  What is not known of its packages is a property: none listed is not none there."""
    assert result.image is not None
    digest = result.image.config_digest
    label = plain(result.label)
    match = _SHA256.fullmatch(digest)
    found = figures(result)
    base = base_of(result)
    told = [("config_digest", digest)]
    told += [("base", f"{base.reference} ({base.source}, {base.digest})")] if base else []
    told += [
        (name, f"{m.how}: {m.reason}")
        for name in _SYSTEMS
        if (m := found.get(name)) is not None and not m.measured
    ]
    told += [(name, "unavailable: not looked for in this run") for name in _SYSTEMS if name not in found]
    return Component(
        name=label,
        version=plain(digest),
        type=ComponentType.CONTAINER,
        bom_ref=f"image:{label}",
        # An image that was not pushed has no manifest, so its config's digest is all there is to know it by.
        purl=PackageURL("oci", None, label.lower(), digest) if match and _NAME.fullmatch(label) else None,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=match[1])] if match else [],
        properties=[Property(name=f"imagematrix:{name}", value=plain(value)) for name, value in told],
    )


def _packages(result: Result) -> Iterator[Component]:
    found = figures(result)
    distribution = _distribution(found.get("os_end_of_life"))
    vendor, _, _ = distribution.partition("-")
    qualifiers = {"distro": distribution} if distribution else None
    for name, kind, default in (("packages_dpkg", "deb", "debian"), ("packages_apk", "apk", "alpine")):
        for package, version in _listed(found.get(name)):
            yield _package(
                PackageURL(kind, (vendor or default).lower(), package, version or None, qualifiers)
            )
    for package, version in _listed(found.get("packages_npm")):
        scope, _, bare = package.rpartition("/")
        yield _package(PackageURL("npm", scope or None, bare, version or None))


def _listed(table: Measurement | None) -> Iterator[tuple[str, str]]:
    """(name, version) of each package that has a name."""
    if table is not None and isinstance(table.value, Table):
        for name, version, *_ in table.value.rows:
            if plain(str(name)).strip("/ "):
                yield plain(str(name)).strip("/ "), plain(str(version))


def _package(purl: PackageURL) -> Component:
    return Component(
        name=purl.name,
        group=purl.namespace if purl.type == "npm" else None,
        version=purl.version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
    )


def _distribution(told: Measurement | None) -> str:
    """ "debian-12", as purl's `distro` is written; "" where the image does not tell."""
    match = _RELEASE.match(plain(told.reason)) if told is not None else None
    return "-".join(part for part in match.groups() if part) if match else ""
