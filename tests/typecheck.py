"""`python -m tests.typecheck`: mypy, whose plugin for Django reads the settings, with settings that mean nothing."""

import os
import sys
from pathlib import Path

from tests.cluster import prepare_environment


def main() -> None:
    """Become mypy."""
    prepare_environment()
    os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/nothing"  # nothing is asked of it
    mypy = str(Path(sys.executable).with_name("mypy"))
    os.execv(mypy, [mypy, *sys.argv[1:]])


if __name__ == "__main__":
    main()
