"""What is made from the document is what the document says now."""

import re
import subprocess
import sys
from pathlib import Path

from cliphaven_client import ClipHaven

ROOT = Path(__file__).parents[2]


def test_the_client_that_is_kept_is_what_the_document_says():
    answer = subprocess.run(
        [sys.executable, "client/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, f"run: .venv/bin/python client/generate.py\n{answer.stdout}{answer.stderr}"


def test_the_readme_names_what_there_is():
    """Every call of the example is one of the client's."""
    text = (ROOT / "client" / "README.md").read_text()
    calls = set(re.findall(r"\bhouse\.(\w+)\.(\w+)\(", text))

    with ClipHaven("http://127.0.0.1:9") as house:
        missing = [call for call in calls if not hasattr(getattr(house, call[0], None), call[1])]
    assert (missing, len(calls) >= 5) == ([], True)
