"""Walks what the contract says of answers, and finds properties that nobody reads."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import orjson

__all__ = ["Reader", "answers_described", "example", "unread"]

Reader: TypeAlias = Callable[[int, bytes], object]
"""HTTP status and body → a typed answer, which can be compared."""
Schema: TypeAlias = Mapping[str, Any]


def answers_described(contract: Schema) -> Iterator[tuple[str, int, Schema]]:
    """Operation, HTTP status and schema of each answer whose body the contract describes.

    Files are left out: their bodies have no properties.
    """
    for path in contract["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    schema = content.get("schema", {})
                    if schema and schema.get("format") != "binary":
                        yield operation["operationId"], int(status), schema


def unread(contract: Schema, readers: Mapping[str, Reader]) -> list[str]:
    """`operation status property` for each property whose absence changes nothing in the answer."""
    found = []
    for operation, status, schema in answers_described(contract):
        document = example(contract, schema)
        whole = readers[operation](status, orjson.dumps(document))
        for path in _paths(document):
            lacking = orjson.dumps(_without(document, path))
            if readers[operation](status, lacking) == whole:
                found.append(f"{operation} {status} {'.'.join(path)}")
    return found


def example(contract: Schema, schema: Schema) -> Any:
    """A document that has every property of the schema, with one entry in each list.

    What is `writeOnly` is no part of an answer.
    """
    if "$ref" in schema:
        return example(contract, contract["components"]["schemas"][schema["$ref"].split("/")[-1]])
    match schema["type"]:
        case "object":
            properties = schema["properties"].items()
            kept = {name: inner for name, inner in properties if not inner.get("writeOnly")}
            return {name: example(contract, inner) for name, inner in kept.items()}
        case "array":
            return [example(contract, schema["items"])]
        case "string":
            return schema.get("enum", ["27821234567"])[0]
        case "boolean":
            return True
        case "integer" | "number":
            return 1_893_456_000
        case other:
            raise AssertionError(f"an answer holds a {other}: say here what to make of it")


def _paths(document: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = document[0] if isinstance(document, list) else document
    if isinstance(inner, dict):
        for name, value in inner.items():
            yield (*above, name)
            yield from _paths(value, (*above, name))


def _without(document: Any, path: tuple[str, ...]) -> Any:
    lacking = copy.deepcopy(document)
    holder = lacking
    for name in path[:-1]:
        holder = holder[name][0] if isinstance(holder[name], list) else holder[name]
    del holder[path[-1]]
    return lacking
