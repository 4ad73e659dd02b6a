"""A shell in which the program runs as people run it."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "cliphaven"


class Shell:
    """A shell with the environment of the tests, at a database."""

    def __init__(self, database: str) -> None:
        server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        self.environment = {**os.environ, "DATABASE_URL": f"{server}/{database}"}

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
