"""Files of the build context that the app does not need: what a .dockerignore is there to keep out.

Looked for in the app's folders alone, the working directory and those that hold a package.json, among the
files that the base image does not have.  A system's own logs and tests are none of it.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from imagematrix.image.files import Entry, Kind
from imagematrix.image.own import NODE_MODULES, own_layers
from imagematrix.image.packages import shown
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, exact, not_applicable, unavailable
from imagematrix.text import first_few

NAME: Final = "context_leftovers"
_COLUMNS: Final = ("path", "bytes", "why")
_MOST_ROWS: Final = 50
# Folders, wherever they are in the app.
_FOLDERS: Final = {
    ".git": "version control",
    ".hg": "version control",
    ".svn": "version control",
    ".github": "settings of a code host",
    ".gitlab": "settings of a code host",
    ".circleci": "settings of a code host",
    ".idea": "settings of an editor",
    ".vscode": "settings of an editor",
    ".nyc_output": "coverage",
    "__tests__": "tests",
    "__mocks__": "tests",
}
# Folders right in the app's own: further down, an app may well call a part of itself that.
_TOP_FOLDERS: Final = {
    "coverage": "coverage",
    "test": "tests",
    "tests": "tests",
    "spec": "tests",
    "e2e": "tests",
    "cypress": "tests",
}
_FILES: Final = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"(?:.*\.)?Dockerfile(?:\..+)?|Containerfile|\.dockerignore", "how the image is built"),
        (r"(?:docker-)?compose(?:\..+)?\.ya?ml", "how the image is built"),
        (r".+\.log", "log"),
        (r".+\.(?:test|spec)\.[cm]?[jt]sx?", "tests"),
        (r"\.DS_Store|Thumbs\.db", "litter of a desktop"),
        (r".+\.(?:sw[op]|orig|bak)|.+~", "litter of an editor"),
        (r"\.gitignore|\.gitattributes|\.gitlab-ci\.yml|\.travis\.yml", "version control"),
    )
)
# Where the app lies in the root itself, these are the system's.
_SYSTEM: Final = frozenset(
    (
        *("bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "nodejs"),
        *("opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var"),
    )
)
# Packages that npm installs on the named system alone; Windows' own way to start a program.
_FOREIGN: Final = re.compile(
    r"^(?P<modules>.*/node_modules)/(?:fsevents/|\.bin/[^/]+\.cmd$|(?:@[^/]+/)?(?:[^/]*-)?(?:darwin|win32|windows)"
    r"-(?:x64|ia32|arm64|arm|universal|64|32)(?:-[^/]+)?/)"
)
HOST: Final = "node_modules of the host"


def context_leftovers(subject: Subject) -> tuple[Measurement, ...]:
    """`context_leftovers`: one row a folder or file, the largest first, at most 50; empty where none is.

    Tests and coverage count as folders right in the app's own, or by a file's name.  A node_modules counts as
    the host's when it holds packages for another system, or, where the layers were read, when a COPY brought
    it and a RUN has written it anew.
    """
    if subject.files is None:
        return (unavailable(NAME, subject.files_missing),)
    own = subject.own_files
    roots = _roots(subject, own)
    if not roots:
        why = "no folder of an app: the image adds no package.json to its base, and sets no working directory"
        return (not_applicable(NAME, why),)
    sizes: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in own:
        if found := _leftover(entry.path, roots):
            sizes[found] += entry.bytes
    sizes.update(_replaced(subject))
    order = sorted(sizes, key=lambda found: (-sizes[found], found))
    rows = tuple((shown(p, limit=len(p)), sizes[p, why], why) for p, why in order[:_MOST_ROWS])
    more = f"; the first {_MOST_ROWS} of {len(order)}" if len(order) > _MOST_ROWS else ""
    apps = first_few(sorted(map(_shown, roots)), _MOST_ROWS)
    method = f"names of files that the base image does not have, in {apps}{more}"
    return (exact(NAME, Table(columns=_COLUMNS, rows=rows), method=method),)


def _shown(root: str) -> str:
    return shown(root or "/", limit=len(root) + 1)


def _roots(subject: Subject, own: list[Entry]) -> frozenset[str]:
    """The app's folders; "" is the root."""
    held = {
        posixpath.dirname(entry.path)
        for entry in own
        if entry.path.endswith("/package.json") and NODE_MODULES not in entry.path
    }
    held.add(posixpath.normpath(posixpath.join("/", subject.image.config.workdir)))
    found = {"" if root == "/" else root for root in held}
    # The root counts where the app is known to lie there.
    if not any(entry.path == "/package.json" for entry in own):
        found.discard("")
    # What a package manager or the runtime lays down has such files too.
    return frozenset(root for root in found if not root.startswith(("/usr/", "/opt/yarn")))


def _leftover(path: str, roots: frozenset[str]) -> tuple[str, str] | None:
    """The folder or file that is left over, and why; None where the path is none of it."""
    if NODE_MODULES in path:
        match = _FOREIGN.match(path)
        return (match["modules"], HOST) if match and _below(path, roots) is not None else None
    root = _below(path, roots)
    if root is None:
        return None
    folders, name = path[len(root) + 1 :].split("/")[:-1], path.rpartition("/")[2]
    for depth, folder in enumerate(folders):
        why = _FOLDERS.get(folder) or (_TOP_FOLDERS.get(folder) if depth == 0 else None)
        if why:
            return "/".join([root, *folders[: depth + 1]]), why
    reason = next((why for pattern, why in _FILES if pattern.fullmatch(name)), "")
    return (path, reason) if reason else None


def _below(path: str, roots: frozenset[str]) -> str | None:
    """The app's folder that a path lies in, the innermost; None where it lies in none."""
    return _home(path.rpartition("/")[0], roots) if path.count("/") > 1 else _root(path, roots)


@lru_cache(maxsize=1024)  # the files of a folder come together
def _home(folder: str, roots: frozenset[str]) -> str | None:
    root = folder
    while root:
        if root in roots:
            return root
        root = root.rpartition("/")[0]
    return _root(folder, roots)


def _root(path: str, roots: frozenset[str]) -> str | None:
    """The root, where the app lies there and the path is none of the system's."""
    return "" if "" in roots and path.split("/")[1] not in _SYSTEM else None


def _replaced(subject: Subject) -> Iterator[tuple[tuple[str, str], int]]:
    """Each node_modules that a COPY brought and a RUN above has written anew, with what the COPY brought."""
    brought: defaultdict[str, int] = defaultdict(int)
    for number in own_layers(subject):
        word = subject.image.layers[number].created_by.split(" ", 1)[0]
        entries = subject.layers[number].entries
        if word in ("COPY", "ADD"):
            for entry in entries:
                if entry.kind is Kind.FILE and NODE_MODULES in entry.path:
                    brought[_outermost(entry.path)] += entry.bytes
        elif word == "RUN":
            # A folder that is deleted and made again is opaque; chown and prune leave none of that kind.
            anew = {_outermost(f"{entry.path}/") for entry in entries if entry.kind is Kind.OPAQUE}
            for modules in anew & brought.keys():
                yield (modules, HOST), brought.pop(modules)


def _outermost(path: str) -> str:
    head, found, _ = path.partition(NODE_MODULES)
    return f"{head}/node_modules" if found else ""
