"""How a numbered line begins, as parts of regular expressions: 一、 （三） 4. （5） 6） 第二章."""

from __future__ import annotations

NUMERAL = "[一二三四五六七八九十]{1,3}"
BRACKETED = rf"[（(](?:{NUMERAL}|\d{{1,3}})[）)]"
# A point of a list. A dot before a digit is a decimal point.
POINT = rf"{BRACKETED}|{NUMERAL}[）)、.．]|\d{{1,2}}\s*(?:[）)、]|[.．](?!\d))"
PART = rf"第{NUMERAL}[章节条部]"
