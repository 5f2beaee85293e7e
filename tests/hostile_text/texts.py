"""Texts that would do something somewhere, if anything let them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# An address that nothing may ask for, and what a script would leave behind it.
ELSEWHERE: Final = "evil.example"
TURNED: Final = "turned"
_SCRIPT: Final = f"window.{TURNED}=1;alert(1)"

TEXTS: Final[Mapping[str, str]] = {
    "a script": f"<script>{_SCRIPT}</script>",
    "an image that fails": f"<img src=x onerror={_SCRIPT}>",
    "out of an attribute": f'"><svg onload={_SCRIPT}>',
    "out of an attribute by one quote": f"' autofocus onfocus={_SCRIPT} x='",
    "out of a script": f"</script><script>{_SCRIPT}</script>",
    "out of a style": f"</style><img src=//{ELSEWHERE}/x.png><style>@import '//{ELSEWHERE}/x.css';",
    "out of a fold": f"</details></summary></code><iframe src=//{ELSEWHERE}></iframe>",
    "a link that is a script": f"javascript:{_SCRIPT}//",
    "an address": f"http://{ELSEWHERE}/ //{ELSEWHERE}/x www.{ELSEWHERE} a@{ELSEWHERE} mailto:a@{ELSEWHERE}",
    "templates": "{{7*7}} {% for x in y %} ${7*7} #{7*7} <%= 7*7 %> {0} {{1} %(x)s %s",
    "entities": "&lt;script&gt; &#60;b&#62; &amp;amp; &nbsp;",
    "columns": "a | b \\| c \\",
    "backticks": "`` ` ``` x `\n~~~\n```\nx",
    "a link in Markdown": f"[x](javascript:{_SCRIPT}) [y](http://{ELSEWHERE}) [1]: http://{ELSEWHERE}",
    "an image in Markdown": f"![](http://{ELSEWHERE}/x.png) ![x][1] <http://{ELSEWHERE}>",
    "blocks in Markdown": "# h\n\nh\n===\n\n- x\n1. y\n> z\n\n| a | b |\n|---|---|\n| c | d |\n\n---\n<b>\n",
    "words in Markdown": "**bold** _x_ ~~y~~ $x$ :smile: @octocat octocat/hello#12 #12 GH-12",
    "a formula": '=HYPERLINK("http://evil.example","x")&cmd|\' /C calc\'!A0',
    "a sum": "+1+1",
    "a difference": "-1+1",
    "a formula by name": "@SUM(1)",
    "a formula behind a tab": "\t=1+1",
    "a formula behind a return": "\r=1+1",
    "a formula behind a blank": " =1+1",
    "a formula behind nothing to be seen": "\u200b=1+1",
    "a formula, full width": "\uff1d1+1",
    "more cells": '","=1+1","\n=1+1,x;=1+1\r\n=1+1',
    "the end of XML": "]]>--><!-- ?> <![CDATA[ </testsuite> <!ENTITY x SYSTEM 'file:///etc/passwd'> &x;",
    "no letters of XML": "\x01\x08\x0b\x0c\x1f\ufffe\uffff\ufdd0",
    "a colour": "\x1b[35;45mx\x1b[2J\x1b[1;1H\x1b[?1049h",
    "a title": "\x1b]0;TURNED\x07\x1b]2;TURNED\x1b\\",
    "the clipboard": "\x1b]52;c;VFVSTkVE\x07",
    "a link in a terminal": f"\x1b]8;;http://{ELSEWHERE}\x1b\\x\x1b]8;;\x1b\\",
    "a device": "\x1bP+q544e\x1b\\\x1b[c\x1b[6n\x1b[>q\x1b_x\x1b\\\x1b^x\x1b\\\x05",
    "controls of one byte": "\x9b31m\x9d0;TURNED\x9c\x90x\x9c\x84\x85\x8d",
    "backwards": "\u202ecod.exe\u202c \u2066x\u2069 \u2067y\u2069 \u2068z\u2069 \u061c\u200e\u200f",
    "nothing to be seen": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "lines": "a\nb\r\nc\rd\x0be\x0cf\x85g\u2028h\u2029i",
    "the end of a text": "\x00x\x00",
    "half a letter": "\ud800 \udcff \udfff",
    "backspaces": "safe\x08\x08\x08\x08evil\x7f\x07",
}
# One with all of them, for what takes long to be made.
EVERY: Final = " ".join(TEXTS.values())
# Whose letters a record can have: the others are refused where it is read.
ARCHIVABLE: Final = EVERY.encode("utf-8", "ignore").decode()
