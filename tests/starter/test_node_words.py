"""Which of the words after `node` is the file."""

from __future__ import annotations

import pytest

from imagematrix.starter.node_words import node_words


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("server.js", "server.js"),
        (". --port 80", "."),
        ("--env-file .env s.js", "s.js"),
        ("-r dotenv/config s.js", "s.js"),
        ("--require=dotenv/config s.js", "s.js"),
        ("--import tsx --import ./b.mjs src/s.ts", "src/s.ts"),
        ("--loader ts-node/esm s.ts", "s.ts"),
        ("-C production s.js", "s.js"),
        ("--title app --inspect s.js", "s.js"),
        ("--max-http-header-size 16384 s.js", "s.js"),
        ("--dns-result-order ipv4first s.js", "s.js"),
        ("--unhandled-rejections strict --trace-warnings s.js", "s.js"),
        ("--max-old-space-size=4096 s.js", "s.js"),
        ("--stack-trace-limit=50 s.js", "s.js"),
        ("--enable-source-maps --no-warnings s.js --inspect", "s.js"),
        ("--disable_warning DEP0040 s.js", "s.js"),
        ("-- s.js", "s.js"),
        ("s.js -- -e", "s.js"),
    ],
)
def test_the_file_is_found_behind_options(words: str, file: str) -> None:
    told = node_words(words.split())
    assert told is not None
    assert told.file == file


@pytest.mark.parametrize(
    "words",
    [
        *("", "--inspect", "-r", "-r x", "--env-file .env", "-e 1", "--eval 1", "--eval=1", "-p 1", "-pe 1"),
        *("--test", "--test a.js", "--run start", "-c a.js", "--check a.js", "-v", "-i", "-", "inspect a.js"),
        *("--stack-trace-limit 50 a.js", "--", "--build-snapshot a.js"),
    ],
)
def test_no_file_is_run(words: str) -> None:
    assert node_words(words.split()) is None


def test_an_empty_word_is_no_file() -> None:
    assert node_words([""]) is None


@pytest.mark.parametrize(
    ("words", "kept", "left_out"),
    [
        ("--env-file .env s.js x", "s.js x", ("--env-file",)),
        ("--env-file=.env --env-file=.b -r a s.js", "-r a s.js", ("--env-file",)),
        ("--env-file-if-exists=.env s.js", "s.js", ("--env-file-if-exists",)),
        ("--watch --watch-path src s.js", "s.js", ("--watch", "--watch-path")),
        ("s.js --watch --env-file=x", "s.js --watch --env-file=x", ()),
    ],
)
def test_what_no_image_needs_is_left_out(words: str, kept: str, left_out: tuple[str, ...]) -> None:
    told = node_words(words.split())
    assert told is not None
    assert (told.words, told.left_out) == (tuple(kept.split()), left_out)


def test_modules_that_are_loaded_before_the_file_are_told() -> None:
    told = node_words(["-r", "a/b", "--import=tsx", "--loader", "c", "s.js", "-r", "d"])
    assert told is not None
    assert told.modules == ("a/b", "tsx", "c")
