"""Cuts the published description of Stripe's API down to the JSON Schemas that the sandbox's answers are held to.

    python tests/providers/sandbox/stripe/reduce_shapes.py PATH_TO_THE_FULL_OPENAPI_FILE

writes `shapes.json` next to this file. Three things are turned into plain JSON Schema: `nullable`, `allOf` around a
single reference, and "required": the description names every field as required, but Stripe leaves out fields that hold
nothing, so only those that cannot be null stay required. Fields that are not in the description are not allowed.
"""

import json
import sys
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

ROOTS = (
    "account", "account_link", "balance", "balance_settings", "balance_transaction", "bank_account", "capability",
    "charge", "checkout.session", "customer", "dispute", "error", "error_object.ErrorObject", "event", "item",
    "login_link", "payment_intent", "payout", "price", "radar.early_fraud_warning", "refund", "transfer",
    "transfer_reversal",
)  # fmt: skip
# Payment methods that the sandbox does not have: their fields may stay, their insides are cut.
KEPT_METHODS = ("Card", "UsBankAccount", "StripeAccount", "UsBankTransfer")
METHOD_MAPS = (
    "charge__PaymentMethodDetails__",
    "checkout.session__PaymentMethodOptions__",
    "payment_intent__PaymentMethodOptions__",
    "payment_intent__NextAction__",
    "refund__DestinationDetails__",
    "dispute__PaymentMethodDetails__",
)
PREFIX = "#/components/schemas/"


def kept(name: str) -> bool:
    """Whether a schema is carried over, or cut to "some object"."""
    if name in ROOTS:
        return True
    if not any(name.startswith(f"{root}__") for root in ROOTS):
        return False
    inside = [name.removeprefix(prefix) for prefix in METHOD_MAPS if name.startswith(prefix)]
    return not inside or any(inside[0] == method or inside[0].startswith(f"{method}__") for method in KEPT_METHODS)


def reduced(schema: Schema, wanted: set[str]) -> Schema:
    """One schema as plain JSON Schema; the names it refers to are added to `wanted`."""
    nullable = schema.get("nullable", False)
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(PREFIX)
        if not kept(name):
            plain: Schema = {"type": "object"}
        else:
            wanted.add(name)
            plain = {"$ref": f"#/$defs/{name}"}
    elif "allOf" in schema:
        plain = reduced(schema["allOf"][0], wanted)
    elif "anyOf" in schema:
        plain = {"anyOf": unique([reduced(option, wanted) for option in schema["anyOf"]])}
    else:
        plain = {word: schema[word] for word in ("type", "enum") if word in schema}
        if "items" in schema:
            plain["items"] = reduced(schema["items"], wanted)
        if isinstance(schema.get("additionalProperties"), dict):
            plain["additionalProperties"] = reduced(schema["additionalProperties"], wanted)
        if "properties" in schema:
            plain |= fields(schema, wanted)
    return {"anyOf": [plain, {"type": "null"}]} if nullable else plain


def fields(schema: Schema, wanted: set[str]) -> Schema:
    """The properties of an object: those that can be null may be left out, no others may be added."""
    properties = schema["properties"]
    return {
        "properties": {name: reduced(field, wanted) for name, field in properties.items()},
        "required": [name for name in schema.get("required", ()) if not properties.get(name, {}).get("nullable")],
        "additionalProperties": False,
    }


def unique(options: list[Schema]) -> list[Schema]:
    """Several cut schemas become one."""
    return [option for number, option in enumerate(options) if option not in options[:number]]


def main() -> None:
    """Write the reduced copy."""
    full = json.loads(Path(sys.argv[1]).read_text())
    schemas: dict[str, Schema] = full["components"]["schemas"]
    defs: dict[str, Schema] = {}
    wanted = set(ROOTS)
    while missing := sorted(wanted - defs.keys()):
        for name in missing:
            defs[name] = reduced(schemas[name], wanted)
    shapes = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Reduced from the published description of version {full['info']['version']}; do not edit.",
        "$defs": dict(sorted(defs.items())),
    }
    Path(__file__).with_name("shapes.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
