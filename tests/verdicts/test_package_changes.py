from __future__ import annotations

from imagematrix.model import Measurement, Result, unavailable
from imagematrix.model.difference import Change, Sizes, Unknown
from imagematrix.verdicts.package_changes import package_differences
from tests.verdicts.pairs import BASE, dpkg, missing, npm, npm_places, result

NONE = (missing("packages_apk"), missing("packages_dpkg"), missing("packages_npm"))


def of(*measurements: Measurement) -> Result:
    """A result in which all systems of packages are known: those that are not given have none."""
    names = {each.name for each in measurements}
    return result("x", "a", (BASE,), (*measurements, *(m for m in NONE if m.name not in names)))


def told(old: Result, new: Result) -> list[tuple[str, str, Change, tuple[str, ...], tuple[str, ...]]]:
    found, unknown = package_differences(old, new)
    assert unknown == ()
    return [(x.system, x.name, x.change, x.old_versions, x.new_versions) for x in found]


def test_packages_of_the_system_by_version_without_bytes() -> None:
    old = of(dpkg(("a", "1"), ("b", "1"), ("c", "1")))
    new = of(dpkg(("a", "1"), ("b", "2"), ("d", "1")))
    assert told(old, new) == [
        ("dpkg", "b", Change.SAME, ("1",), ("2",)),
        ("dpkg", "c", Change.GONE, ("1",), ()),
        ("dpkg", "d", Change.NEW, (), ("1",)),
    ]
    assert all(isinstance(x.sizes, Unknown) for x in package_differences(old, new)[0])


def test_packages_of_the_app_with_their_bytes_the_weightiest_first() -> None:
    old = of(
        npm(("a", "1", 100), ("b", "1", 50), ("same", "1", 9)), npm_places(("a", "1", "/x/node_modules/a"))
    )
    new = of(
        npm(("a", "1", 130), ("c", "2", 70), ("same", "1", 9)), npm_places(("c", "2", "/y/node_modules/c"))
    )
    found, _ = package_differences(old, new)
    assert [(x.name, x.change, x.sizes) for x in found] == [
        ("c", Change.NEW, Sizes(old_bytes=0, new_bytes=70)),
        ("b", Change.GONE, Sizes(old_bytes=50, new_bytes=0)),
        ("a", Change.MORE, Sizes(old_bytes=100, new_bytes=130)),
    ]


def test_an_app_that_lies_elsewhere_has_the_same_packages() -> None:
    old = of(npm(("a", "1", 100)), npm_places(("a", "1", "/app/node_modules/a")))
    new = of(npm(("a", "1", 100)), npm_places(("a", "1", "/srv/node_modules/a")))
    assert told(old, new) == []


def test_versions_of_one_package_add_up() -> None:
    old = of(npm(("a", "1", 100)))
    new = of(npm(("a", "1", 100), ("a", "2", 40)))
    found, _ = package_differences(old, new)
    assert [(x.old_versions, x.new_versions, x.sizes) for x in found] == [
        (("1",), ("1", "2"), Sizes(old_bytes=100, new_bytes=140))
    ]


def test_what_npm_itself_brings_is_none_of_the_apps() -> None:
    own = "/usr/local/lib/node_modules/npm/node_modules/ms"
    old = of(npm_places(("ms", "2.0.0", own)), npm(("ms", "2.1.3", 10)))
    new = of(npm_places(("ms", "2.0.1", own)), npm(("ms", "2.1.3", 10)))
    assert told(old, new) == [("npm's own", "ms", Change.SAME, ("2.0.0",), ("2.0.1",))]


def test_an_image_without_node_modules_has_no_package_of_them() -> None:
    old, new = of(missing("node_modules_packages")), of(npm(("a", "1", 100)))
    found, _ = package_differences(old, new)
    assert [(x.change, x.sizes) for x in found] == [(Change.NEW, Sizes(old_bytes=0, new_bytes=100))]


def test_what_was_not_measured_is_told_and_not_taken_for_none() -> None:
    old = of(unavailable("packages_dpkg", "too large to be read"))
    found, unknown = package_differences(old, of(dpkg(("a", "1"))))
    assert found == ()
    assert unknown == (("dpkg", "old: too large to be read"),)
    bare = result("x", "a", (BASE,))
    _, unknown = package_differences(of(), bare)
    assert [system for system, _ in unknown] == ["dpkg", "apk", "npm"]
    assert unknown[0][1] == "new: this run did not measure it"
