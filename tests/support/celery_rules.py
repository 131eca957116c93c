"""Finds Celery delays, Celery retries and Celery arguments in a syntax tree.

A task delayed by Celery runs again past the broker's visibility timeout, and a retried one is such
a task. So delays are due times in the store, and a task is a wake-up that carries nothing: losing
it, or running it twice, changes nothing.
"""

import ast
from collections.abc import Iterator

from support.source_tree import Finding

__all__ = ["find_breaches"]

# How a task is sent off, and how many positional arguments that may have: the name of the task.
_SENDING = {
    "apply_async": 0,
    "delay": 0,
    "send_task": 1,
    "signature": 1,
    "subtask": 1,
    "Signature": 1,
}
_DELAYS = {"countdown", "eta"}
_CARRIED = {"args", "kwargs"}
_PUBLISH_RETRY = {"retry", "retry_policy"}
_TASK_RETRY = {
    "autoretry_for",
    "default_retry_delay",
    "dont_autoretry_for",
    "max_retries",
    "retry_backoff",
    "retry_backoff_max",
    "retry_jitter",
    "retry_kwargs",
}


def find_breaches(source: str, file: str) -> list[Finding]:
    """What breaks the rule in one Python file, in the order of its lines."""
    found = [
        Finding(file, line, problem)
        for node in ast.walk(ast.parse(source, file))
        for line, problem in _breaches(node)
    ]
    return sorted(found, key=lambda finding: finding.line)


def _breaches(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Call():
            yield from _of_call(node)
        case ast.Dict():
            yield from _of_dict(node)
        case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=ast.Store()) if key in _DELAYS:
            yield node.lineno, f"[{key!r}] = delays a task: keep a due time in the store"
        case ast.ClassDef():
            yield from _of_class(node)
        case ast.ImportFrom(module="celery.exceptions") if _imports(node, "Retry"):
            yield node.lineno, "celery's Retry retries a task: keep a due time in the store"


def _of_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = _called(call)
    keywords = {keyword.arg for keyword in call.keywords}
    for keyword in sorted(keywords & _DELAYS, key=str):
        yield call.lineno, f"{keyword}= delays a task: keep a due time in the store"
    if name == "retry" and isinstance(call.func, ast.Attribute) and not _is_tenacity(call.func):
        yield call.lineno, ".retry() delays a task: keep a due time in the store"
    if name in {"task", "shared_task"}:
        for keyword in sorted(keywords & _TASK_RETRY, key=str):
            yield call.lineno, f"{keyword}= retries a task: keep a due time in the store"
    if name in _SENDING:
        yield from _of_sending(call, name, keywords)


def _of_sending(call: ast.Call, name: str, keywords: set[str | None]) -> Iterator[tuple[int, str]]:
    for keyword in sorted(keywords & _PUBLISH_RETRY, key=str):
        yield call.lineno, f"{keyword}= on {name}: set task_publish_retry once, for the whole app"
    if keywords & _CARRIED or len(call.args) > _SENDING[name]:
        yield call.lineno, f"{name} carries arguments: a task is a wake-up without any"
    if None in keywords:
        yield call.lineno, f"** on {name} hides options from this rule: write them out"


def _of_dict(literal: ast.Dict) -> Iterator[tuple[int, str]]:
    for key in literal.keys:
        if isinstance(key, ast.Constant) and key.value in _DELAYS:
            yield key.lineno, f"{key.value!r}: delays a task: keep a due time in the store"


def _of_class(definition: ast.ClassDef) -> Iterator[tuple[int, str]]:
    if not any(_last_name(base).endswith("Task") for base in definition.bases):
        return
    for statement in definition.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _TASK_RETRY:
                yield statement.lineno, f"{target.id} retries a task: keep a due time in the store"


def _called(call: ast.Call) -> str:
    return _last_name(call.func)


def _last_name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_tenacity(function: ast.Attribute) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id == "tenacity"


def _imports(node: ast.ImportFrom, name: str) -> bool:
    return any(alias.name == name for alias in node.names)
