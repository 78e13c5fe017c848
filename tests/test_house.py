"""The rules of the house, read from the source: what is documented, frozen, small, light and linked."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiloglot
from kiloglot import errors

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "kiloglot"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

HEAVY = ("accelerate", "jinja2", "matplotlib", "onnx", "tensorboard", "torch", "transformers")
TORCH_ROOMS = ("nn", "training")
VAGUE = {"common", "helper", "helpers", "misc", "tools", "util", "utils"}
LINES_A_FILE = 400
LINES_A_FUNCTION = 50

Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def where(path: Path, node: ast.AST, name: str) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {name}"


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def classes() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                yield path, node


def dataclass_flags(node: ast.ClassDef) -> set[str] | None:
    """The names set to True in the `dataclass` decorator; None where there is no such decorator."""
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = ast.unparse(call.func if call else decorator)
        if name.rpartition(".")[2] == "dataclass":
            return {str(k.arg) for k in call.keywords if ast.unparse(k.value) == "True"} if call else set()
    return None


def is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def public_definitions(body: list[ast.stmt]) -> Iterator[ast.ClassDef | Function]:
    """Public functions and classes of a module, and the public methods of those classes."""
    for node in body:
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node.body)


def is_described_elsewhere(node: ast.ClassDef | Function) -> bool:
    """True for what repeats a description: an overload, a setter, a marked override."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "override", "setter"})


def test_torch_and_plots_are_loaded_only_by_the_rooms_that_need_them() -> None:
    light = [name for name in map(module_name, SOURCES) if not {*name.split(".")[1:2]} & {*TORCH_ROOMS, "__main__"}]
    program = (
        "import importlib, sys\n"
        f"for name in {light!r}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = [h for h in {HEAVY!r} if h in sys.modules]\n"
        "    if heavy: sys.exit(f'importing {name} loads {heavy}')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_room_exports_names_that_exist() -> None:
    rooms = [*PACKAGE.glob("[a-z]*.py"), *PACKAGE.glob("*/__init__.py")]
    holders = [path for path in rooms if len(tree(path).body) > 1]  # `stages` holds modules and no names.
    missing = []
    for name in sorted(map(module_name, holders)):
        module = importlib.import_module(name)
        missing += [
            f"{name}.{export}" for export in getattr(module, "__all__", ["__all__"]) if not hasattr(module, export)
        ]
    assert not missing


def test_the_package_has_one_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", kiloglot.__version__)
    assert f"[{kiloglot.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_everything_public_is_documented() -> None:
    bare = [
        where(path, node, node.name)
        for path in SOURCES
        for node in public_definitions(tree(path).body)
        if not ast.get_docstring(node) and not is_described_elsewhere(node)
    ]
    bare += [str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(tree(path))]
    assert not bare


def test_dataclasses_are_frozen_and_slotted() -> None:
    loose = [
        where(path, node, node.name)
        for path, node in classes()
        if (flags := dataclass_flags(node)) is not None and not {"frozen", "slots"} <= flags
    ]
    assert not loose


def test_every_field_says_what_it_means() -> None:
    silent = []
    for path, node in classes():
        if dataclass_flags(node) is None:
            continue
        for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
            is_field = isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.unparse(statement.annotation)
            if is_field and not is_text(following):
                silent.append(where(path, statement, node.name))
    assert not silent


def test_files_and_functions_stay_small() -> None:
    big = [f"{p.relative_to(ROOT)}" for p in SOURCES if len(p.read_text("utf-8").splitlines()) > LINES_A_FILE]
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, Function) and (node.end_lineno or 0) - node.lineno >= LINES_A_FUNCTION:
                big.append(where(path, node, node.name))
    assert not big


def test_no_room_has_a_vague_name() -> None:
    assert not [path for path in SOURCES if VAGUE & set(path.relative_to(PACKAGE).with_suffix("").parts)]


def links(page: Path) -> Iterator[str]:
    """Targets of a page's Markdown and HTML links and pictures, code left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from re.findall(r"\]\(\s*<?([^)\s>]+)", text)
    yield from re.findall(r"\b(?:src|href)=\"([^\"]+)\"", text)
    yield from re.findall(r"^\[[^\]]+\]:\s+(\S+)", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    targets = [link.partition("#")[0] for link in links(page) if not re.match(r"[a-z]+:", link)]
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    assert {path.name for path in folder.glob("[0-9]*.md")} == {*links(folder / "README.md")}


def test_documents_name_only_verbs_that_make_has() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = {verb for page in PAGES for verb in re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", page.read_text("utf-8"))}
    assert {verb for pair in named for verb in pair if verb} <= verbs


def test_the_table_of_exit_codes_is_that_of_the_errors() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    table = {name: int(code) for code, name in re.findall(r"^\| (\d+) \| `(\w+)`", page, flags=re.MULTILINE)}
    tree_of_errors = {
        name: kind.exit_code
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.KiloglotError)
    }
    assert table == tree_of_errors


def test_every_dependency_has_a_tested_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[<>=\[]", name)[0].lower().replace("_", "-") for name in wanted} - {"kiloglot"}
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not names - {name.lower().replace("_", "-") for name in pinned}
