"""`cliphaven url`: what clip addresses mean, without a database or a network."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from cliphaven.clips.rules.urls import UnreadableUrl, parse_clip_url

app = typer.Typer(no_args_is_help=True)


@app.callback()
def url() -> None:
    """Read clip addresses the way the submit form does."""


# What begins with a dash and is no option of ours was pasted, and is answered like everything pasted.
@app.command(context_settings={"ignore_unknown_options": True})
def parse(
    urls: Annotated[list[str], typer.Argument(metavar="URL... | -", help="Addresses; - reads one a line from stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say which clip each address means. Exits 1 if any of them cannot be read."""
    failed = False
    for address in _addresses(urls):
        answer = meaning(address)
        failed = failed or "error" in answer
        # Plain ASCII JSON: whatever was pasted, the line can be printed in every terminal and read by every parser.
        typer.echo(json.dumps(answer) if as_json else _line(answer))
    if failed:
        raise typer.Exit(1)


def meaning(address: str) -> dict[str, str | bool | None]:
    """What one address means, ready for JSON: the clip, or the reason why it is none."""
    try:
        clip = parse_clip_url(address)
    except UnreadableUrl as unreadable:
        return {"url": address, "error": unreadable.sentence}
    return {
        "url": address,
        "platform": clip.platform,
        "id": clip.id,
        "canonical": clip.canonical,
        "kind": clip.kind,
        "needs_redirect": clip.needs_redirect,
    }


def _addresses(urls: list[str]) -> Iterator[str]:
    for given in urls:
        if given != "-":
            yield given
            continue
        for number, raw in enumerate(sys.stdin.buffer):
            # Windows' editors begin a file with a mark that is not part of its first line.
            line = raw.decode("utf-8" if number else "utf-8-sig", errors="replace").rstrip("\r\n")
            if line.strip():
                yield line


def _line(answer: dict[str, str | bool | None]) -> str:
    shown = ascii(answer["url"])[1:-1]
    if "error" in answer:
        return f"{'refused':<10} {'':<10} {shown}\n{'':<21} {answer['error']}"
    means = answer["canonical"] or "a short link: follow it to learn which clip it is"
    return f"{answer['platform']:<10} {answer['kind']:<10} {shown}\n{'':<21} {means}"
