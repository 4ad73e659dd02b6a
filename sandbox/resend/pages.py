"""The outbox as web pages: the mail that went out, as its reader would see it. No scripts, nothing from elsewhere."""

import re
from html import escape, unescape
from typing import Final
from urllib.parse import quote

from sandbox.resend.mail import sent_at
from sandbox.store import Json

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #f6f6f4; --paper: #fff; --ink: #1c1c1a; --quiet: #63635e; --line: #dededa;
  --link: #1d4fd8; }
@media (prefers-color-scheme: dark) { :root { --ground: #161615; --paper: #20201f; --ink: #ececea; --quiet: #a3a39d;
  --line: #383836; --link: #8fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
a { color: var(--link); }
.quiet { color: var(--quiet); font-size: .875rem; margin: 0; overflow-wrap: anywhere; }
.mails { list-style: none; margin: 1.25rem 0 0; padding: 0; background: var(--paper); border: 1px solid var(--line);
  border-radius: .75rem; overflow: hidden; }
.mails li + li { border-top: 1px solid var(--line); }
.mails a { display: block; padding: .875rem 1rem; color: inherit; text-decoration: none; }
.mails a:hover, .mails a:focus-visible { background: var(--ground); }
.subject { font-weight: 600; overflow-wrap: anywhere; }
.sheet { margin-top: 1.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1rem; }
.sheet h2 { font-size: .875rem; margin: 0 0 .5rem; color: var(--quiet); font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font: inherit; }
.links { margin: 0; padding-left: 1.25rem; overflow-wrap: anywhere; }
iframe { width: 100%; height: 30rem; border: 0; border-radius: .5rem; background: #fff; }
"""
_URL: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_HREF: Final = re.compile(r"""href\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)


def list_page(mails: list[Json], to: str | None) -> str:
    """All mails, newest first."""
    if mails:
        rows = "".join(_row(mail) for mail in mails)
        body = f'<ul class="mails">{rows}</ul>'
    else:
        body = '<div class="sheet"><p class="quiet">No mail has been sent yet.</p></div>'
    whose = f" to {escape(to)}" if to else ""
    intro = f"Mail{whose} that the pretend world took for delivery, newest first. Nothing leaves this machine."
    return _page("Outbox", f'<h1>Outbox</h1><p class="quiet">{intro}</p>{body}')


def mail_page(mail: Json) -> str:
    """One mail: who, when, its links, its body."""
    links = "".join(f'<li><a href="{escape(url)}">{escape(url)}</a></li>' for url in links_of(mail))
    sheets = (
        f'<section class="sheet"><h2>Links in this mail</h2><ol class="links">{links}</ol></section>' if links else ""
    )
    if mail["html"]:
        # The mail's own markup stays in a frame of its own: no scripts, and its links open in the whole window.
        document = escape(f'<base target="_top">{mail["html"]}')
        sheets += (
            '<section class="sheet"><h2>As HTML</h2><iframe title="The mail as HTML" '
            f'sandbox="allow-top-navigation-by-user-activation" srcdoc="{document}"></iframe></section>'
        )
    if mail["text"]:
        sheets += f'<section class="sheet"><h2>As text</h2><p class="text">{_linked(mail["text"])}</p></section>'
    head = (
        f"<h1>{escape(mail['subject'])}</h1>"
        f'<p class="quiet">From {escape(mail["from"])} to {escape(", ".join(mail["to"]))}</p>'
        f'<p class="quiet"><time>{_moment(mail)}</time></p>'
    )
    return _page(mail["subject"], f'<p><a href="../outbox">All mail</a></p><article>{head}{sheets}</article>')


def missing_page() -> str:
    """For an id that no mail has."""
    return _page("No such mail", '<h1>No such mail</h1><p><a href="../outbox">All mail</a></p>')


def links_of(mail: Json) -> list[str]:
    """Every address that the mail links to, once, in order."""
    found = [unescape(url) for url in _HREF.findall(mail["html"] or "")] + _URL.findall(mail["text"] or "")
    return list(dict.fromkeys(found))


def _row(mail: Json) -> str:
    return (
        f'<li id="mail-{mail["id"]}"><a href="outbox/{quote(mail["id"])}">'
        f'<div class="subject">{escape(mail["subject"])}</div>'
        f'<p class="quiet">to {escape(", ".join(mail["to"]))} · <time>{_moment(mail)}</time></p></a></li>'
    )


def _linked(text: str) -> str:
    pieces, end = [], 0
    for found in _URL.finditer(text):
        url = escape(found.group())
        pieces.append(f'{escape(text[end : found.start()])}<a href="{url}">{url}</a>')
        end = found.end()
    return "".join(pieces) + escape(text[end:])


def _moment(mail: Json) -> str:
    return f"{sent_at(mail):%d %b %Y, %H:%M} UTC"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
