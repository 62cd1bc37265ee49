"""The configuration: what is accepted, and the sentence for everything that is not."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.settings import Config, NewsletterConfig, load_config
from errors import ConfigError
from storage.layouts import Layout

Write = Callable[..., Path]

_NO_CHANNEL = (
    ':12: subscriptions[0].channel: "#news" is not the id of a channel: in Discord switch on developer mode, then '
    "right-click the channel, Copy Channel ID"
)
ID = 123456789012345678
NEWSLETTER = "newsletters:\n  - name: A\n    source: https://example.org/o/r.git\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str | bytes) -> Path:
        path = tmp_path / "config.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return make


def faults(path: Path, **env: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path, env)
    assert caught.value.exit_status == 2
    return [line.removeprefix(str(path)) for line in str(caught.value).splitlines()]


def test_smallest_configuration_has_all_defaults(write: Write, tmp_path: Path) -> None:
    config = load_config(write(NEWSLETTER), {})
    newsletter = config.newsletters[0]
    assert newsletter.poll == dt.timedelta(minutes=5)
    assert newsletter.max_age == dt.timedelta(days=30)
    assert config.storage == str(tmp_path / "herald.db")
    assert config.cache == tmp_path / ".cache"
    assert config.discord.token is None
    assert config.newsletter("A") is newsletter
    assert config.newsletter("B") is None


def test_everything_can_be_said(write: Write, tmp_path: Path) -> None:
    config = load_config(
        write(
            """
discord: {token: t0ken}
storage: postgresql+asyncpg://u:pw@localhost/db
cache: /var/cache/herald
admin_channel: "123456789012345678"
logging: {level: debug}
newsletters:
  - name: 2024
    source: git@github.com:o/r.git
    ssh_key: keys/id
    branch: content/next
    include: [_posts/*.md, "!_posts/draft.md"]
    exclude: []
    site_url: https://example.org/
    permalink: /:year/:title/
    time_zone: Asia/Shanghai
    poll: 90s
    settle: 0s
    max_age: unlimited
    max_new_issues: unlimited
    split: {skip: [Sponsors], item_level: 3, issue_level: 1, one_story: false}
  - {name: B, source: 'https://example.org/o/r', token: s3cr3t, webhook_secret: h00k}
subscriptions:
  - {newsletter: "2024", channel: 123456789012345678, layout: forum, backfill: 3, role: 123456789012345679,
     on_removed: delete, sections: [News], exclude_sections: [Jobs], tags: [ai]}
search: {semantic: true}
alerts: {channel: 123456789012345680}
web: {enabled: true, host: 0.0.0.0, port: 0, secret: w3b}
"""
        ),
        {},
    )
    first = config.newsletters[0]
    assert first.name == "2024"
    assert first.ssh_key == tmp_path / "keys/id"
    assert first.max_age is None
    assert first.max_new_issues is None
    assert first.poll == dt.timedelta(seconds=90)
    assert first.read_options("x{path}").split.item_level == 3
    assert first.read_options("x{path}").split.one_story is False
    assert first.read_options("x{path}").host_url == "x{path}"
    assert first.time_zone == "Asia/Shanghai"
    assert config.admin_channel == 123456789012345678
    assert config.subscriptions[0].channel == 123456789012345678
    assert config.secrets() == {"t0ken", "s3cr3t", "h00k", "w3b", "pw"}


@pytest.mark.parametrize(
    ("written", "servers"),
    [("everyone", "everyone"), (f"{ID}", (ID,)), (f'["{ID}", {ID + 1}]', (ID, ID + 1)), ("[]", ()), ("", ())],
)
def test_servers_are_ids_or_everyone(write: Write, written: str, servers: object) -> None:
    config = load_config(write(f"{NEWSLETTER}    servers: {written}\n"), {})
    assert config.newsletters[0].servers == servers


def test_names_that_searches_cannot_tell_apart_are_refused(write: Write) -> None:
    other = "  - name: à\n    source: https://example.org/o/s.git\n"
    assert faults(write(NEWSLETTER + other)) == [
        ':4: newsletters[1].name: "à" is the name of newsletters[0] too: rename one'
    ]


def test_all_faults_are_told_at_once_in_the_files_order(write: Write) -> None:
    path = write(
        """storge: x.db
newsletters:
  - name: Tech Beats
    source: https://example.org/o/r.git
    poll: 5x
    pol: 5m
    time_zone: Mars/Base
    include: ["./a.md"]
  - name: tech beats
subscriptions:
  - newsletter: Teck Beats
    channel: "#news"
    layout: itms
"""
    )
    assert faults(path) == [
        ":1: storge: is unknown: did you mean storage?",
        ':5: newsletters[0].poll: "5x" is not a duration: write 90s, 5m, 2h or 30d',
        ":6: newsletters[0].pol: is unknown: did you mean poll?",
        ':7: newsletters[0].time_zone: "Mars/Base" is not a time zone: write a name such as Europe/Berlin or UTC',
        ':8: newsletters[0].include[0]: "./a.md" begins with ./ and never matches: write a.md',
        ':9: newsletters[1].name: "tech beats" is the name of newsletters[0] too: rename one',
        ":9: newsletters[1].source: is missing: A folder, or a Git repository's address (https, ssh or file).",
        ':11: subscriptions[0].newsletter: "Teck Beats" is not a newsletter in this file: did you mean "Tech Beats"?',
        _NO_CHANNEL,
        (
            ':13: subscriptions[0].layout: "itms" is not one of the allowed values: '
            f"write {', '.join(list(Layout)[:-1])} or {list(Layout)[-1]}"
        ),
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("poll: 5", "5 is not a duration"),
        ("poll: 0s", "out of range: write a duration from 1s to 7d"),
        ("poll: 99999999999d", "is not a duration"),
        ("poll: [5m]", "is not a duration"),
        ("settle: 31d", "out of range"),
        ("max_age: never", '"never" is not a duration'),
        ("servers: mine", '"mine" is not the id of a server: in Discord switch on developer mode'),
        ("servers: [123456789012345678, x]", '"x" is not the id of a server: in Discord switch on developer mode'),
        ("servers: [99999999999999999999]", "99999999999999999999 is not the id of a server"),
        ("max_new_issues: 0", "0 is too small: write 1 or more"),
        ("max_new_issues: many", '"many" is not allowed here: write a whole number'),
        ("max_new_issues: true", "true is not a number"),
        ("include: '*.md'", "must be a list"),
        ("include: [a, '']", "is empty and matches nothing"),
        ("include: [a, ]\n    exclude: [a]", "is also in exclude, so it never matches"),
        ("include: [../x.md]", "never matches"),
        ("include: ['a\\b.md']", "has a backslash"),
        ("include: ['C:/x']", "drive"),
        ("include: ['#x']", "is a comment"),
        ("include: ['a[z-a]']", "is not a valid pattern"),
        ("include: [.github/x.md]", "hidden"),
        ("include: [a, ~]", "is an empty entry"),
        ("branch: -x", "is not a branch name"),
        ("branch: a..b", "is not a branch name"),
        ("site_url: example.org", "is not the address of a site"),
        ("split: {item_level: 7}", "7 is too large: write 6 or less"),
        ("split: [a]", "must hold keys: skip, item_level, issue_level, one_story"),
        ("split: {one_story: sometimes}", "write true or false"),
        ("split: {one_story: true, item_level: 2}", "says which headings are items, and one_story that none is"),
        ("split: {skip: ['']}", "is empty: write something"),
        ("ssh_key: /k", "is for ssh only"),
        ("time_zone: 5", "is not a time zone"),
        ("time_zone: ../../etc/passwd", "is not a time zone"),
        ("token: 'a b'", "holds a space"),
        ("token: [s3cr3t]", "must be text"),
        ("permalink: [a]", "write text"),
        ("permalink: !!python/object:os.system x", "tags are not supported"),
        ("permalink: ${BROKEN", "without a variable's name and }"),
        ("permalink: ${1}", "without a variable's name and }"),
        ("permalink: ${NOT_THERE}", "needs the variable NOT_THERE, which is not set"),
        ("? [a]\n    : b", "has a key that is not a plain word"),
        ("<<: {poll: 5m}", "is not a known key"),
        ("backfill: 1", "backfill: does not belong here: it is a setting of subscriptions"),
        ("admin_channel: 1", "admin_channel: does not belong here: write it at the beginning of a line"),
    ],
)
def test_fault_has_line_key_and_remedy(write: Write, line: str, sentence: str) -> None:
    found = faults(write(f"{NEWSLETTER}    {line}\n"))
    assert len(found) == 1
    assert sentence in found[0]
    assert found[0].startswith(":4: newsletters[0]")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("ext::sh -c id", "has the protocol ext, which is not supported"),
        ("git://example.org/o/r", "has the protocol git"),
        ("ftp://example.org/o/r", "has the protocol ftp"),
        ("--upload-pack=x", "must not begin with a hyphen"),
        ("https://user:s3cr3t@example.org/o/r", "holds a user name or password"),
        ("https://s3cr3t@example.org/o/r", "holds a user name or password"),
        ("https://example.org", "is not the address of a repository"),
        ("https:///o/r", "is not the address of a repository"),
        ("ssh://-oProxyCommand=x/o", "is not the address of a repository"),
        ("ssh://git@example.org/-x", "is not the address of a repository"),
        ("git@example.org:-x", "neither its host nor its path may begin with a hyphen"),
        ("https://example.org:port/o/r", "is not an address"),
        ("https://example.org/a b", "holds a space"),
        ("file://server/share", "is not a file address"),
        ("github.com/owner/repo", "write https://github.com/owner/repo"),
        ("s3cr3t@github.com/owner/repo", "write https://github.com/owner/repo"),
        ("user:s3cr3t@github.com/owner/repo", "write https://github.com/owner/repo"),
        ("git@github.com/owner/repo", "write git@github.com:owner/repo"),
        ("owner/repo", "write https://github.com/owner/repo if it is a repository on GitHub, or create the folder"),
        ("gh:owner/repo", "write https://github.com/owner/repo"),
        ("git clone https://github.com/owner/repo.git here", "write https://github.com/owner/repo.git"),
        ("<https://github.com/owner/repo>", "write https://github.com/owner/repo"),
    ],
)
def test_source_that_is_none(write: Write, source: str, sentence: str) -> None:
    (found,) = faults(write(f"newsletters:\n  - name: A\n    source: '{source}'\n"))
    assert sentence in found
    assert "s3cr3t" not in found


def test_a_folder_in_a_folder_is_not_taken_for_an_address(write: Write) -> None:
    path = write("newsletters:\n  - {name: A, source: owner/repo}\n")
    (path.parent / "owner").mkdir()
    assert load_config(path, {}).newsletters[0].source == str(path.parent / "owner/repo")


def test_settings_of_git_repositories_are_refused_for_folders(write: Write) -> None:
    path = write("newsletters:\n  - {name: A, source: letters, branch: main, token: t}\n")
    assert [fault.rpartition("]")[2] for fault in faults(path)] == [
        ".branch: is for Git repositories, and the source is a folder: remove it",
        ".token: is for Git repositories, and the source is a folder: remove it",
    ]


def test_token_is_not_sent_over_plain_http(write: Write) -> None:
    (found,) = faults(write("newsletters:\n  - {name: A, source: 'http://example.org/o/r', token: s3cr3t}\n"))
    assert "is sent over https only" in found
    load_config(write("newsletters:\n  - {name: A, source: 'http://127.0.0.1:80/r', token: t}\n"), {})


def test_subscriptions_that_contradict(write: Write) -> None:
    found = faults(
        write(
            NEWSLETTER
            + f"subscriptions:\n  - {{newsletter: A, channel: {ID}}}\n  - {{newsletter: A, channel: '{ID}'}}\n"
            + "  - {newsletter: A, channel: 123456789012345676, sections: [Jobs], exclude_sections: [jobs]}\n"
            + "  - {newsletter: Zzz, channel: 123456789012345677, backfill: 101}\n"
        )
    )
    assert [fault.split(": ", 1)[1].partition(":")[0] for fault in found] == [
        "subscriptions[1].channel",
        "subscriptions[2].sections[0]",
        "subscriptions[3].backfill",
        "subscriptions[3].newsletter",
    ]
    assert "its newsletters are A" in found[3]


def test_a_role_is_for_several_processes_on_a_server(write: Write) -> None:
    [told] = faults(write("role: all\nstorage: herald.db\n" + NEWSLETTER))
    assert told.startswith(":1: role: several processes need a `storage` on a PostgreSQL server (docs/scale.md)")
    assert load_config(write("role: ingest\nstorage: postgresql://a@b/c\n" + NEWSLETTER), {}).role == "ingest"


def test_path_that_is_none(write: Write) -> None:
    found = faults(write("storage: ~nobody-here/x\ncache: ~nobody-here/y\nnewsletters: [{name: A, source: ~nobody-x}]"))
    assert ["is not a path on this machine" in fault for fault in found] == [True, True, True]


def test_key_written_twice_names_both_lines(write: Write) -> None:
    assert faults(write("storage: a\nstorage: b\n")) == [":2: storage: is set twice, first on line 1: keep one"]


def test_relative_paths_begin_at_the_file(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("storage: data/h.db\nnewsletters:\n  - {name: A, source: letters}\n")
    monkeypatch.chdir("/")
    config = load_config(path, {})
    assert config.storage == str(tmp_path / "data/h.db")
    assert config.newsletters[0].source == str(tmp_path / "letters")


def test_bare_repository_is_a_git_source(write: Write, tmp_path: Path) -> None:
    for name in ("objects", "refs"):
        (tmp_path / "r.git" / name).mkdir(parents=True)
    (tmp_path / "r.git" / "HEAD").write_text("ref: refs/heads/main\n")
    config = load_config(write("newsletters:\n  - {name: A, source: r.git, branch: main}\n"), {})
    assert config.newsletters[0].source == (tmp_path / "r.git").as_uri()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", ": is empty: copy config.example.yaml"),
        (b"# only a comment\n", ": is empty"),
        (b"- a\n- b\n", ":1: must hold keys"),
        (b"just words", ":1: must hold keys"),
        (b"a: b\nname: \xff\n", ":2: is not encoded as UTF-8"),
        ("a: b".encode("utf-16"), ": is encoded as UTF-16"),
        (b"a: b\nc: [1, 2\nd: e\n", ":3:2: is not valid YAML"),
        (b"a:\n\tb: c\n", "write spaces, not tabs"),
        (b"a:\tb\n", "write spaces, not tabs"),
        (
            "a:\n  - b: c\n\u00a0\u00a0\u00a0\u00a0d: e\n    f: g\n".encode(),
            "line 3 has a character that only looks like a space",
        ),
        ("a:\n  - b: c\n    d:\u00a0e\n".encode(), "line 3 has a character that only looks like a space"),
        ("a:\n  \u2013 b: c\n    d: e\n".encode(), "line 2 begins with a dash that is not a hyphen"),
        (b"a:\n  - b: c\n    d:e\n", "line 3 needs a space after the colon"),
        (
            b"newsletters:\n  - name:Duck\n    source:pond\n",
            ":2: newsletters[0]: needs a space after each colon: name: Duck",
        ),
        (
            b"a:\n  - b: c\n     d: e\n",
            "mapping values are not allowed here; indent this line like the other keys of its entry",
        ),
        (b"a:\n  - b: c\n   d: e\n", "; indent this line like the other keys"),
        (b'a: "C:\\Users"\n', "between double quotes \\ begins an escape: use single quotes"),
        (b"a: [**/*.md]\n", "put the value in quotes"),
        (b"a: *.md\n", "put the value in quotes"),
        (b"a: @x\n", "put the value in quotes"),
        (b"a: b\x00c\n", ":1: holds the character U+0000"),
        (b"a: &x [*x]\n", "refers to itself"),
        (b"[" * 100_000, "is nested more than 20 levels deep"),
        (b"x" * 1_000_001, "is larger than 1,000,000 bytes"),
        (b"a: b\n---\nc: d\n", "is not valid YAML"),
    ],
)
def test_file_that_cannot_be_read(write: Write, data: bytes, sentence: str) -> None:
    assert sentence in "\n".join(faults(write(data)))


def test_aliases_that_stand_for_very_much_are_refused(write: Write) -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert "aliases stand for more than" in faults(write("l0: &l0 [x, x]\n" + levels))[0]


def test_alias_is_possible(write: Write) -> None:
    path = write(
        "newsletters:\n  - {name: A, source: a, exclude: &x [draft.md]}\n  - {name: B, source: b, exclude: *x}\n"
    )
    assert load_config(path, {}).newsletters[1].exclude == ("draft.md",)


def test_missing_file_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"config\.yaml: does not exist: copy config\.example\.yaml"):
        load_config(None, {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, {})


def test_variables_and_their_files(write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    path = write(
        "newsletters:\n"
        "  - {name: '${NAME}', source: 'https://h/${OWNER:-o}/r', token: '${TOKEN}', permalink: 'a$${b}c'}\n"
        "web: {enabled: '${WEB}', port: '${PORT:-99}'}\n"
    )
    env = {"NAME": "A", "TOKEN_FILE": str(tmp_path / "secret"), "WEB": "true", "PORT": ""}
    config = load_config(path, env)
    newsletter = config.newsletters[0]
    assert (newsletter.name, newsletter.source, newsletter.permalink) == ("A", "https://h/o/r", "a${b}c")
    assert newsletter.token is not None
    assert newsletter.token.get_secret_value() == "from-file"
    assert (config.web.enabled, config.web.port) == (True, 99)


def test_token_comes_from_the_environment(write: Write, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("  t0ken\n")
    (tmp_path / "herald_discord_token").write_text("t0ken\n")
    for text in (NEWSLETTER, NEWSLETTER + "discord: {token: '${DISCORD_TOKEN}'}\n", NEWSLETTER + "discord:\n"):
        for env in (
            {"DISCORD_TOKEN": "t0ken"},
            {"DISCORD_TOKEN_FILE": str(tmp_path / "token")},
            {"CREDENTIALS_DIRECTORY": str(tmp_path)},
        ):
            token = load_config(write(text), env).discord.token
            assert token is not None
            assert token.get_secret_value() == "t0ken"
        assert load_config(write(text), {}).discord.token is None


def test_credentials_of_systemd_are_variables(write: Write, tmp_path: Path) -> None:
    newsletter = "{name: A, source: 'https://h/o/r', token: '${GIT_TOKEN}'}"
    path = write(f"newsletters: [{newsletter}]\nweb: {{secret: '${{WEB_SECRET}}'}}\n")
    (tmp_path / "herald_git_token").write_text("folder\n")
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    (found,) = faults(path, **env)
    assert found.endswith("set WEB_SECRET, or WEB_SECRET_FILE to a file's path, or add the credential web_secret")
    (tmp_path / "web_secret").write_text("itself\n")
    config = load_config(path, env)
    token, secret = config.newsletters[0].token, config.web.secret
    assert token is not None
    assert secret is not None
    assert (token.get_secret_value(), secret.get_secret_value()) == ("folder", "itself")


def test_secret_file_that_cannot_be_read(write: Write) -> None:
    (found,) = faults(write(NEWSLETTER), DISCORD_TOKEN_FILE="/nowhere/token")
    assert found == ": the file /nowhere/token of DISCORD_TOKEN_FILE cannot be read: No such file or directory"


def test_a_secrets_file_that_cannot_be_read_is_told_once(write: Write) -> None:
    text = NEWSLETTER + "    token: '${DISCORD_TOKEN}'\ndiscord: {token: '${DISCORD_TOKEN}'}\n"
    (found,) = faults(write(text), DISCORD_TOKEN_FILE="/nowhere/token")
    assert "the file /nowhere/token of DISCORD_TOKEN_FILE cannot be read: No such file or directory" in found


@pytest.mark.parametrize("text", [NEWSLETTER, NEWSLETTER + "discord: {token: '${DISCORD_TOKEN}'}\n"])
@pytest.mark.parametrize("given", ["Bot t0ken", '"t0ken"', " 'Bot t0ken' ", "bot  t0ken"])
def test_a_token_as_people_paste_it(write: Write, text: str, given: str) -> None:
    token = load_config(write(text), {"DISCORD_TOKEN": given}).discord.token
    assert token is not None
    assert token.get_secret_value() == "t0ken"


@pytest.mark.parametrize("text", [NEWSLETTER, NEWSLETTER + "discord: {token: '${DISCORD_TOKEN}'}\n"])
def test_a_token_that_is_not_one_is_a_sentence(write: Write, text: str) -> None:
    (found,) = faults(write(text), DISCORD_TOKEN="two words")
    assert "holds a space or a line break" in found
    assert "two words" not in found


@pytest.mark.parametrize("line", ["channel: 12", "channel: 99999999999999", "role: 5"])
def test_a_number_that_is_not_an_id(write: Write, line: str) -> None:
    other = "" if line.startswith("channel") else ", channel: 123456789012345678"
    (found,) = faults(write(f"{NEWSLETTER}subscriptions:\n  - {{newsletter: A, {line}{other}}}\n"))
    assert f"is not the id of a {line.partition(':')[0]}: in Discord switch on developer mode" in found


@pytest.mark.parametrize("name", ["Weekly: the news", 'Weekly: "the" news', "Weekly:"])
def test_a_colon_in_a_value_is_told_with_its_remedy(write: Write, name: str) -> None:
    (found,) = faults(write(f"newsletters:\n  - name: {name}\n    source: a\n"))
    remedy = found.rpartition("needs quotes: ")[2]
    assert yaml.safe_load(remedy) == {"name": name}


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("    colour: #ff0000", "newsletters[0].colour", "#ff0000"),
        ("    branch:   #main ", "newsletters[0].branch", "#main"),
    ],
)
def test_a_value_that_yaml_takes_for_a_comment_is_told(write: Write, line: str, key: str, value: str) -> None:
    (found,) = faults(write(f"{NEWSLETTER}{line}\n"))
    assert found == f':4: {key}: is empty, for # begins a comment: write "{value}" in quotes'


@pytest.mark.parametrize("line", ["    branch: # the default one", "    branch: ## main", "    branch:  #the default"])
def test_a_comment_behind_a_key_without_a_value_is_one(write: Write, line: str) -> None:
    assert load_config(write(f"{NEWSLETTER}{line}\n"), {}).newsletters[0].branch == ""


def test_a_key_behind_spaces_that_only_look_like_some_is_told(write: Write) -> None:
    found = faults(write("newsletters:\n  - name: A\n\u00a0\u00a0\u00a0\u00a0source: a\n"))
    assert any("a space that only looks like one: retype the spaces before source again" in each for each in found)


def test_typographic_quotes_are_not_taken_for_a_part_of_the_value(write: Write) -> None:
    (found,) = faults(write("newsletters:\n  - name: \u201cTech\u201d\n    source: a\n"))
    assert 'typographic quotes, which would be part of it: write "Tech"' in found
    assert (
        load_config(write("newsletters:\n  - name: '\u201cTech\u201d'\n    source: a\n"), {}).newsletters[0].name
        == "“Tech”"
    )


def test_a_limit_that_is_to_be_lifted_is_told_its_word(write: Write) -> None:
    (found,) = faults(write("newsletters:\n  - name: A\n    source: a\n    max_age: never\n"))
    assert "write unlimited" in found


def test_missing_variable_hides_nothing_else(write: Write) -> None:
    found = faults(write("newsletters:\n  - {name: A, source: '${X}', include: ['${Y}', './a']}\n"))
    assert [fault.split(":")[2].strip() for fault in found] == [
        "newsletters[0].include[0]",
        "newsletters[0].include[1]",
        "newsletters[0].source",
    ]


def test_secrets_show_nowhere(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    text = (
        "discord: {token: s3cr3t-a}\nstorage: 'postgresql://u:s3cr3t-b@h/d'\nweb: {secret: s3cr3t-c}\n"
        "newsletters:\n  - {name: A, source: 'https://h/o/r', token: '${T}'}\n"
    )
    config = load_config(write(text), {"T": "s3cr3t-d"})
    logging.getLogger("test").warning("%r %s", config, config)
    assert "s3cr3t" not in caplog.text
    assert "s3cr3t" not in config.model_dump_json(exclude={"storage"})
    bad = text.replace("name: A", "name: ''") + "    site_url: '${T}'\n    time_zone: '${T}'\n    token: '${T} x'\n"
    assert "s3cr3t" not in "\n".join(faults(write(bad), T="s3cr3t-d"))


def test_long_value_from_the_environment_does_not_show(write: Write) -> None:
    (found,) = faults(write(f"{NEWSLETTER}    site_url: '${{T}}'\n"), T="s3cr3t" * 40)
    assert "s3cr3t" not in found
    assert '"${T}"' in found


def test_settings_are_frozen() -> None:
    newsletter = NewsletterConfig(name="A", source="https://h/o/r")
    with pytest.raises(ValidationError):
        newsletter.name = "B"
    assert Config().newsletters == ()


def test_working_folder_does_not_matter_for_an_unreadable_file(write: Write) -> None:
    path = write(NEWSLETTER)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load_config(path, {})


def test_a_folder_is_no_database_and_a_file_no_cache(write: Write, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "notes").write_text("", "utf-8")
    assert faults(write(f"storage: data\ncache: notes\n{NEWSLETTER}")) == [
        ':1: storage: "data" is a folder: write the path of a file in it, such as data/herald.db',
        ':2: cache: "notes" is a file: write the path of a folder',
    ]


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"^{re.escape(str(tmp_path))}: cannot be read: Is a directory$"):
        load_config(tmp_path, {})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(str.encode),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.floats()),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(st.sampled_from(["newsletters", "name", "source", "poll", "x", "web"]), inner),
            ),
            max_leaves=12,
        ).map(lambda value: __import__("json").dumps(value).encode()),
    )
)
def test_any_bytes_are_a_configuration_or_a_fault(write: Write, data: bytes) -> None:
    path, told = write(data), "none"
    try:
        load_config(path, {})
    except ConfigError as error:
        told = str(error)
    assert told.strip()


def test_ca_file_is_a_file_and_for_https_only(tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_text("x")
    text = "newsletters:\n  - name: a\n    source: {}\n    ca_file: {}\n"

    def load(source: str, ca_file: str) -> Config:
        (tmp_path / "config.yaml").write_text(text.format(source, ca_file))
        return load_config(tmp_path / "config.yaml", {})

    assert load("https://example.org/a", "own.pem").newsletters[0].ca_file == tmp_path / "own.pem"
    for source, ca_file, said in (
        ("https://example.org/a", "missing.pem", r'ca_file: "missing.pem" is not a file'),
        ("git@example.org:a/b.git", "own.pem", "ca_file: is for https only"),
        (".", "own.pem", "ca_file: is for Git repositories"),
    ):
        with pytest.raises(ConfigError, match=said):
            load(source, ca_file)
