"""A task's text as a document, with offsets into the text as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.ml_backend.errors import BackendError, BackendErrorCode
from annotations.ml_backend.task_text import as_document
from extraction.document import normalise

PIECES = st.lists(
    st.sampled_from(["发布", "521项", "\r\n", "\n", "\r", "\t", "  ", "😀", "𠮷", "é", "é", "\ufeff", "\x00", "。", "각", "豈"]),
    max_size=30,
).map("".join)


@given(PIECES)
def test_every_character_of_the_document_is_found_in_the_text(text: str) -> None:
    task = as_document(text)
    assert task.document.text == normalise(text)
    for position, character in enumerate(task.document.text):
        start, end = task.place(position, position + 1)
        # A letter that the text has in pieces is found with its neighbours in the same cluster.
        assert character in normalise(text[start:end])


@given(PIECES)
def test_a_paragraph_is_placed_where_it_stands(text: str) -> None:
    task = as_document(text)
    for paragraph in task.document.paragraphs:
        for piece in paragraph.pieces:
            start, end = task.place(piece.start, piece.end)
            assert normalise(text[start:end]) == task.document.text[piece.start : piece.end]


def test_letters_in_pieces_are_whole_again() -> None:
    text = unicodedata.normalize("NFD", "Café 发布5条。\r\n")
    task = as_document(text)
    start, end = task.place(3, 4)
    assert text[start:end] == "e\u0301"
    value = task.document.text.index("5条")
    assert text[slice(*task.place(value, value + 2))] == "5条"


def test_half_a_character_is_a_bad_task() -> None:
    with pytest.raises(BackendError, match="half a character") as caught:
        as_document("发布\ud83d5条")
    assert caught.value.code is BackendErrorCode.BAD_TASK
