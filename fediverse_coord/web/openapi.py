"""The OpenAPI 3.1 document of the coordinators' API, made from its table of calls and models."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from fediverse_coord import __version__
from fediverse_coord.desk import repetitions
from fediverse_coord.web.api_calls import Call
from fediverse_coord.web.api_models import Problem

Json = dict[str, object]

SCHEMAS = "#/components/schemas/{model}"
PROBLEM = "application/problem+json"
PLACE = re.compile(r"\{(\w+)\}")

QUERIES: dict[str, str] = {
    "state": "Only what is in this state",
    "language": "Only with a version in this language (BCP 47)",
    "kind": "Only of this kind",
    "q": "Only with these words in a title or text",
    "cursor": "`next` of the answer before",
    "limit": "At most so many, up to 200",
}
REFUSALS: dict[str, str] = {
    "400": "The body is not JSON, or not a form",
    "401": "No valid token",
    "403": "The token's role or coordinations do not cover it",
    "404": "No such thing",
    "409": "Its state does not permit it now",
    "412": "Somebody changed it meanwhile",
    "413": "The body is too large",
    "415": "The body says it is something else",
    "422": "Faulty fields, each named in `errors`",
    "428": "If-Match is needed",
    "429": "Too often; see Retry-After",
    "503": "The database or the other server is away, or all hands are full; see Retry-After",
}


@lru_cache(maxsize=1)
def openapi_bytes(calls: tuple[Call, ...]) -> bytes:
    """The document as it is answered."""
    return json.dumps(openapi(calls), ensure_ascii=False, separators=(",", ":")).encode()


def openapi(calls: Sequence[Call]) -> Json:
    """The document. Paths keep the order of the table."""
    paths: dict[str, Json] = {}
    for call in calls:
        paths.setdefault(call.address, {})[call.method.lower()] = _operation(call)
    modes: dict[type[BaseModel], JsonSchemaMode] = {Problem: "serialization"}
    for call in calls:
        modes |= {call.gives: "serialization"} if call.gives else {}
        modes |= {call.takes: "validation"} if call.takes else {}
    _, definitions = models_json_schema(list(modes.items()), ref_template=SCHEMAS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fediverse-coord: the coordinators' API",
            "version": __version__,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "responses": _refusals(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(call: Call) -> Json:
    found: Json = {
        "operationId": call.handler.__name__,
        "summary": call.summary,
        "parameters": _parameters(call),
        "responses": _responses(call),
    }
    if call.takes is not None:
        schema = {"$ref": SCHEMAS.format(model=call.takes.__name__)}
        needed = bool(call.takes.model_json_schema().get("required"))
        found["requestBody"] = {
            "required": needed,
            "content": {call.body_type: {"schema": schema}},
        }
    return found


def _parameters(call: Call) -> list[Json]:
    text = {"type": "string"}
    inner = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in PLACE.findall(call.address)
    ]
    asked = [
        {"name": name, "in": "query", "description": QUERIES[name], "schema": text}
        for name in call.query
    ]
    match = {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag that was read, or `*`",
        "schema": text,
    }
    once = {
        "name": repetitions.NAME,
        "in": "header",
        "description": "The same key and request are done once and answered alike, for a day",
        "schema": {"type": "string", "minLength": 1, "maxLength": repetitions.MAX_KEY},
    }
    return [
        *inner,
        *asked,
        *([match] if call.needs_match else []),
        *([once] if call.method == "POST" else []),
    ]


# Where a coordination's policy asks for a second coordinator.
MAY_WAIT = frozenset({"create_declaration", "edit_declaration", "publish", "put_version"})


def _responses(call: Call) -> Json:
    done: Json = {"description": "Done"}
    if call.gives is not None:
        schema = {"$ref": SCHEMAS.format(model=call.gives.__name__)}
        done["content"] = {"application/json": {"schema": schema}}
    found: Json = {str(call.status): done}
    if call.gives is not None and call.handler.__name__ in MAY_WAIT:
        found["202"] = {**done, "description": "A second coordinator must approve"}
    return found | {status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS}


def _refusals() -> Json:
    problem = {"schema": {"$ref": SCHEMAS.format(model=Problem.__name__)}}
    return {
        status: {"description": reason, "content": {PROBLEM: problem}}
        for status, reason in REFUSALS.items()
    }
