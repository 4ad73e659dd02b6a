"""docs/mutants.md is about code that is there: `make mutants` takes minutes, this takes none."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.mutants import LIST, Mutant, listed

LISTED = listed(LIST.read_text())


def test_the_list_is_read_whole() -> None:
    assert len(LISTED) == LIST.read_text().count("```diff") > 0


@pytest.mark.parametrize("mutant", LISTED, ids=str)
def test_a_listed_change_is_of_a_line_that_is_there_and_has_a_reason(mutant: Mutant) -> None:
    module, _, function = mutant.function.rpartition(".")
    source = Path(str(import_module(f"cliphaven.{module}").__file__)).read_text()
    lines = {line.strip() for line in source.splitlines()}
    removed = [line[1:].strip() for line in mutant.change.splitlines() if line.startswith("-")]

    assert f"def {function}(" in source
    assert removed
    assert set(removed) <= lines
    assert LISTED[mutant].strip()
