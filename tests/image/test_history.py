from __future__ import annotations

import pytest

from imagematrix.image.history import from_engine


def test_lines_come_oldest_first_with_their_bytes() -> None:
    listed = [('CMD ["npm"]', 0), ("RUN npm ci", 500), ("WORKDIR /app", 0), ("ADD rootfs", 100)]
    lines = from_engine(listed, layers=3)
    assert lines is not None
    assert [(x.created_by, x.bytes, x.empty) for x in lines] == [
        ("ADD rootfs", 100, False),
        ("WORKDIR /app", 0, False),
        ("RUN npm ci", 500, False),
        ('CMD ["npm"]', 0, True),
    ]


@pytest.mark.parametrize(
    "instruction",
    [
        "ENV A=1",
        '/bin/sh -c #(nop)  CMD ["node"]',
        "LABEL x=1",
        'ENTRYPOINT ["/nodejs/bin/node"]',
        "EXPOSE map[3000/tcp:{}]",
        "WORKDIR /",
        "HEALTHCHECK NONE",
    ],
)
def test_instructions_that_only_change_the_config_make_no_layer(instruction: str) -> None:
    lines = from_engine([(instruction, 0), ("COPY a b", 1)], layers=1)
    assert lines is not None
    assert lines[1].empty


def test_an_empty_run_still_makes_a_layer() -> None:
    lines = from_engine([("RUN true", 0)], layers=1)
    assert lines is not None
    assert not lines[0].empty


def test_a_history_that_does_not_come_out_right_is_not_believed() -> None:
    assert from_engine([("/bin/sh -c #(nop) WORKDIR /app", 0), ("ADD x", 1)], layers=1) is None
