"""Typst in our words: a template and facts go in, a PDF comes out, without a network and the same each time.

Facts reach the template as data, never as text of it: whatever people wrote is printed as they wrote it.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def pdf(template: str, *, facts: Mapping[str, Any], made_at: datetime) -> bytes:
    """The document that a template of `templates/` (such as "campaigns/document.typ") makes of some facts.

    In the template the facts are `json(bytes(sys.inputs.facts))`; they must be JSON. `made_at` is what the PDF says of
    its own making. Names in scripts that the built-in fonts lack are drawn in the machine's fonts where it has them.
    """
    made = _compiler(template).compile(
        format="pdf", sys_inputs={"facts": json.dumps(facts)}, timestamp=int(made_at.timestamp())
    )
    assert isinstance(made, bytes)
    return made


def _compiler(template: str) -> "typst.Compiler":
    # One for each document: a compiler keeps what it read, and workers of several threads must not share one.
    import typst  # noqa: PLC0415  # the library takes its time to load

    path = _TEMPLATES / template
    return typst.Compiler(input=path, root=_TEMPLATES, font_paths=_fonts())


@lru_cache(maxsize=1)
def _fonts() -> "typst.Fonts":
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)
