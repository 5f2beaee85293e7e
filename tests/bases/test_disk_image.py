from __future__ import annotations

import sys
from pathlib import Path

import pytest

from imagematrix.bases.disk_image import DiskImage
from imagematrix.errors import BaseImageError


def test_without_its_library_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dissect.extfs", None)
    with pytest.raises(BaseImageError, match=r"not there: dissect\.extfs") as caught:
        DiskImage(tmp_path / "none.qcow2")
    assert "pip install 'imagematrix[standins]'" in caught.value.next_step
