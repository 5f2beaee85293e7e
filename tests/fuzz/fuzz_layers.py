"""Fuzz target: a layer's archive, by coverage (libFuzzer, through atheris).

    python -m tests.fuzz.fuzz_layers -max_total_time=60 FOLDER

The input is a row of members, each a header's fields and a content; the checksums are made here, since no fuzzer
would find them.  A layer is read, or refused as one that no engine would unpack; what is read adds up.
"""

from __future__ import annotations

import sys
from typing import Final

import atheris

with atheris.instrument_imports(include=["imagematrix.image"]):
    from imagematrix.image.compression import unpacked
    from imagematrix.image.layers import read_contents
    from imagematrix.image.merge import replay
    from imagematrix.image.tar import FormatError

from imagematrix.image.files import Compressed, LayerFiles
from tests.hostile import tars

_KINDS: Final = (b"0", b"\0", b"1", b"2", b"3", b"5", b"6", b"7", b"S", b"L", b"K", b"x", b"g", b"D")


def layer(data: bytes) -> bytes:
    """The archive that an input stands for; it need not be one."""
    told = atheris.FuzzedDataProvider(data)
    raw = b""
    while told.remaining_bytes() > 4 and len(raw) < 1 << 16:
        kind = _KINDS[told.ConsumeIntInRange(0, len(_KINDS) - 1)]
        content = told.ConsumeBytes(told.ConsumeIntInRange(0, 600))
        if kind == b"x" and told.ConsumeBool():
            key, _, value = content.partition(b"=")
            content = tars.pax_record(key, value)
        size: bytes | int = told.ConsumeBytes(12) if told.ConsumeIntInRange(0, 15) == 0 else len(content)
        raw += tars.header(
            told.ConsumeBytes(told.ConsumeIntInRange(0, 40)),
            kind=kind,
            size=size,
            link=told.ConsumeBytes(told.ConsumeIntInRange(0, 40)),
            magic=tars.USTAR if told.ConsumeBool() else tars.GNU,
            tail=told.ConsumeBytes(100) if kind == b"S" else b"",
        ) + tars.padded(content)
    return raw + (told.ConsumeBytes(600) if told.ConsumeBool() else tars.END)


def one(data: bytes) -> None:
    """Try one input: as a compressed stream where it begins like one, else as a row of members."""
    layers, refusals = [], []
    for raw in (data, layer(data)):
        try:
            contents = read_contents(unpacked([raw])[1])
        except FormatError as refusal:
            refusals.append(str(refusal))
            continue
        layers.append(
            LayerFiles(
                diff_id="sha256:" + "0" * 64, compressed=Compressed(0, 0), packed=(), **contents._asdict()
            )
        )
    assert all(refusal.isprintable() and len(refusal) < 1000 for refusal in refusals), refusals
    merged = replay(layers)
    wasted = sum(lost.bytes for lost in merged.lost)
    assert merged.files.visible_bytes + wasted == sum(each.content_bytes for each in layers)


def main() -> None:
    """As libFuzzer's own main: flags that begin with `-`, then folders of inputs."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
