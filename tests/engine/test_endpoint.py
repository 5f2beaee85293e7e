"""Which address the environment names, and what is handed on to the docker client."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from imagematrix.engine.endpoint import Endpoint, chosen
from imagematrix.errors import EngineError


def write_context(
    folder: Path, name: str, host: str, *, tls: bool = False, skip_verify: bool = False
) -> Path:
    identity = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / identity / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": host, "SkipTLSVerify": skip_verify}
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    certificates = folder / "contexts" / "tls" / identity / "docker"
    if tls:
        certificates.mkdir(parents=True)
        (certificates / "ca.pem").write_text("")
    return certificates


def test_nothing_is_chosen(tmp_path: Path) -> None:
    assert chosen({"DOCKER_CONFIG": str(tmp_path)}) is None
    (tmp_path / "config.json").write_text('{"currentContext": "default"}')
    assert chosen({"DOCKER_CONFIG": str(tmp_path)}) is None


def test_docker_host_comes_before_any_context(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://there:2375", "DOCKER_CONTEXT": "x", "DOCKER_CONFIG": str(tmp_path)}
    assert chosen(environ) == Endpoint(host="tcp://there:2375", named_by="DOCKER_HOST")


def test_docker_context_comes_before_the_current_one(tmp_path: Path) -> None:
    write_context(tmp_path, "one", "unix:///one.sock")
    write_context(tmp_path, "two", "unix:///two.sock")
    (tmp_path / "config.json").write_text('{"currentContext": "one"}')
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    current, named = chosen(environ), chosen({**environ, "DOCKER_CONTEXT": "two"})
    assert current == Endpoint(host="unix:///one.sock", named_by="the docker context 'one'")
    assert named == Endpoint(host="unix:///two.sock", named_by="the docker context 'two'")


def test_a_context_without_a_settings_file(tmp_path: Path) -> None:
    write_context(tmp_path, "one", "unix:///one.sock")
    endpoint = chosen({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "one"})
    assert endpoint is not None
    assert endpoint.host == "unix:///one.sock"


def test_tls_of_a_context_reaches_the_client(tmp_path: Path) -> None:
    certificates = write_context(tmp_path, "safe", "tcp://there:2376", tls=True)
    endpoint = chosen({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "safe"})
    assert endpoint is not None
    assert dict(endpoint.env) == {
        "DOCKER_HOST": "tcp://there:2376",
        "DOCKER_TLS": "",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(certificates),
    }


def test_a_context_may_skip_verification(tmp_path: Path) -> None:
    write_context(tmp_path, "lax", "tcp://there:2376", tls=True, skip_verify=True)
    endpoint = chosen({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "lax"})
    assert endpoint is not None
    assert (dict(endpoint.env)["DOCKER_TLS"], dict(endpoint.env)["DOCKER_TLS_VERIFY"]) == ("1", "")


def test_tls_around_us_does_not_leak_to_a_socket() -> None:
    env = dict(Endpoint(host="unix:///s", named_by="").env)
    assert env["DOCKER_TLS_VERIFY"] == env["DOCKER_TLS"] == env["DOCKER_CERT_PATH"] == ""


def test_tls_verification_finds_the_clients_own_certificates(tmp_path: Path) -> None:
    endpoint = chosen(
        {"DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CONFIG": str(tmp_path)}
    )
    assert endpoint is not None
    assert endpoint.cert_path == str(tmp_path)


def test_a_context_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        EngineError, match="the docker context 'gone' is chosen, but it names no engine"
    ) as caught:
        chosen({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "gone"})
    assert "docker context use" in caught.value.next_step


def test_broken_settings(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(EngineError, match="settings cannot be read") as caught:
        chosen({"DOCKER_CONFIG": str(tmp_path)})
    assert caught.value.where == str(tmp_path / "config.json")
