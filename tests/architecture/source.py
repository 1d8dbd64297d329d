"""Reads the house's own source for the architecture tests: every file, every function, every import."""

import ast
import gc
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


@cache
def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@cache
def imports(path: Path) -> list[tuple[str, int]]:
    """Module names imported anywhere in a file, with their lines."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node.lineno))
    return found


def put_away() -> None:
    """Forget every tree and what was read from it."""
    for reading in (tree_of, functions, imports):
        reading.cache_clear()
