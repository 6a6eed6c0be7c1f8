"""The rules of the house, as tests: what the linters do not see."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.db.models import ForeignObject, ManyToManyField, Model
from django.utils import translation

import guildhall
from guildhall import problems
from guildhall.core.errors import Error

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "guildhall"
FORBIDDEN_IN_CORE = {
    "django",
    "ninja",
    "pydantic",
    "time",
    "os",
    "pathlib",
    "socket",
    "urllib",
    "random",
    "secrets",
    "sqlite3",
    "tempfile",
}
READS_PACKAGE_FILES = {"core/canonical/contexts.py"}
REFUSED_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "handler",
    "handlers",
    "process",
    "data",
    "info",
}


def ours(*, below: str = "", tests: bool = False) -> list[Path]:
    """Every Python file of ours: not third-party files, not migrations, which Django writes."""
    roots = [PACKAGE / below, *([ROOT / "tests"] if tests else [])]
    return sorted(
        path
        for root in roots
        for path in root.rglob("*.py")
        if not {"vendor", "migrations", "node_modules"} & set(path.relative_to(root).parts)
    )


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=str(path))


def imports(module: ast.AST) -> Iterator[str]:
    """Every module that is imported, also inside a function; ``from a import b`` gives ``a`` and ``a.b``."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(module: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the last word of what is called."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


@cache
def layers() -> dict[str, int]:
    """Each part of the package with its height, as the import contract has it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    lines = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {part.strip(" ()"): -n for n, line in enumerate(lines) for part in line.split("|")}


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("guildhall.")]


# --- Models ----------------------------------------------------------------------------------------------------------


def test_a_foreign_key_never_points_up() -> None:
    assert our_models()
    height = layers()
    up = []
    for model in our_models():
        own = height[model.__module__.split(".")[1]]
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignObject | ManyToManyField) or field.related_model is None:
                continue
            other = field.related_model.__module__.split(".")
            if other[0] == "guildhall" and height[other[1]] > own:
                up.append(f"{model.__name__}.{field.name} -> {field.related_model.__name__}")
    assert up == []


def _is_text(target: ast.expr) -> bool:
    """Whether a class is named by a string; "self" is the one word for a class inside its own body."""
    return isinstance(target, ast.Constant) and target.value != "self"


def test_a_foreign_key_names_the_class_and_never_a_string() -> None:
    """Django's AUTH_USER_MODEL setting excepted, which is how Django itself wants it."""
    keys = {"ForeignKey", "OneToOneField", "ManyToManyField"}
    by_string, n_keys = [], 0
    for path in ours():
        for name, call in calls(tree(path)):
            if name not in keys:
                continue
            n_keys += 1
            targets = [*call.args[:1], *(k.value for k in call.keywords if k.arg in {"to", "through"})]
            by_string += [f"{named(path)}:{call.lineno}" for target in targets if _is_text(target)]
    assert n_keys > 10
    assert by_string == []


def test_models_know_no_services() -> None:
    wrong = [
        (named(path), name)
        for path in ours()
        if path.name == "models.py"
        for name in imports(tree(path))
        if name.startswith("guildhall.") and "services" in name.split(".")
    ]
    assert wrong == []


def test_nothing_happens_behind_a_save() -> None:
    """No signals, no looking a model up by name, no save or delete of our own."""
    wrong = []
    for path in ours():
        wrong += [
            f"{named(path)}: {name}" for name in imports(tree(path)) if "signals" in name or name == "django.dispatch"
        ]
        wrong += [f"{named(path)}:{call.lineno}: {name}" for name, call in calls(tree(path)) if name == "get_model"]
        if path.name == "models.py":
            wrong += [
                f"{named(path)}:{node.lineno}: {node.name}"
                for node in ast.walk(tree(path))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name in {"save", "delete", "asave", "adelete", "save_base", "bulk_create"}
            ]
    assert wrong == []


def test_the_migrations_say_what_the_models_say() -> None:
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}
    with translation.override(None):  # migrations hold the untranslated names
        found = MigrationAutodetector(
            loader.project_state(),
            ProjectState.from_apps(apps),
            NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True),
        ).changes(graph=loader.graph)
    said = {label: [op.describe() for m in migrations for op in m.operations] for label, migrations in found.items()}
    assert {label: said[label] for label in said if apps.get_app_config(label).name.startswith("guildhall.")} == {}


# --- Errors ----------------------------------------------------------------------------------------------------------


@cache
def errors() -> list[type[Error]]:
    """Every error class of ours, after importing every module of ours."""
    for module in pkgutil.walk_packages(guildhall.__path__, "guildhall."):
        if not {"migrations", "vendor", "__main__"} & set(module.name.split(".")):
            importlib.import_module(module.name)
    found: list[type[Error]] = []
    waiting: list[type[Error]] = [Error]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("guildhall.") and kind not in found:
            found.append(kind)
    return found


def test_every_error_has_a_code_of_its_own() -> None:
    assert len(errors()) > 40
    assert [kind.__qualname__ for kind in errors() if "code" not in vars(kind)] == []
    assert [code for code, n in Counter(kind.code for kind in errors()).items() if n > 1] == []
    assert [kind.code for kind in errors() if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", kind.code)] == []
    assert [kind.__qualname__ for kind in errors() if not kind.__name__.removesuffix("_").endswith("Error")] == []


def test_every_code_has_a_title_in_both_languages() -> None:
    codes = {kind.code for kind in errors()}
    assert codes - problems.TITLES.keys() == set()
    for zh, en in problems.TITLES.values():
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert en
        assert not re.search(r"[\u4e00-\u9fff]", en)


def test_every_title_is_of_a_code_that_exists() -> None:
    written = {
        node.value
        for path in ours()
        if path.name != "problems.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert (problems.TITLES.keys() | problems.STATUS.keys()) - written == set()


# --- The core --------------------------------------------------------------------------------------------------------


def refused_in_core(path: Path, name: str) -> bool:
    root = name.split(".", maxsplit=1)[0]
    if root == "guildhall":
        return not re.match(r"guildhall$|guildhall\.(core|vendor)\b", name)
    if root == "importlib":
        return named(path) not in READS_PACKAGE_FILES
    return root in FORBIDDEN_IN_CORE


def test_the_core_imports_no_framework_clock_disk_network_or_chance() -> None:
    assert [
        f"{named(path)}: {name}"
        for path in ours(below="core")
        for name in imports(tree(path))
        if refused_in_core(path, name)
    ] == []


def test_the_core_asks_no_clock_and_opens_no_file() -> None:
    clock, builtin = {"now", "utcnow", "today"}, {"open", "print", "input", "__import__"}
    wrong = [
        f"{named(path)}:{call.lineno}: {name}"
        for path in ours(below="core")
        for name, call in calls(tree(path))
        if name in clock or (name in builtin and isinstance(call.func, ast.Name))
    ]
    assert wrong == []


def in_a_fresh_process(program: str) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", program], capture_output=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr.decode()


def test_importing_the_whole_core_loads_no_framework_and_no_database() -> None:
    in_a_fresh_process("""
import importlib, pkgutil, sys
import guildhall.core
for module in pkgutil.walk_packages(guildhall.core.__path__, "guildhall.core."):
    importlib.import_module(module.name)
loaded = {name.split(".")[0] for name in sys.modules}
unwanted = loaded & {"django", "ninja", "pydantic", "sqlite3", "psycopg"}
assert not unwanted, unwanted
assert not [n for n in sys.modules if n.startswith("guildhall.") and not n.startswith(("guildhall.core", "guildhall.vendor"))]
""")


@pytest.mark.parametrize(
    "command",
    ["verify", "inspect", "audit", "codes", "trust", "witness", "eligible", "coverage", "wording", "plan", "rules"],
)
def test_the_commands_of_a_stranger_run_where_django_is_not_installed(command: str) -> None:
    in_a_fresh_process(f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "ninja", "psycopg", "typst", "PIL", "zxingcpp", "segno", "pypdf"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
from typer.testing import CliRunner
from guildhall.cli import app
answer = CliRunner().invoke(app, ["{command}", "--help"])
assert answer.exit_code == 0, answer.output
assert "Usage" in answer.output
""")


# --- Names -----------------------------------------------------------------------------------------------------------


def test_no_module_is_called_by_a_name_that_says_nothing() -> None:
    assert [named(path) for path in ours(tests=True) if path.stem in REFUSED_NAMES] == []


def test_every_part_of_the_package_has_its_line_in_the_import_contract() -> None:
    parts = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} | {"problems"}
    assert parts - {"vendor"} == layers().keys()


def test_a_test_is_skipped_only_with_a_reason() -> None:
    """A missing installation must not turn into silence."""
    silent = [
        f"{named(path)}:{call.lineno}"
        for path in ours(tests=True)
        for name, call in calls(tree(path))
        if name in {"skip", "skipif", "xfail"} and not any(k.arg == "reason" for k in call.keywords) and name != "skip"
    ]
    assert silent == []
