"""What is remembered of texts must not keep large files in memory."""

from __future__ import annotations

from digest.items import wording
from digest.model import ReadOptions
from digest.reading import read_issues


def test_nothing_of_a_large_file_is_remembered() -> None:
    read_issues(b"# May\n\n- [Reeds](https://r.example) grow\n", "small.md", ReadOptions())
    assert wording.is_sponsored.cache_info().currsize > 0
    text = f"# June\n\n- [Frogs](https://f.example) jump {'far ' * 30_000}\n"
    assert [issue.title for issue in read_issues(text.encode(), "large.md", ReadOptions())] == ["June"]
    assert wording.is_sponsored.cache_info().currsize == 0
