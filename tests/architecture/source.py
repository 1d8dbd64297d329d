"""Reads the house's own source for the architecture tests: every file, every function, every import."""

import ast
import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "avatar_pipeline", "billing", "tenants", "migrations")
GENERATED = ("migrations/versions",)


@cache
def python_files(*folders: str) -> list[Path]:
    found = [path for folder in folders or (*ROOMS, "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not relative(path).startswith(GENERATED)]


@cache
def tree_of(path: Path) -> ast.Module:
    gc.disable()  # looking for garbage among millions of nodes, all of them kept, takes longer than the parsing
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Module names imported anywhere in a file, with their lines."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
