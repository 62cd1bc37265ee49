"""From an RSS bot's feed list to a configuration that Herald reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.dispatch import main
from cli.feeds import Feed, repository_of
from config.settings import load_config
from errors import ConfigError

OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
  <outline text="News">
    <outline text="Quiet: Servers" title="Quiet: Servers" type="rss"
             xmlUrl="https://someone.github.io/quiet/feed.xml" htmlUrl="https://someone.github.io/quiet/"/>
    <outline text="Elsewhere" type="rss" xmlUrl="https://example.org/feed.xml"/>
    <outline text="Elsewhere" type="rss" xmlUrl="https://example.net/feed.xml"/>
  </outline>
</body></opml>
"""


def test_an_opml_file_becomes_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(OPML)
    assert main(["feeds", str(file)]) == 1
    said = capsys.readouterr()
    assert "3 feeds: the repository of 1 is named, 2 to be filled in" in said.err
    assert "# the repository behind https://example.org/feed.xml" in said.out
    (tmp_path / "config.yaml").write_text(said.out)
    with pytest.raises(ConfigError, match=r"config\.yaml:6: newsletters\[1\]\.source: \"\" is empty"):
        load_config(tmp_path / "config.yaml", {})
    named = "https://example.org/feed.xml=https://example.org/o/r.git"
    assert main(["feeds", str(file), "--repository", named, "--repository", "https://example.net/feed.xml=/srv/n"]) == 0
    (tmp_path / "config.yaml").write_text(capsys.readouterr().out)
    config = load_config(tmp_path / "config.yaml", {})
    assert [(one.name, one.source) for one in config.newsletters] == [
        ("Quiet: Servers", "https://github.com/someone/quiet.git"),
        ("Elsewhere", "https://example.org/o/r.git"),
        ("Elsewhere 2", "/srv/n"),
    ]
    assert config.newsletters[0].site_url == "https://someone.github.io/quiet/"


def test_a_list_with_channels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "feeds.txt"
    file.write_text('https://a.github.io/feed.xml 123456789012345678 My "News"\n\n# not a feed\n')
    assert main(["feeds", str(file)]) == 0
    said = capsys.readouterr()
    assert said.err == "1 feed: the repository of 1 is named, 0 to be filled in\n"
    (tmp_path / "config.yaml").write_text(said.out)
    config = load_config(tmp_path / "config.yaml", {})
    assert (config.newsletters[0].name, config.newsletters[0].source) == (
        'My "News"', "https://github.com/a/a.github.io.git",
    )  # fmt: skip
    assert (config.subscriptions[0].newsletter, config.subscriptions[0].channel) == ('My "News"', 123456789012345678)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no feed in it"),
        ("<opml", "not well-formed"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><opml>&b;</opml>', "defines entities"),
    ],
)
def test_what_is_no_list_of_feeds_is_told(
    tmp_path: Path, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "feeds.opml"
    file.write_text(text)
    assert main(["feeds", str(file)]) == 1
    assert sentence in capsys.readouterr().err
    assert main(["feeds", str(tmp_path / "nothing")]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://Someone.github.io/letters/feed.xml", "https://github.com/Someone/letters.git".lower()),
        ("https://group.gitlab.io/weekly/index.xml", "https://gitlab.com/group/weekly.git"),
        ("https://someone.github.io/atom.xml", "https://github.com/someone/someone.github.io.git"),
        ("https://github.com/Owner/letter/commits/main.atom", "https://github.com/Owner/letter.git"),
        ("https://github.com/owner/letter/releases.atom", "https://github.com/owner/letter.git"),
        ("https://gitlab.com/group/sub/letter/-/tags?format=atom", "https://gitlab.com/group/sub/letter.git"),
        ("https://codeberg.org/owner/letter.rss", "https://codeberg.org/owner/letter.git"),
        ("https://codeberg.org/owner/letter/releases.rss", "https://codeberg.org/owner/letter.git"),
        ("https://github.com/owner.atom", ""),
        ("https://github.com/orgs/some/discussions.atom", ""),
        ("https://codeberg.org/owner.rss", ""),
        ("https://example.org/feed", ""),
        ("https://[bad/feed", ""),
    ],
)
def test_addresses_tell_their_repository(url: str, repository: str) -> None:
    assert repository_of(Feed(url=url)) == repository
