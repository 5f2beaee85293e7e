"""Do the native addons load?  By loading each in a fresh process of the node inside; nothing is assumed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from imagematrix.container import EXEC_SECONDS, Running
from imagematrix.errors import UnansweredError
from imagematrix.model import Measurement, Table, exact, not_applicable, unavailable
from imagematrix.probes.node import run_node

LOADED: Final = "addons_loaded"
_NO_NODE: Final = "no node in the image"
_AT_MOST: Final = 50  # addons that are tried
_EACH_SECONDS: Final = 10  # for one addon to load
_ALL_SECONDS: Final = 60  # after that no further one is tried
_PATH_CHARACTERS: Final = 1000  # a longer path is not tried: a command line has its limit
_ERROR_CHARACTERS: Final = 300
# An addon that crashes takes its process with it, and one may write to standard output and error what it
# likes: a process each, and the verdict by a pipe of its own.  Written for every Node since 6.
_LOAD: Final = r"""
const inner = `
  try { require(process.argv[1]); } catch (error) {
    fs.writeSync(3, '-' + String(error && error.message || error).split('\\n')[0]);
    process.exit(1);
  }
  fs.writeSync(3, '+');
  process.exit(0);
`;
const until = Date.now() + ALL_SECONDS * 1000;
const rows = [];
for (const path of PATHS) {
  if (Date.now() > until) break;
  const done = require('child_process').spawnSync(process.execPath, ['-e', inner, path],
    { timeout: EACH_SECONDS * 1000, killSignal: 'SIGKILL', stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const told = String(done.output && done.output[3] || '');
  const error = told[0] === '-' ? told.slice(1)
    : done.error && done.error.code === 'ETIMEDOUT' ? 'it did not load within EACH_SECONDS s'
    : done.signal ? 'the process was ended by ' + done.signal
    : 'the process ended with exit code ' + done.status;
  rows.push([path, told[0] === '+', told[0] === '+' ? '' : error.slice(0, ERROR_CHARACTERS)]);
}
console.log(JSON.stringify(rows));
"""


def load_addons(running: Running, paths: Sequence[str]) -> tuple[Measurement, ...]:
    """`addons_loaded`: for each of the paths, whether it loads, and the first line of the error if not.

    Every addon has a node process of its own, with the container's environment and as root.  At most 50 are
    tried, each for 10 seconds and all for a minute; `method` says when some were left out.  That an addon
    loads does not say that its functions work: they are not called.
    """
    tried = [path for path in paths if len(path) <= _PATH_CHARACTERS][:_AT_MOST]
    if not tried:
        return (not_applicable(LOADED, "no native addon lies under node_modules"),)
    script = _LOAD.replace("ALL_SECONDS", str(_ALL_SECONDS)).replace("EACH_SECONDS", str(_EACH_SECONDS))
    script = script.replace("ERROR_CHARACTERS", str(_ERROR_CHARACTERS))
    try:
        bound = _ALL_SECONDS + _EACH_SECONDS + EXEC_SECONDS
        done = run_node(running, script.replace("PATHS", json.dumps(tried)), seconds=bound)
    except UnansweredError as failure:
        return (unavailable(LOADED, failure.reason),)
    if done is None:
        return (not_applicable(LOADED, _NO_NODE),)
    try:
        rows = tuple((str(path), loads is True, str(error)) for path, loads, error in json.loads(done.output))
    except (ValueError, TypeError):
        said = done.output.strip()[:_ERROR_CHARACTERS]
        return (unavailable(LOADED, f"node inside ended with exit code {done.exit_code}: {said}"),)
    method = "each loaded by a fresh process of the node inside; its functions are not called"
    if len(rows) < len(paths):
        method += f"; {len(rows)} of {len(paths)} were tried"
    return (exact(LOADED, Table(columns=("path", "loads", "error"), rows=rows), method=method),)
