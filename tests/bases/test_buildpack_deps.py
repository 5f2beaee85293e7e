from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.bases import buildpack_deps


def test_the_way_to_the_mirror_is_the_machines_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt_config = tmp_path / "apt-config"
    apt_config.write_text(
        "#!/bin/sh\ncat <<'END'\n"
        'Acquire::http::Proxy "http://cache:3142";\n'
        'Acquire::http::Proxy-Auto-Detect "/usr/bin/find-proxy";\n'
        'Acquire::Check-Valid-Until "false";\n'
        'Acquire::Languages "none";\n'
        'Dir::State "/elsewhere";\n'
        "END\n"
    )
    apt_config.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:8080")
    assert buildpack_deps.mirror_conf(ca=True).splitlines() == [
        'Acquire::http::Proxy "http://cache:3142";',
        'Acquire::Check-Valid-Until "false";',
        'Acquire::https::Proxy "http://proxy:8080";',
        'Acquire::https::CAInfo "/run/secrets/ca";',
    ]
