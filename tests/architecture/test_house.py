"""The house keeps its plan: arrows, sizes, one commit, one quantize, one clock, no float in the rules."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT

GARAGE = ROOT / "garage"
MODULES = [*sorted(GARAGE.rglob("*.py")), ROOT / "config.py", ROOT / "migrations" / "env.py"]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield node


def where(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_arrows_point_down() -> None:
    lint = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert lint, "import-linter is a development dependency"
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", MODULES, ids=where)
def test_sizes(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    for function in functions(path):
        arguments = function.args
        count = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
        count -= bool(arguments.args and arguments.args[0].arg in ("self", "cls"))
        assert (function.end_lineno or 0) - function.lineno < 60, f"{function.name} is longer than 60 lines"
        assert count <= 6, f"{function.name} takes {count} parameters"


@pytest.mark.parametrize("path", MODULES, ids=where)
def test_no_import_inside_a_function(path: Path) -> None:
    for function in functions(path):
        inside = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not inside, f"{function.name} imports"


def test_package_files_hold_no_code() -> None:
    for path in GARAGE.rglob("__init__.py"):
        assert all(isinstance(node, ast.Expr) for node in tree(path).body), where(path)


def test_one_commit() -> None:
    assert [where(path) for path in MODULES for _ in calls(path, "commit")] == ["garage/db/session.py"]


def test_one_quantize() -> None:
    found = [where(path) for path in MODULES for _ in calls(path, "quantize")]
    assert [place for place in found if place != "config.py"] == ["garage/domain/money.py"]


def test_one_clock() -> None:
    asked = {
        where(path)
        for path in MODULES
        for name in ("now", "today", "utcnow")
        for call in calls(path, name)
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("datetime", "date")
    }
    assert asked == {"garage/clock.py"}


def test_the_clock_is_asked_above_the_operations_alone() -> None:
    for floor in ("operations", "db", "documents", "french", "domain"):
        for path in (GARAGE / floor).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "import clock" not in text, where(path)
            assert "garage.clock" not in text or "import PARIS" in text or "paris_day" in text, where(path)


def test_no_float_in_the_rules() -> None:
    for path in (GARAGE / "domain").rglob("*.py"):
        for node in ast.walk(tree(path)):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where(path)
            assert not (isinstance(node, ast.Name) and node.id == "float"), where(path)


def test_every_public_function_and_module_says_what_it_is() -> None:
    silent = []
    for path in MODULES:
        module = tree(path)
        if path.name != "__init__.py" and not ast.get_docstring(module):
            silent.append(where(path))
        if "domain" not in path.parts and "operations" not in path.parts:
            continue
        silent += [
            f"{where(path)}:{node.name}"
            for node in module.body
            if isinstance(node, Function | ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert silent == []


def test_doctests_of_the_rules() -> None:
    paths = [str(path) for floor in ("domain", "french") for path in (GARAGE / floor).rglob("*.py")]
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--doctest-modules"]
    done = subprocess.run(
        [*run, *paths, str(GARAGE / "archive.py")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
