"""The tasks of this repository: one of its own, and imagematrix's under the name `images`."""

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from imagematrix.tasks import ns as imagematrix


@task
def start(c: Context) -> None:
    """Start the service on this machine."""
    c.run("node src/server.js", pty=True)


ns = Collection(start, images=imagematrix)
ns.configure({"imagematrix": {"results": "measured", "repeat": 3}})
