"""Who may import whom (docs/architecture.md): only downwards, never in a ring; Discord and SQL stay in their rooms."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The lowest floor first. A room may import what is below its floor, never its neighbours.
FLOORS = (
    ("errors", "logs", "clock", "processes"),
    ("digest", "sources", "sandbox"),
    ("storage",),
    ("config",),
    ("search",),
    ("pipeline", "ui"),
    ("delivery",),
    ("app",),
    ("cogs", "cli"),
    ("bot",),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
WITH_DISCORD = {"ui", "delivery", "app", "cogs", "cli"}
WITH_SQL = {"storage", "search"}
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\s", re.DOTALL
)


def modules(root: Path) -> dict[str, Path]:
    """The product's own modules by their dotted names."""
    paths = (path for room in FLOOR_OF for path in (*root.glob(f"{room}.py"), *root.glob(f"{room}/**/*.py")))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


def imports(path: Path, known: dict[str, Path]) -> Iterator[tuple[int, str]]:
    """The line and the name of each module that a file imports, wherever in the file that stands."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if inner in known else node.module


def upward(root: Path) -> list[str]:
    """Each import that runs up or to a neighbouring room."""
    known, found = modules(root), list[str]()
    for name, path in known.items():
        room = name.split(".")[0]
        for line, target in imports(path, known):
            other = target.split(".")[0]
            if other in FLOOR_OF and other != room and FLOOR_OF[other] >= FLOOR_OF[room]:
                # errors, logs, clock and processes are one floor of single modules that everybody may import
                if FLOOR_OF[other] == 0:
                    continue
                found.append(f"{path.relative_to(root)}:{line} imports {target}")
    return found


def circle(root: Path) -> list[str]:
    """Modules that import each other in a ring; empty if there is none."""
    known = modules(root)
    graph = {
        name: {target for _, target in imports(path, known) if target in known} - {name} for name, path in known.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_import_runs_up():
    assert upward(ROOT) == []


def test_no_modules_import_each_other_in_a_ring():
    assert circle(ROOT) == []


def test_discord_keeps_to_its_rooms():
    known = modules(ROOT)
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for name, path in known.items()
        for line, target in imports(path, known)
        if target.split(".")[0] == "discord" and name.split(".")[0] not in WITH_DISCORD and name != "sandbox.connect"
    ]
    assert found == []


def test_sql_keeps_to_its_rooms():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for name, path in modules(ROOT).items()
        if name.split(".")[0] not in WITH_SQL
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]
    assert found == []


def test_a_forbidden_import_is_seen(tmp_path: Path):
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest" / "one.py").write_text("def f():\n    from storage import two\n")
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "two.py").write_text("import storage.three\n")
    (tmp_path / "storage" / "three.py").write_text("from storage.two import x\n")
    assert upward(tmp_path) == ["digest/one.py:2 imports storage.two"]
    assert set(circle(tmp_path)) == {"storage.two", "storage.three"}


def test_the_names_of_the_architecture_exist():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = re.findall(r"`([A-Za-z_]\w*(?:\.\w+)?)`\s+\(`([\w/]+\.py)`\)", text)
    named += [(name, path) for name, path in re.findall(r"\(`([A-Za-z_]\w*(?:\.\w+)?)`,\s+`([\w/]+\.py)`\)", text)]
    assert len(named) > 15
    missing = [f"{name} in {path}" for name, path in named if not _defines(ROOT / path, name)]
    assert missing == []
    paths = set(re.findall(r"`([\w/]+/[\w]+\.py)`", text))
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_the_names_of_the_how_tos_exist():
    """Each is defined in a file that its section names."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [path for path in re.findall(r"`((?:[\w.]+/)+[\w.]*)`", text) if not (ROOT / path).exists()] == []
    sections = re.findall(r"^## (How to .+?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(sections) == 4
    for section in sections:
        paths = [ROOT / path for path in re.findall(r"`((?:\w+/)*\w+\.py)`", section)]
        known = {name for path in paths if path.is_file() for name in _names_in(path)}
        named = set(re.findall(r"`@?([A-Za-z_]\w*)`", section)) - {"Range", "cog_load"}  # discord.py's
        assert named - known == set(), section.partition("\n")[0]


def _names_in(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _defines(path: Path, name: str) -> bool:
    owner, _, member = name.rpartition(".")
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    body = tree_of(path).body
    if owner:
        body = next((node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner), [])
    return any(isinstance(node, kinds) and node.name == member for node in body)
