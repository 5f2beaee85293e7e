from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.errors import InputError
from imagematrix.settings import DEFAULTS, resolve

HOME = {"HOME": "/home/ada"}


def test_the_defaults_are_complete() -> None:
    settings = resolve({}, {}, environment=HOME)
    assert (settings.file, settings.bases, settings.results) == (Path("variants.yml"), "auto", None)
    assert settings.jobs >= 2
    assert settings.cache.name == "imagematrix"


def test_flags_win_over_configuration() -> None:
    configured = {"file": "a.yml", "bases": "registry", "jobs": 3}
    settings = resolve(configured, {"file": "b.yml", "bases": "local", "jobs": 5}, environment=HOME)
    assert (settings.file, settings.bases, settings.jobs) == (Path("b.yml"), "local", 5)
    settings = resolve(configured, {}, environment=HOME)
    assert (settings.file, settings.bases, settings.jobs) == (Path("a.yml"), "registry", 3)


def test_values_from_the_environment_of_invoke_may_be_text() -> None:
    assert resolve({"jobs": "4"}, {}, environment=HOME).jobs == 4


@pytest.mark.parametrize(
    ("jobs", "why"),
    [
        (-1, "must be 1 at least, and is -1"),
        ("0", "must be 1 at least, and is 0"),
        ("many", "not a whole number: 'many'"),
        ("1.5", r"not a whole number: '1\.5'"),
    ],
)
def test_jobs_that_cannot_be_are_refused(jobs: object, why: str) -> None:
    with pytest.raises(InputError, match=why):
        resolve({"jobs": jobs}, {}, environment=HOME)


@pytest.mark.parametrize("flag", ["image", "image_archive"])
@pytest.mark.parametrize("words", [[""], ["a", " "]])
def test_an_image_that_is_named_by_nothing_is_not_the_matrix(flag: str, words: list[str]) -> None:
    with pytest.raises(InputError, match="no image is named") as caught:
        resolve({}, {flag: words}, environment=HOME)
    assert caught.value.where == f"--{flag.replace('_', '-')}"


def test_an_unknown_way_to_get_bases_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        resolve({}, {"bases": "docker"}, environment=HOME)
    assert caught.value.next_step == "use one of auto, registry, local"


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"unknown setting imagematrix\.jbos") as caught:
        resolve({"jbos": 1}, {}, environment=HOME)
    assert all(name in caught.value.next_step for name in DEFAULTS)


def test_the_ca_bundle_is_the_first_that_is_a_file(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    environment = {**HOME, "NODE_EXTRA_CA_CERTS": str(tmp_path / "gone"), "SSL_CERT_FILE": str(bundle)}
    assert resolve({}, {}, environment=environment).ca_bundle == bundle
    assert resolve({}, {}, environment=HOME).ca_bundle is None


def test_proxies_of_the_environment_are_build_args() -> None:
    settings = resolve({}, {}, environment={**HOME, "https_proxy": "http://proxy:3128", "NO_PROXY": ""})
    assert settings.proxies == (("https_proxy", "http://proxy:3128"),)


def test_without_a_home_the_cache_is_no_folder_called_tilde() -> None:
    assert "~" not in str(resolve({}, {}, environment={}).cache)


def test_no_color_is_honoured() -> None:
    assert not resolve({}, {}, environment={**HOME, "NO_COLOR": "1"}).color
    assert resolve({}, {}, environment={**HOME, "NO_COLOR": ""}).color
