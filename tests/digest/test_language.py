"""An issue's language is what its author declares, else what its words tell."""

from __future__ import annotations

import pytest

from digest.language import language_of

JAPANESE = """`herald --watch`
新しいバージョン
`herald check --strict`オプションが追加されています。`config.yaml`の`newsletters`を検査します。
`Watcher.wake()`: フォルダーの監視がサポートされています (#104)。
`herald split`でMarkdownファイルの項目を確認できるように改善されています。"""


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("pt_BR", "Hello and welcome to another week of news about gardens.", "pt-BR"),
        ("", "Hello and welcome to another week of news about gardens.", "en"),
        ("", "Willkommen zu einer weiteren Woche mit Neuigkeiten aus dem Garten.", "de"),
        ("", JAPANESE, "ja"),
        ("", "`herald --watch` 옵션이 추가되었습니다\n`config.yaml`의 `newsletters`를 검사합니다", "ko"),
        ("", "qwx zzq 123", ""),
    ],
    ids=["declared", "english", "german", "japanese with names of programs", "korean with names of programs", "none"],
)
def test_a_language_is_declared_or_told_by_the_words(declared: str, text: str, language: str) -> None:
    assert language_of(declared, [text]) == language
