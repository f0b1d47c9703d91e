"""The spaCy component puts the same spans and facts on a Doc."""

from __future__ import annotations

import spacy
from spacy import displacy

TEXT = "一、总体情况\n  2023年，全区通过门户网站发布通知公告40条。\n\n行政许可为12件。"


def test_spans_and_facts_are_on_the_doc() -> None:
    nlp = spacy.blank("zh")
    nlp.add_pipe("nianbao", config={"use_model": False})
    doc = nlp(TEXT)
    fact = doc._.nianbao_facts[0]
    assert (fact["code"], fact["value"], fact["period"]) == ("pub.notice", 40, "2023年")
    for fact in doc._.nianbao_facts:
        assert TEXT[fact["start"] : fact["end"]] == fact["text"]
    labels = {span.text: span.label_ for span in doc.spans["nianbao"]}
    assert labels["40条"] == "COUNT"
    assert labels["通知公告"] == "ITEM"
    html = displacy.render(doc, style="span", options={"spans_key": "nianbao"}, jupyter=False)
    assert "ITEM" in html


def test_a_text_without_figures_gives_none() -> None:
    nlp = spacy.blank("zh")
    nlp.add_pipe("nianbao", config={"use_model": False})
    doc = nlp("没有数字的一段话。")
    assert doc._.nianbao_facts == ()
    assert len(doc.spans["nianbao"]) == 0
