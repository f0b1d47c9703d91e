"""Traditional characters read as simplified ones: some pages are published in both scripts.

Only the characters of forms' labels, headings and titles are folded, letter for letter, so that offsets hold;
what is given out stays as printed.
"""

from __future__ import annotations

_PAIRS = (
    "與与業业個个舉举義义鄉乡於于會会體体關关決决況况減减擊击則则製制辦办務务動动勵励單单廠厂廳厅縣县參参發发"
    "號号後后國国處处復复複复導导屬属應应廢废開开強强當当錄录總总執执護护報报據据數数無无時时機机權权條条來来"
    "構构標标欄栏樣样檢检沒没瀏浏點点狀状獄狱現现確确稱称穩稳簽签類类糾纠納纳組组織织細细經经結结給给繼继續续"
    "維维綜综編编繳缴罰罚範范獲获補补規规覽览計计認认議议許许設设訪访訴诉詢询說说請请讀读購购費费轉转這这進进"
    "鎮镇門门問问間间閱阅隊队難难須须項项領领題题額额萬万對对區区臺台審审徵征見见採采統统監监網网職职級级託托"
    "書书團团學学達达運运違违連连選选證证評评質质責责資资財财貿贸農农漁渔環环衛卫醫医藥药廣广電电視视"
)
_FOLD = {ord(traditional): simplified for traditional, simplified in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)}


def simplified(text: str) -> str:
    """The text with the same number of characters."""
    return text.translate(_FOLD)
