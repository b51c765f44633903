"""The interface described: for programs as OpenAPI, for people as a page that loads nothing from elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from tenfold.service.access.permissions import Permission
from tenfold.service.visitor import Visitor, requires

router = APIRouter(prefix="/api", include_in_schema=False)
Reader = Annotated[Visitor, requires(Permission.SIGNED_IN)]


@router.get("/openapi.json")
def openapi(visitor: Reader, request: Request) -> dict[str, Any]:
    """The OpenAPI document."""
    described: dict[str, Any] = request.app.openapi()
    return described


@router.get("/docs")
def docs(visitor: Reader, request: Request) -> HTMLResponse:
    """The same to read."""
    document = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            fields = _fields(document, told)
            groups.setdefault(told["tags"][0], []).append(
                {"method": method.upper(), "path": path, "parameters": [], **told, "fields": fields}
            )
    return visitor.page("api_docs.html.j2", groups=groups)


def _fields(document: dict[str, Any], told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The fields of what is sent: name, kind, what it means."""
    if "requestBody" not in told:
        return []
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    shape = document["components"]["schemas"].get(name, schema)
    return [(field, _kind(one), one.get("description", "")) for field, one in shape.get("properties", {}).items()]


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return " / ".join(str(word) for word in schema["enum"])
    bounds = [f"{said} {schema[key]:g}" for said, key in (("from", "minimum"), ("to", "maximum")) if key in schema]
    kinds = {"boolean": "true or false", "array": "list", "object": "object"}
    return " ".join([kinds.get(schema.get("type", "object"), schema.get("type", "object")), *bounds])
