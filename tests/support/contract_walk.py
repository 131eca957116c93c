"""Walks schemas of the contract, and the models that stand for them, to the last property.

Both walks answer paths in the contract's names: `template.header.media.fileId`. Of alternatives
(`anyOf`) each has its own, named by its `type`: `template.templateButtons(otp).index`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

__all__ = ["model_paths", "request_schemas", "schema_paths"]


def request_schemas(contract: Mapping[str, Any]) -> set[str]:
    """Names of the schemas that requests are made of."""
    bodies = (
        operation.get("requestBody", {}).get("content", {})
        for path in contract["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    )
    references = (kind.get("schema", {}).get("$ref") for body in bodies for kind in body.values())
    return {reference.rpartition("/")[2] for reference in references if reference}


def schema_paths(contract: Mapping[str, Any], name: str) -> set[str]:
    """Every property that is within reach of the schema `name`."""
    return set(_below(contract, {"$ref": f"#/components/schemas/{name}"}, ""))


def _below(contract: Mapping[str, Any], schema: Mapping[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for alternative in schema.get("anyOf", ()):
        target = contract["components"]["schemas"][alternative["$ref"].rpartition("/")[2]]
        yield from _below(contract, target, f"{at}({target['properties']['type']['enum'][0]})")
    if schema.get("type") == "array":
        yield from _below(contract, schema["items"], at)
    for name, inner in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path
        yield from _below(contract, inner, path)


def model_paths(model: type[BaseModel], left_out: str = "", at: str = "") -> set[str]:
    """Every property that can be written with `model`, were there no field for `left_out`."""
    paths: set[str] = set()
    for name, field in model.model_fields.items():
        path = ".".join(filter(None, (at, field.alias or name)))
        if path == left_out:
            continue
        paths.add(path)
        inner = list(_models_in(field.annotation))
        for one in inner:
            mark = f"({_type_of(one)})" if len(inner) > 1 else ""
            paths |= model_paths(one, left_out, path + mark)
    return paths


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _type_of(model: type[BaseModel]) -> object:
    annotation = model.model_fields["type"].annotation
    assert get_origin(annotation) is Literal, f"{model.__name__} is told apart by nothing"
    return get_args(annotation)[0]
