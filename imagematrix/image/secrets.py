"""Files that hold passwords, tokens or keys, going by their names.

Content is never shown.  It is looked at in one case alone: an .npmrc is harmless without a token in it, and
what stands there as ${NAME} is none.  Packages under node_modules are public, and their test keys with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from imagematrix.image.files import Entry, Kind
from imagematrix.image.own import NODE_MODULES, own_layers
from imagematrix.image.packages import shown
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, estimated, exact, unavailable

NAME: Final = "secret_files"
_COLUMNS: Final = ("path", "layer", "created_by", "seen", "why")
_MOST_ROWS: Final = 50
# The first that fits tells; a name that fits none is not looked at further.
_NAMES: Final = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"/\.env(?:rc|\.[^/]+)?$", "environment file"),
        (r"/\.git-credentials$", "Git's passwords"),
        (r"/(?:\.netrc|_netrc)$", "passwords of hosts"),
        (r"/\.pgpass$", "PostgreSQL's passwords"),
        (r"/\.my\.cnf$", "MySQL's passwords"),
        (r"/\.pypirc$", "a package index's passwords"),
        (r"/\.aws/credentials$", "keys of a cloud account"),
        (r"/\.azure/(?:accessTokens|azureProfile|msal_token_cache)[^/]*$", "keys of a cloud account"),
        (r"/(?:application_default_credentials|service[-_]account[^/]*)\.json$", "keys of a cloud account"),
        (r"/\.docker/config\.json$", "logins of registries"),
        (r"/\.kube/config$", "keys of a cluster"),
        (r"/id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$", "SSH private key"),
        (r"/ssh_host_[a-z0-9]+_key$", "SSH private key"),
        (r"/\.htpasswd$", "hashes of passwords"),
        (r"/(?:[^/]*[-_.])?priv(?:ate)?[-_]?key\.(?:pem|der|txt)$", "private key"),
        (r"/(?:[^/]*[-_.])?key\.pem$", "private key"),
        (r"/[^/]+\.(?:key|p12|pfx|ppk|jks|keystore)$", "private key"),
    )
)
# Written down for others to see what belongs there.
_SAMPLE: Final = re.compile(
    r"(?:^|[-_.])(?:example|sample|template|tmpl|dist|defaults?|schema|pub|public)(?:[-_.]|$)"
)
# The system's own, where a package manager puts its public keys and its documents.
_SYSTEM: Final = (
    "/usr/share/",
    "/usr/lib/",
    "/lib/",
    "/etc/apk/keys/",
    "/etc/apt/",
    "/proc/",
    "/sys/",
    "/var/lib/dpkg/",
)
_NPMRC: Final = re.compile(r"/\.npmrc$")
_ANY: Final = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in (_NPMRC, *(p for p, _ in _NAMES))))
_TOKEN: Final = re.compile(
    rb"^[ \t]*(?:[^\s#;=]*:)?(?:_authToken|_auth|_password)[ \t]*=[ \t]*[\"']?(?!\$\{)[^\s\"']", re.MULTILINE
)


def secret_files(subject: Subject) -> tuple[Measurement, ...]:
    """`secret_files`: one row a file, at most 50; empty where none is.

    Where the layers were read, `layer` counts from 1 at the bottom, and files that a later layer deletes or
    overwrites are there too, `seen` being false; else only the merged view is known, `layer` is 0, and the
    table is an estimate: what the image holds is that at least.
    """
    if subject.files is None:
        return (unavailable(NAME, subject.files_missing),)
    found = _of_layers(subject) if subject.read_whole else _of_view(subject)
    table = Table(columns=_COLUMNS, rows=tuple(found[:_MOST_ROWS]))
    make = exact if subject.read_whole else estimated
    of = "" if subject.read_whole else " that a container sees"
    way = "" if subject.read_whole else "; what a layer deletes again is found by --deep alone"
    more = f"; the first {_MOST_ROWS} of {len(found)}" if len(found) > _MOST_ROWS else ""
    method = f"names of files{of}; of an .npmrc, whether it has a token{way}{more}"
    return (make(NAME, table, method=method),)


_Row = tuple[str, int, str, bool, str]


def _of_view(subject: Subject) -> list[_Row]:
    assert subject.files is not None
    texts = subject.files.texts
    found = ((entry.path, why(entry, texts)) for entry in subject.own_files)
    return sorted((_path(path), 0, "", True, reason) for path, reason in found if reason)


def _of_layers(subject: Subject) -> list[_Row]:
    assert subject.files is not None
    last: dict[str, int] = {}  # of each path: the layer that had a say in it last
    for number in own_layers(subject):
        last.update((entry.path, number) for entry in subject.layers[number].entries)
    found = []
    for number in own_layers(subject):
        layer = subject.layers[number]
        by = subject.image.layers[number].created_by
        by = shown(by, limit=len(by))
        for entry in layer.entries:
            if reason := why(entry, layer.texts):
                seen = last[entry.path] == number and entry.path in subject.files.entries
                found.append((_path(entry.path), number + 1, by, seen, reason))
    return sorted(found)


def why(entry: Entry, texts: Mapping[str, bytes]) -> str:
    """What a file holds, as its name says; "" where that is nothing secret.  An empty one holds nothing."""
    path = entry.path
    if entry.kind is not Kind.FILE or not entry.bytes or path.startswith(_SYSTEM) or NODE_MODULES in path:
        return ""
    folder, _, name = path.rpartition("/")
    # Very many files are asked about, and of nearly all the last two names are enough to tell.
    if not _ANY.search(f"/{folder.rpartition('/')[2]}/{name}"):
        return ""
    if _NPMRC.search(path):
        return "token of a package registry" if _TOKEN.search(texts.get(path, b"")) else ""
    if _SAMPLE.search(name):
        return ""
    return next((reason for pattern, reason in _NAMES if pattern.search(path)), "")


def _path(path: str) -> str:
    return shown(path, limit=len(path))
