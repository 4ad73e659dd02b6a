"""What docs/security.md says is shown by a test, is shown by a test that there is."""

import re

from tests.house.test_house_rules import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text()
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
NAMES = {name for path in TESTS for name in re.findall(r"^def test_(\w+)", path.read_text(), re.MULTILINE)}


def test_every_test_that_is_named_exists():
    begun = re.findall(r"`([a-z][a-z0-9_]+)_?…`", DOCUMENT)

    assert len(begun) > 60
    assert [name for name in begun if not any(one.startswith(name.rstrip("_")) for one in NAMES)] == []


def test_every_file_that_is_named_exists():
    files = re.findall(r"`(?:[a-z_]+/)*(test_\w+\.py)`", DOCUMENT)

    assert len(files) > 40
    assert [name for name in files if name not in {path.name for path in TESTS}] == []


def test_every_limit_stands_in_its_table():
    from cliphaven.config.environment import RATE_LIMITS  # noqa: PLC0415  # the document is read without the house

    assert [name for name in RATE_LIMITS if f"| {name} |" not in DOCUMENT] == []
