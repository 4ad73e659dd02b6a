"""Stylesheets, scripts and fonts, laid out as an installation serves them: small, and kept for good by browsers."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cliphaven.config.local.environment import collecting_command

STATIC = Path(__file__).parents[2] / "cliphaven" / "static"
ASK = """
import json, sys
import django
django.setup()
from django.template import engines
from django.test import Client
page = engines["django"].from_string("{% load static %}{% static 'app.css' %}").render()
answers = [Client().get(page, headers={"Accept-Encoding": coding}) for coding in ("gzip", "identity")]
json.dump([page, *[[dict(one.headers), b"".join(one.streaming_content).hex()] for one in answers]], sys.stdout)
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a web process whose files were laid out."""
    environment = {**os.environ, "CLIPHAVEN_STATIC_ROOT": str(tmp_path_factory.mktemp("static"))}
    subprocess.run(collecting_command(), env=environment, check=True, timeout=60)
    return environment


def test_a_stylesheet_is_served_small_under_a_name_of_its_content(collected):
    answer = subprocess.run([sys.executable, "-c", ASK], env=collected, check=True, timeout=60, capture_output=True)
    address, (headers, small), (_, plain) = json.loads(answer.stdout)

    assert address.startswith("/static/app.")
    assert address != "/static/app.css"
    assert headers["Content-Encoding"] == "gzip"
    assert "immutable" in headers["Cache-Control"]
    assert gzip.decompress(bytes.fromhex(small)) == bytes.fromhex(plain)
    assert len(small) < len(plain) / 3


def test_nothing_is_laid_out_that_no_page_of_ours_uses(collected):
    laid_out = {path for path in Path(collected["CLIPHAVEN_STATIC_ROOT"]).rglob("*") if path.is_file()}
    ours = {path for path in STATIC.rglob("*") if path.is_file()}
    names = {path.name.split(".")[0] for path in ours}

    assert {path.name.split(".")[0] for path in laid_out} == names | {"staticfiles"}


def test_what_was_laid_out_before_goes(collected):
    stale = Path(collected["CLIPHAVEN_STATIC_ROOT"]) / "app.000000000000.css"
    stale.write_text("of a version before")
    subprocess.run(collecting_command(), env=collected, check=True, timeout=60)

    assert not stale.exists()
