"""The reference answers for real newsletters: the score must not fall."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from cli.split import as_json
from digest.model import ReadOptions
from digest.reading import read_issues

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
SITES = {
    "tech-beats": "https://erogol.com",
    "prakyath": "https://prakyath.com",
    "this-week-in-rust": "https://this-week-in-rust.org",
    "swift-weekly": "https://swiftweeklybrief.com",
}  # SOURCES.md next to the corpus

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (CORPUS / "score.py").is_file(), reason="the corpus is not beside the checkout"),
]


@pytest.fixture(scope="module")
def scored():
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    triples = []
    for path in sorted((CORPUS / "gold").rglob("*.json")):
        gold = json.loads(path.read_text("utf-8"))
        name = path.relative_to(CORPUS / "gold").with_suffix("").as_posix()
        inner = "/".join(Path(gold["path"]).parts[2:])
        options = ReadOptions(site_url=SITES.get(name.split("/")[0], ""))
        issue = read_issues((CORPUS / gold["path"]).read_bytes(), inner, options)[0]
        triples.append((name, gold, as_json(issue)))
    assert len(triples) == 12
    return score.score(triples)


def test_the_means(scored):
    _, _, mean, leaks = scored
    assert mean["F1"] >= 0.97
    assert mean["linkF1"] >= 0.97
    assert mean["title"] >= 0.95
    assert mean["section"] >= 0.95
    assert mean["text"] >= 0.97
    assert mean["meta"] >= 0.97
    assert leaks == 0


def test_no_issue_is_bad(scored):
    rows = scored[0]
    assert {name: rates["F1"] for name, _, rates, _, _ in rows if rates["F1"] < 0.92} == {}
