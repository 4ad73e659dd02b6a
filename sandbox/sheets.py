"""The pages of vendors that people see: one self-contained look, light and dark, from phone to desktop."""

from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #f5f6f8; --sheet: #fff; --ink: #1b2230; --soft: #5b6475; --line: #d9dde5;
  --act: #4a46c8; --act-ink: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151c; --sheet: #1b202b; --ink: #eceff5; --soft: #a2abbd;
  --line: #343c4c; --act: #8d8aff; --act-ink: #10121a; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 27rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .9rem;
  padding: 1.75rem; }
h1 { font-size: 1.15rem; margin: 0 0 .25rem; } p { margin: .25rem 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
.amount { font-size: 2.1rem; font-weight: 650; letter-spacing: -.02em; color: var(--ink); margin: 0 0 .5rem; }
.error { color: var(--bad); font-weight: 600; } .note { font-size: .85rem; margin: 1.25rem 0 0; }
ul { list-style: none; margin: 0 0 1.25rem; padding: 0; border-top: 1px solid var(--line); }
li { display: flex; justify-content: space-between; gap: 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
li span:first-child { overflow-wrap: anywhere; } li span:last-child { white-space: nowrap; }
label { display: block; font-size: .85rem; color: var(--soft); margin: 0 0 .3rem; }
select, button, textarea { width: 100%; min-height: 2.9rem; font: inherit; border-radius: .55rem;
  border: 1px solid var(--line); background: var(--sheet); color: var(--ink); padding: 0 .8rem; margin: 0 0 .7rem; }
textarea { padding: .6rem .8rem; resize: vertical; }
button { cursor: pointer; font-weight: 600; } button.first { background: var(--act); border-color: var(--act);
  color: var(--act-ink); }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
"""
# The pages need nothing but their own style and their own form.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def sheet(title: str, inner: str, *, status: int = 200) -> HTMLResponse:
    """A page with one sheet in the middle; `inner` is HTML, `title` is text."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{inner}"
        '<p class="note">Sandbox: no real money moves here.</p></main></body></html>'
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})


def button(id: str, name: str, value: str, words: str, *, first: bool = False) -> str:
    """A submit button that sends `name=value`."""
    look = ' class="first"' if first else ""
    return f'<button{look} type="submit" id="{id}" name="{name}" value="{escape(value)}">{escape(words)}</button>'


def choice(id: str, name: str, label: str, options: dict[str, str]) -> str:
    """A labelled select with (value, words)."""
    lines = "".join(f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in options.items())
    return f'<label for="{id}">{escape(label)}</label><select id="{id}" name="{name}">{lines}</select>'
