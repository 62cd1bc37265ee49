"""Newsletters that are written, corrected and taken back while bots die: the truth that channels are compared with."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ABOUT = ("ferns", "granite", "herons")  # what stories are about
FIRST_DAY = dt.date(2020, 1, 1)
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
}


@dataclass
class Story:
    """One item; its title and link are unlike those of any other, so that nothing is taken for its correction."""

    newsletter: str
    issue: int
    number: int
    version: int = 1
    take: int = 1
    was_late: bool = False  # it came, or came back, after its issue was published
    came_back: bool = False  # its message may be where it was before

    @property
    def title(self) -> str:
        """Its heading, as a reader sees it."""
        about = hashlib.sha256(self.link.encode()).hexdigest()[:24]
        return f"Story {self.issue}.{self.number} {about}" + (f" take {self.take}" if self.take > 1 else "")

    @property
    def text(self) -> str:
        """Its one paragraph."""
        return f"Text of story {self.issue}.{self.number}, version {self.version}, about {self.about}."

    @property
    def about(self) -> str:
        """The word by which a filter may tell it from others; it never changes."""
        return ABOUT[self.number % len(ABOUT)]

    @property
    def link(self) -> str:
        """What makes it the same story in every version."""
        return f"https://example.org/{self.newsletter}/{self.issue}/{self.number}"


@dataclass
class Issue:
    """One file."""

    number: int
    path: str
    stories: list[Story]
    removed: list[Story] = field(default_factory=list[Story])
    version: int = 1
    is_live: bool = True
    is_draft: bool = False
    is_backlog: bool = False  # it was there before anybody followed
    was_moved_in: bool = False  # its stories changed places
    published_s: float = 0.0
    spaces: int = 0

    @property
    def title(self) -> str:
        """Its title."""
        return f"Issue {self.number}"

    @property
    def summary(self) -> str:
        """What its header says."""
        return f"Summary of issue {self.number}, version {self.version}."

    def markdown(self) -> str:
        """Return the file."""
        day = FIRST_DAY + dt.timedelta(days=self.number)
        draft = "draft: true\n" if self.is_draft else ""
        head = f"---\ntitle: {self.title}\ndate: {day}\nsummary: {self.summary}\n{draft}---\n\n## News\n\n"
        gap = "\n" * (2 + self.spaces)
        return head + "".join(f"### [{story.title}]({story.link})\n\n{story.text}{gap}" for story in self.stories)


class Newsletter:
    """A folder, or a bare Git repository, that somebody writes in."""

    def __init__(self, name: str, place: Path, chance: random.Random, *, is_git: bool, may_reorder: bool = False):
        self.name = name
        self.place = place
        self.is_git = is_git
        self.may_reorder = may_reorder
        self.issues: list[Issue] = []
        self.counts: dict[str, int] = {}
        self._chance = chance
        self._next = 1
        self._clock = 1_700_000_000
        self._on_disk: dict[str, str] = {}
        place.mkdir(parents=True)
        if is_git:
            self._git("init", "--quiet", "--bare", "--initial-branch=main", ".")
        (place / "readme.txt").write_text("no issue")

    @property
    def written(self) -> list[Issue]:
        """The issues that are there now."""
        return [issue for issue in self.issues if issue.is_live]

    def new_issue(self, stories: int, *, is_draft: bool = False) -> Issue:
        """Write one more issue; `commit` publishes it."""
        number = self._next
        self._next += 1
        made = [Story(self.name, number, index) for index in range(1, stories + 1)]
        issue = Issue(number, f"issue-{number:05}.md", made, is_draft=is_draft, published_s=time.monotonic())
        self.issues.append(issue)
        return issue

    # ---- what authors do --------------------------------------------------------------------------------------------

    def act(self) -> str:
        """Do one thing at random and put it into the source; returns its name."""
        actions = {
            "publish": 8, "correct": 6, "retitle": 2, "add": 3, "remove": 3, "bring back": 2, "header": 2,
            "white space": 1, "rename": 2, "remove issue": 1, "bring back issue": 1, "draft": 1, "undraft": 2,
            "reorder": 1 if self.may_reorder else 0,
        }  # fmt: skip
        name = self._chance.choices(list(actions), list(actions.values()))[0]
        did = getattr(self, "_" + name.replace(" ", "_"))()
        if did is False:
            return ""
        self.commit()
        self.counts[name] = self.counts.get(name, 0) + 1
        return name

    def _publish(self) -> None:
        self.new_issue(self._chance.randint(2, 9))

    def _draft(self) -> None:
        self.new_issue(self._chance.randint(2, 4), is_draft=True)

    def _undraft(self) -> bool:
        drafts = [issue for issue in self.written if issue.is_draft]
        for issue in drafts[:1]:
            issue.is_draft = False
            issue.published_s = time.monotonic()
            issue.was_moved_in = True  # when it comes is not its number's place
        return bool(drafts)

    def _some(self) -> Issue | None:
        recent = [issue for issue in self.written if not issue.is_backlog][-6:]
        return self._chance.choice(recent) if recent else None

    def _story(self) -> Story | None:
        issue = self._some()
        return self._chance.choice(issue.stories) if issue and issue.stories else None

    def _correct(self) -> bool:
        if (story := self._story()) is not None:
            story.version += 1
        return story is not None

    def _retitle(self) -> bool:
        if (story := self._story()) is not None:
            story.take += 1
        return story is not None

    def _add(self) -> bool:
        if (issue := self._some()) is None:
            return False
        number = max((story.number for story in (*issue.stories, *issue.removed)), default=0) + 1
        place = self._chance.choice([len(issue.stories), self._chance.randint(0, len(issue.stories))])
        issue.stories.insert(place, Story(self.name, issue.number, number, was_late=True))
        return True

    def _remove(self) -> bool:
        issue = self._some()
        if issue is None or len(issue.stories) < 2:
            return False
        issue.removed.append(issue.stories.pop(self._chance.randrange(len(issue.stories))))
        return True

    def _bring_back(self) -> bool:
        issue = next((each for each in reversed(self.written) if each.removed), None)
        if issue is None:
            return False
        story = issue.removed.pop(self._chance.randrange(len(issue.removed)))
        story.was_late = story.came_back = True
        issue.stories.insert(self._chance.randint(0, len(issue.stories)), story)
        return True

    def _header(self) -> bool:
        if (issue := self._some()) is not None:
            issue.version += 1
        return issue is not None

    def _white_space(self) -> bool:
        if (issue := self._some()) is not None:
            issue.spaces = (issue.spaces + 1) % 4
        return issue is not None

    def _rename(self) -> bool:
        if (issue := self._some()) is not None:
            folder = self._chance.choice(["", "archive/", "2020/"])
            issue.path = f"{folder}issue-{issue.number:05}-{self._chance.randint(0, 99)}.md"
        return issue is not None

    def _remove_issue(self) -> bool:
        issue = self._some()
        if issue is None or issue.is_draft or len(self.written) < 4:
            return False
        issue.is_live = False
        return True

    def _bring_back_issue(self) -> bool:
        gone = [issue for issue in self.issues if not issue.is_live]
        for issue in gone[-1:]:
            issue.is_live = True
            issue.was_moved_in = True
            for story in issue.stories:
                story.was_late = True
        return bool(gone)

    def _reorder(self) -> bool:
        issue = self._some()
        if issue is None or len(issue.stories) < 2:
            return False
        story = issue.stories.pop(self._chance.randrange(len(issue.stories)))
        issue.stories.insert(self._chance.randint(0, len(issue.stories)), story)
        issue.was_moved_in = True
        return True

    # ---- into the source --------------------------------------------------------------------------------------------

    def commit(self, *, is_orphan: bool = False) -> None:
        """Let the source hold what was written; `is_orphan` rewrites the history."""
        files = {issue.path: issue.markdown() for issue in self.written}
        if self.is_git:
            self._commit_git(files, is_orphan=is_orphan)
        else:
            self._write(files)
        self._on_disk = files

    def _write(self, files: dict[str, str]) -> None:
        """File by file, each whole: a file that was moved keeps its content on the way, as `mv` and editors do."""
        by_text = {text: path for path, text in self._on_disk.items() if path not in files}
        for path, text in files.items():
            if self._on_disk.get(path) == text:
                continue
            target = self.place / path
            target.parent.mkdir(exist_ok=True)
            if path not in self._on_disk and (old := by_text.get(text)) is not None:
                (self.place / old).rename(target)
                continue
            temporary = target.with_name(f".{target.name}.tmp")
            temporary.write_text(text)
            temporary.rename(target)
        for path in self._on_disk.keys() - files.keys():
            (self.place / path).unlink(missing_ok=True)

    def _commit_git(self, files: dict[str, str], *, is_orphan: bool) -> None:
        self._clock += 60
        lines = [b"reset refs/heads/main\n"] if is_orphan else []
        lines.append(b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 1\nx\n" % self._clock)
        if not is_orphan and self._on_disk:
            lines.append(b"from refs/heads/main^0\n")
        lines.append(b"deleteall\n")
        for path, text in files.items():
            data = text.encode()
            lines.append(f'M 100644 inline "{path}"\ndata {len(data)}\n'.encode() + data + b"\n")
        self._git("fast-import", "--quiet", "--force", stdin=b"".join(lines))

    def branch_off(self, branch: str, issues: Sequence[Issue]) -> None:
        """Make a branch, without a common history, that holds nothing but these issues."""
        self._clock += 60
        head = f"commit refs/heads/{branch}\ncommitter A <a@example.org> {self._clock} +0000\ndata 1\nx\ndeleteall\n"
        lines = [f"reset refs/heads/{branch}\n".encode(), head.encode()]
        for issue in issues:
            data = issue.markdown().encode()
            lines.append(f'M 100644 inline "{issue.path}"\ndata {len(data)}\n'.encode() + data + b"\n")
        self._git("fast-import", "--quiet", "--force", stdin=b"".join(lines))

    def _git(self, *arguments: str, stdin: bytes = b"") -> None:
        done = subprocess.run(
            ["git", *arguments], cwd=self.place, input=stdin, env=_ENVIRONMENT, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"git {arguments[0]}: {done.stderr.decode()}")

    def forget(self) -> None:
        """Delete the source from disk."""
        shutil.rmtree(self.place, ignore_errors=True)
