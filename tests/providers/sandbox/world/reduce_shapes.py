"""Cuts the parts we use out of the vendors' published descriptions, so that the tests stand without them.

Usage: python reduce_shapes.py APIFY_OPENAPI.json YOUTUBE_DISCOVERY.json

Writes shapes/apify.json and shapes/youtube.json: JSON Schema documents, with the answers we validate under `answers`.
"""

import json
import sys
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).parent / "shapes"
APIFY_OPERATIONS = (
    ("post", "/v2/actors/{actorId}/runs", "201"),
    ("get", "/v2/actors/{actorId}/runs", "200"),
    ("get", "/v2/actor-runs/{runId}", "200"),
    ("post", "/v2/actor-runs/{runId}/abort", "200"),
    ("get", "/v2/datasets/{datasetId}", "200"),
    ("get", "/v2/users/me/usage/monthly", "200"),
    ("get", "/v2/actor-runs/{runId}", "404"),
    ("post", "/v2/actors/{actorId}/runs", "401"),
    ("post", "/v2/actors/{actorId}/runs", "402"),
)
YOUTUBE_METHODS = (("videos", "list"), ("channels", "list"))
NOISE = frozenset({"description", "examples", "example", "title", "discriminator", "x-internal"})
STRING_FORMATS = {
    "uint64": r"^[0-9]+$",
    "int64": r"^-?[0-9]+$",
    "date-time": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$",
}

Json = dict[str, Any]


def main() -> None:
    """Read both descriptions, write both reduced copies."""
    apify, youtube = (json.loads(Path(argument).read_text()) for argument in sys.argv[1:3])
    _write("apify.json", reduced_apify(apify))
    _write("youtube.json", reduced_youtube(youtube))


def reduced_apify(document: Json) -> Json:
    """The schemas behind the answers of the operations we serve, from Apify's OpenAPI 3.1 description."""
    answers = {}
    for method, path, status in APIFY_OPERATIONS:
        response = document["paths"][path][method]["responses"].get(status) or {}
        while "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
        content = response.get("content", {}).get("application/json")
        schema = content["schema"] if content else {"$ref": "#/components/schemas/ErrorResponse"}
        answers[f"{method.upper()} {path} {status}"] = _plain(schema)
    wanted = document["components"]["schemas"]
    return {"answers": answers, "$defs": _closure(answers, {name: _plain(schema) for name, schema in wanted.items()})}


def reduced_youtube(document: Json) -> Json:
    """The schemas behind the answers of the methods we serve, from Google's discovery document."""
    answers = {}
    for resource, method in YOUTUBE_METHODS:
        described = document["resources"][resource]["methods"][method]
        answers[described["id"]] = {"$ref": f"#/$defs/{described['response']['$ref']}"}
    wanted = {name: _from_discovery(schema) for name, schema in document["schemas"].items()}
    return {"revision": document["revision"], "answers": answers, "$defs": _closure(answers, wanted)}


def _plain(node: Any) -> Any:
    """The OpenAPI schema without prose, its references pointing into $defs."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {}
    for key, value in node.items():
        if key == "$ref":
            plain[key] = value.replace("#/components/schemas/", "#/$defs/")
        elif key in ("properties", "patternProperties"):
            plain[key] = {name: _plain(schema) for name, schema in value.items()}
        elif key not in NOISE:
            plain[key] = _plain(value)
    return plain


def _from_discovery(node: Json) -> Json:
    """A discovery schema as JSON Schema; objects take no properties that Google does not name."""
    if "$ref" in node:
        return {"$ref": f"#/$defs/{node['$ref']}"}
    schema: Json = {"type": node.get("type", "object")}
    if schema["type"] == "any":
        return {}
    if "enum" in node:
        schema["enum"] = node["enum"]
    if schema["type"] == "string" and node.get("format") in STRING_FORMATS:
        schema["pattern"] = STRING_FORMATS[node["format"]]
    if "items" in node:
        schema["items"] = _from_discovery(node["items"])
    if "properties" in node:
        schema["properties"] = {name: _from_discovery(one) for name, one in node["properties"].items()}
        schema["additionalProperties"] = False
    if "additionalProperties" in node:
        schema["additionalProperties"] = _from_discovery(node["additionalProperties"])
    return schema


def _closure(answers: Json, schemas: Json) -> Json:
    """The schemas that the answers reach."""
    found: Json = {}
    waiting = list(_references(answers))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting.extend(_references(schemas[name]))
    return dict(sorted(found.items()))


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for one in node for name in _references(one)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"].rsplit("/", 1)[-1]] if isinstance(node.get("$ref"), str) else []
    return own + [name for one in node.values() for name in _references(one)]


def _write(name: str, document: Json) -> None:
    SHAPES.mkdir(exist_ok=True)
    (SHAPES / name).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
