"""Node for glibc, wherever a stand-in gets it from: a wheel, or npm's own packages for an old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imagematrix.bases import node_npm, node_wheel
from imagematrix.bases.pins import node_pin, old_node_pins
from imagematrix.bases.recipe import Order, Pin, Workshop
from imagematrix.bases.tarball import Tarball


@dataclass(frozen=True, kw_only=True, slots=True)
class GlibcNode:
    """A Node that has been fetched, and how it is laid into a layer."""

    version: str
    npm_version: str
    made_at: int  # seconds since 1970: the files' time in the image
    add: Callable[[Tarball, str], None]  # Node, npm and headers under a prefix: "usr/local"
    add_binary: Callable[[Tarball, str], None]  # the program alone, at a path that ends in bin/node


def pins(order: Order) -> tuple[Pin, ...]:
    """What holds the Node of an order.  Raises BaseImageError where nothing does."""
    return old_node_pins(order.node, order.arch) or (node_pin(order.node, "glibc", order.arch),)


def fetched(order: Order, shop: Workshop) -> GlibcNode:
    """The Node of an order.  Raises BaseImageError where there is none, and FetchError."""
    old = old_node_pins(order.node, order.arch)
    if old is not None:
        node, npm = (shop.npm_package(pin, f"{pin.name} {pin.version}") for pin in old)
        return GlibcNode(
            version=old[0].version,
            npm_version=old[1].version,
            made_at=node_npm.made_at(node),
            add=lambda tar, prefix: node_npm.add_node(tar, node, npm, prefix=prefix),
            add_binary=lambda tar, path: node_npm.add_node_binary(tar, node, path=path),
        )
    pin = node_pin(order.node, "glibc", order.arch)
    wheel = shop.wheel(pin, f"Node {pin.version}")
    return GlibcNode(
        version=pin.version,
        npm_version=node_wheel.npm_version(wheel),
        made_at=node_wheel.made_at(wheel),
        add=lambda tar, prefix: node_wheel.add_node(tar, wheel, prefix=prefix),
        add_binary=lambda tar, path: node_wheel.add_node_binary(tar, wheel, path=path),
    )
