"""`cliphaven openapi`: what the API takes and answers, for programs that are made from it."""

import json

import typer

from cliphaven.config.commands import house


def openapi() -> None:
    """Print the OpenAPI document. docs/openapi.json keeps it: `cliphaven openapi > docs/openapi.json`."""
    house.enter()
    typer.echo(document(), nl=False)


def document() -> str:
    """The document as it is kept: sorted, so that only what changed shows as changed."""
    from cliphaven.config.api import api  # noqa: PLC0415  # models exist only inside the house

    return json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True) + "\n"
