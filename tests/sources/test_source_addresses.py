"""Addresses of sources, patterns, pages of files on hosts, and opening a source."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from config.settings import NewsletterConfig
from pipeline.opening import open_source
from sources.address import FolderAddress, GitAddress, is_branch_name, is_loopback, parse_address
from sources.folder import FolderSource
from sources.git.errors import explain
from sources.git.hosts import host_url
from sources.git.process import Access, Credentials
from sources.git.source import GitSource
from sources.listing import compare
from sources.patterns import Matcher, pattern_fault


@pytest.mark.parametrize(
    ("text", "scheme", "host"),
    [
        ("https://example.org/o/r.git", "https", "example.org"),
        ("HTTPS://example.org/o/r.git", "https", "example.org"),
        ("https://example.org:8443/o/r", "https", "example.org"),
        ("ssh://git@example.org:2222/o/r", "ssh", "example.org"),
        ("git@example.org:o/r.git", "ssh", "example.org"),
        ("file:///srv/r.git", "file", ""),
    ],
)
def test_git_address(text: str, scheme: str, host: str) -> None:
    assert parse_address(text, Path("/")) == GitAddress(text, scheme, host)


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (
            "https://github.com/o/r/tree/main/content/posts",
            'source: https://github.com/o/r, branch: main, include: ["content/posts/*.md"]',
        ),
        ("https://github.com/o/r/tree/HEAD", "is a page of a repository: write source: https://github.com/o/r"),
        (
            "https://github.com/o/r/blob/main/letters/a%20b.md",
            'source: https://github.com/o/r, branch: main, include: ["letters/a b.md"]',
        ),
        ("https://github.com/o/r?tab=readme-ov-file#readme", "write source: https://github.com/o/r"),
        (
            "https://gitlab.example.org/a/b/r/-/tree/next/x",
            'https://gitlab.example.org/a/b/r, branch: next, include: ["x/*.md"]',
        ),
        ("https://codeberg.org/o/r/src/branch/main/x.md", 'https://codeberg.org/o/r, branch: main, include: ["x.md"]'),
        ("https://bitbucket.org/o/r/src/main/", "write source: https://bitbucket.org/o/r, branch: main"),
        (
            "https://raw.githubusercontent.com/o/r/refs/heads/main/README.md",
            'source: https://github.com/o/r, branch: main, include: ["README.md"]',
        ),
        ("https://github.com/o", "names an owner and no repository"),
        ("https://github.com//", "names no repository"),
        ("https://example.org/feed", "is a feed's address"),
        ("https://example.org/blog/index.xml", "is a feed's address"),
    ],
)
def test_page_in_a_browser_is_refused_with_what_to_write(page: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="write") as caught:
        parse_address(page, Path("/"))
    assert str(caught.value).endswith(sentence) or str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/o/feed",
        "https://github.com/tree/blob",
        "https://gitlab.com/group/sub/tree/main",
        "https://gist.github.com/o/0123456789abcdef",
        "https://git.example.org/src/branch.git",
        "https://example.org/o/r?x=1",
        "https://dev.azure.com/o/p/_git/r",
    ],
)
def test_repository_that_looks_like_a_page(address: str) -> None:
    assert parse_address(address, Path("/")) == GitAddress(address, "https", address.split("/")[2])


def test_folder_address_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_address("a/../b", tmp_path) == FolderAddress(tmp_path.resolve() / "b")
    assert parse_address("~/x", Path("/")) == FolderAddress(tmp_path.resolve() / "x")


@given(st.text(max_size=60))
@example("~nobody-here/x")
@example("\0")
@example("https://[")
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_address(text, Path("/nowhere"))
    except ValueError:
        address = None
    if isinstance(address, GitAddress):
        assert address.scheme in {"https", "http", "ssh", "file"}
        assert not address.url.startswith("-")
        assert not address.host.startswith("-")


def test_loopback() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "a.localhost"))
    assert not any(is_loopback(host) for host in ("example.org", "10.0.0.1", "localhost.example.org", ""))


@pytest.mark.parametrize("name", ["main", "content/next", "v1.0", "ümlaut", "a-b_c"])
def test_branch_name(name: str) -> None:
    assert is_branch_name(name)


@pytest.mark.parametrize(
    "name", ["", "-x", "/a", "a/", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a//b", "a.lock", ".a",
             "a/.b", "a.", "a@{b", "a\n", "a.lock/b"]
)  # fmt: skip
def test_no_branch_name(name: str) -> None:
    assert not is_branch_name(name)


@pytest.mark.parametrize(
    ("include", "exclude", "path", "is_issue"),
    [
        (["*.md"], [], "a.md", True),
        (["*.md"], [], "x/y/a.md", True),
        (["_posts/*.md"], [], "_posts/a.md", True),
        (["_posts/*.md"], [], "_posts/x/a.md", False),
        (["_posts/*.md"], [], "x/_posts/a.md", False),
        (["_posts/**/*.md"], [], "_posts/a.md", True),
        (["content/**/index.md"], [], "content/a/b/index.md", True),
        (["/README.md"], [], "README.md", True),
        (["/README.md"], [], "x/README.md", False),
        (["posts"], [], "posts/a.txt", True),
        (["*.md", "!draft.md"], [], "draft.md", False),
        (["*.md"], ["drafts/"], "drafts/a.md", False),
        (["*.md"], ["drafts/"], "x/drafts/a.md", False),
        (["*.md"], ["/drafts/"], "x/drafts/a.md", True),
        (["*.md"], [], ".github/a.md", False),
        (["*.md"], [], "A.MD", True),
        ([], [], "anything", True),
    ],
)
def test_patterns(include: list[str], exclude: list[str], path: str, is_issue: bool) -> None:
    assert Matcher(include, exclude)(path) is is_issue
    assert not any(pattern_fault(pattern) for pattern in [*include, *exclude])


@pytest.mark.parametrize(
    ("address", "branch", "page"),
    [
        ("https://github.com/o/r.git", "main", "https://github.com/o/r/blob/main/{path}"),
        ("git@github.com:o/r.git", "", "https://github.com/o/r/blob/HEAD/{path}"),
        ("https://gitlab.com/g/s/r", "a/b", "https://gitlab.com/g/s/r/-/blob/a/b/{path}"),
        ("https://gitlab.example.org/g/r", "x", "https://gitlab.example.org/g/r/-/blob/x/{path}"),
        ("https://codeberg.org/o/r", "main", "https://codeberg.org/o/r/src/branch/main/{path}"),
        ("ssh://git@bitbucket.org/o/r", "main", "https://bitbucket.org/o/r/src/main/{path}"),
        ("https://git.sr.ht/~o/r", "main", "https://git.sr.ht/~o/r/tree/main/item/{path}"),
        ("https://example.org/o/r", "main", ""),
        ("file:///srv/r", "main", ""),
    ],
)
def test_page_of_a_file(address: str, branch: str, page: str) -> None:
    parsed = parse_address(address, Path("/"))
    assert isinstance(parsed, GitAddress)
    assert host_url(parsed, branch) == page


def test_open_source_takes_what_the_newsletter_says(tmp_path: Path) -> None:
    folder = open_source(NewsletterConfig(name="A", source=str(tmp_path)), tmp_path / "cache")
    remote = open_source(
        NewsletterConfig(name="B", source="https://github.com/o/r", token=SecretStr("t")), tmp_path / "cache"
    )
    assert isinstance(folder, FolderSource)
    assert folder.host_url() == ""
    assert isinstance(remote, GitSource)
    assert remote.host_url() == "https://github.com/o/r/blob/HEAD/{path}"
    assert not (tmp_path / "cache").exists()


def test_environment_cuts_git_off_from_the_users_settings() -> None:
    access = Access(
        address=GitAddress("https://example.org/o/r", "https", "example.org"), credentials=Credentials(token="t0ken")
    )
    outer = {"PATH": "/bin", "GIT_DIR": "/x", "GIT_SSL_NO_VERIFY": "1", "LD_PRELOAD": "x", "https_proxy": "http://p"}
    env = access.environment(outer)
    assert env["PATH"] == "/bin"
    assert env["https_proxy"] == "http://p"
    assert not {"GIT_DIR", "GIT_SSL_NO_VERIFY", "LD_PRELOAD"} & set(env)
    assert "t0ken" not in repr(access)
    settings = {env[f"GIT_CONFIG_KEY_{n}"]: env[f"GIT_CONFIG_VALUE_{n}"] for n in range(int(env["GIT_CONFIG_COUNT"]))}
    assert settings["protocol.allow"] == "never"
    assert settings["protocol.https.allow"] == "always"
    assert settings["http.followRedirects"] == "false"


def test_ssh_asks_nobody_and_uses_the_key_alone(tmp_path: Path) -> None:
    access = Access(
        address=GitAddress("git@example.org:o/r", "ssh", "example.org"),
        credentials=Credentials(ssh_key=tmp_path / "my key"),
        known_hosts=tmp_path / "known_hosts",
    )
    command = access.environment({})["GIT_SSH_COMMAND"]
    assert f"-i '{tmp_path}/my key'" in command
    assert "BatchMode=yes" in command
    assert "IdentitiesOnly=yes" in command


@pytest.mark.parametrize(
    ("messages", "kind"),
    [
        ("fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output", "full"),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", "host-key"),
        ("git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.", "refused"),
        ("fatal: Authentication failed for 'https://h/o/r/'", "refused"),
        ("remote: Repository not found.\nfatal: repository 'https://h/o/r/' not found", "missing"),
        ("fatal: unable to access 'https://h/o/r/': Could not resolve host: h", "down"),
        ("fatal: unable to access 'https://h/o/r/': SSL certificate problem: self-signed certificate", "certificate"),
        ("fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF", "down"),
        ("fatal: couldn't find remote ref refs/heads/x", "branch"),
        ("error: object file objects/ab/cd is empty\nfatal: loose object abcd is corrupt", "corrupt"),
        ("fatal: detected dubious ownership in repository at '/srv/r'", "owner"),
        ("error: cannot run ssh: No such file or directory\nfatal: unable to fork", "setup"),
        ("fatal: something quite new", "other"),
        ("", "other"),
        ("No user exists for uid 54321\nfatal: Could not read from remote repository.", "setup"),
    ],
)
def test_what_git_says_is_understood(messages: str, kind: str) -> None:
    error = explain(messages, "https://h/o/r", ("s3cr3t",))
    assert error.kind == kind
    assert str(error).count("\n") == 0


@pytest.mark.parametrize("what", ["error in libcrypto", "invalid format"])
def test_key_that_was_damaged_by_copying_is_told(what: str) -> None:
    messages = f'Load key "/run/key": {what}\r\ngit@h: Permission denied (publickey).\nfatal: Could not read.'
    error = explain(messages, "ssh://h/o/r")
    assert error.kind == "key"
    assert "has Windows line ends, lacks the end of its last line" in str(error)


def test_explanation_hides_secrets_and_control_characters() -> None:
    error = explain("fatal: bad header s3cr3t \x1b[31m" + "x" * 1_000, "https://h/o/r", ("s3cr3t",))
    assert "s3cr3t" not in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 300


def test_rename_prefers_the_same_name_and_leaves_equal_files_apart() -> None:
    old = {"a/1.md": "x", "a/2.md": "x", "a/3.md": "y"}
    new = {"b/2.md": "x", "b/1.md": "x", "b/4.md": "x", "a/3.md": "z"}
    difference = compare(old, new)
    assert difference.renamed == {"b/1.md": "a/1.md", "b/2.md": "a/2.md"}
    assert (difference.added, difference.changed, difference.deleted) == (["b/4.md"], ["a/3.md"], [])


@given(st.dictionaries(st.text("ab", min_size=1, max_size=3), st.sampled_from("xyz")),
       st.dictionaries(st.text("ab", min_size=1, max_size=3), st.sampled_from("xyz")))  # fmt: skip
def test_difference_leads_from_the_old_to_the_new(old: dict[str, str], new: dict[str, str]) -> None:
    difference = compare(old, new)
    state = {path: content for path, content in old.items() if path not in difference.deleted}
    for path, before in difference.renamed.items():
        assert old[before] == new[path]
        state.pop(before)
    state |= {path: new[path] for path in (*difference.added, *difference.changed, *difference.renamed)}
    assert state == new


def test_pattern_with_a_bracket_in_a_set_is_quiet() -> None:  # a warning is an error here
    assert pattern_fault("[[a].md") is None
    assert Matcher(("[[a].md",), ())("[.md")
