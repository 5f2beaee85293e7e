from __future__ import annotations

import pytest

from imagematrix.commands.wishes import wished
from imagematrix.errors import InputError
from imagematrix.model import AtMost
from imagematrix.settings import WISHES
from imagematrix.verdicts.constraints import ASKED


@pytest.mark.parametrize(
    ("flag", "text", "limit"),
    [
        ("max_download", "60MB", 60_000_000),
        ("max_download", "60 MB", 60_000_000),
        ("max_unpacked", "1.5GB", 1_500_000_000),
        ("max_memory", "0.1kB", 100),
        ("max_memory", "1234", 1234),
        ("max_start", "500ms", 0.5),
        ("max_start", "1.5 s", 1.5),
    ],
)
def test_a_limit_is_read_in_its_unit(flag: str, text: str, limit: float) -> None:
    (wish,) = wished([(flag, text)])
    assert wish.limit == AtMost(limit=limit)
    assert (wish.name, wish.text) == (flag, text)
    assert wish.measurement.endswith("_seconds" if flag == "max_start" else "_bytes")


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("max_download", ""),
        ("max_unpacked", ""),
        ("max_start", ""),
        ("max_memory", ""),
        ("max_download", "60Mb"),
        ("max_download", "60MiB"),
        ("max_download", "-1MB"),
        ("max_download", "sixty"),
        ("max_download", "1e9"),
        ("max_download", "60ms"),
        ("max_download", "٣MB"),
        ("max_start", "500"),
        ("max_start", "500MB"),
        ("max_start", "nan s"),
    ],
)
def test_what_is_no_limit_is_refused_by_its_flag(flag: str, text: str) -> None:
    with pytest.raises(InputError) as caught:
        wished([(flag, text)])
    assert caught.value.where == f"--{flag.replace('_', '-')}"
    assert repr(text) in caught.value.what
    assert caught.value.next_step


def test_every_flag_that_says_what_an_image_must_be_is_read() -> None:
    texts = {"max_start": "1s"}
    flags = [(name, "" if name in ASKED else texts.get(name, "1MB")) for name in WISHES]
    assert [wish.name for wish in wished(flags)] == list(WISHES)
    assert wished([]) == ()
