"""Reading loses nothing of real issues: in a file of its own, for it takes longest and runs next to the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kept_whole import assert_nothing_is_lost

from digest.model import ReadOptions, SplitOptions
from digest.reading import read_issues

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "newsletters"


@pytest.mark.corpus
@pytest.mark.timeout(600)
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real newsletters is not beside the checkout")
def test_nothing_is_lost_of_any_issue_of_the_corpus():
    paths = [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    assert len(paths) > 1080
    for path in paths:
        assert_nothing_is_lost(path.read_bytes(), path.name)


@pytest.mark.corpus
@pytest.mark.timeout(600)
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real newsletters is not beside the checkout")
def test_weeks_in_one_readme_are_issues():
    path = CORPUS / "ml-papers" / "README.md"
    issues = read_issues(path.read_bytes(), "README.md", ReadOptions(split=SplitOptions(issue_level=2)))
    weeks = [issue for issue in issues if issue.title.startswith("Top")]
    assert len(weeks) == 130
    assert all(issue.date for issue in weeks if re.search(r"\d{4}", issue.title))
    assert len(issues) == 130
    for week in (weeks[0], weeks[-1]):
        assert len(week.items) >= 9
        assert all(item.title and item.links for item in week.items)
