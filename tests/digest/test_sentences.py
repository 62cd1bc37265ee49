"""Where a sentence of plain text ends: the one rule for headlines, snippets and messages."""

from __future__ import annotations

import pytest

from digest.items.sentences import ends_as_sentence, sentence_ends


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", " Two!", " Three?"]),
        ("By Dr. Who, e.g. in v. 2. Then.", ["By Dr. Who, e.g. in v. 2.", " Then."]),
        ("第一句。第二句！", ["第一句。", "第二句！"]),
        ("ﾋﾄﾂ｡ﾌﾀﾂ｡", ["ﾋﾄﾂ｡", "ﾌﾀﾂ｡"]),
        ("He said (so. it goes) and left. Out.", ["He said (so. it goes) and left.", " Out."]),
        ("Version 1.5 is out", []),
        ("Am 3. Mai war es. Ja.", ["Am 3. Mai war es.", " Ja."]),
    ],
)
def test_sentences_end_behind_their_marks(text: str, sentences: list[str]) -> None:
    ends = list(sentence_ends(text, 0, len(text)))
    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == sentences
    for end in ends:
        assert end in sentence_ends(text, max(0, end - 2), end)
        assert end not in sentence_ends(text, 0, end - 1)


@pytest.mark.parametrize(
    ("text", "is_sentence"),
    [
        ("A new release.", True),
        ("“A new release!”", True),
        ("(A new release.)", True),
        ("新版本。", True),
        ("(The Verge)", False),
        ("[video]", False),
        ("Acme Inc.", False),
        ("", False),
    ],
)
def test_a_text_ends_as_a_sentence(text: str, is_sentence: bool) -> None:
    assert ends_as_sentence(text) is is_sentence
