"""`make mutants`: the rules of money are changed a little, one change at a time, and the tests must notice each one.

mutmut makes the changes (pyproject.toml says where) and runs the pure tests. docs/mutants.md has the changes that no
test can notice, each with the reason. The exit code is 1 when the list and what was found differ.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORKPLACE = ROOT / "mutants"
LIST = ROOT / "docs" / "mutants.md"
MUTMUT = Path(sys.executable).parent / "mutmut"
NICENESS = 10
# A change that makes the tests run for ever is noticed, too.
NOTICED = {"killed", "timeout"}


@dataclass(frozen=True, kw_only=True, order=True)
class Mutant:
    """A change that no test noticed: the function, as `foundation.money.fee`, and the lines as in a diff."""

    function: str
    change: str

    def __str__(self) -> str:
        return f"{self.function}\n{self.change}"


def listed(text: str) -> dict[Mutant, str]:
    """The changes in the list with their reasons: a heading, then one diff or several with a paragraph each."""
    found: dict[Mutant, str] = {}
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        function = section.partition("\n")[0].strip("` ")
        for change, reason in re.findall(r"^```diff\n(.*?)\n```\n\n?([^`\n][^\n]*|)", section, re.M | re.S):
            found[Mutant(function=function, change=change)] = reason
    return found


def survivors() -> set[Mutant]:
    """What mutmut's last run left unnoticed."""
    results = _said_by_mutmut("results")
    names = re.findall(r"^\s*(\S+): (.+)$", results, re.M)
    return {_mutant(name) for name, state in names if state not in NOTICED}


def _mutant(name: str) -> Mutant:
    lines = _said_by_mutmut("show", name).splitlines()
    changed = [line for line in lines if re.match(r"[-+](?![-+]{2} )", line)]
    function = re.sub(r"\.x_?", ".", name.partition("__mutmut_")[0].removeprefix("cliphaven."), count=1)
    return Mutant(function=function.replace("ǁ", "."), change="\n".join(_closed_up(changed)))


def _closed_up(lines: list[str]) -> list[str]:
    """The lines without the indentation that all of them have."""
    indent = min((len(line[1:]) - len(line[1:].lstrip()) for line in lines), default=0)
    return [line[0] + line[1 + indent :] for line in lines]


def _said_by_mutmut(*words: str) -> str:
    return subprocess.run([MUTMUT, *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main(options: list[str]) -> int:
    """Run mutmut from nothing, and compare what survived with the list."""
    os.nice(NICENESS)
    shutil.rmtree(WORKPLACE, ignore_errors=True)
    ran = subprocess.run([MUTMUT, "run", *options], cwd=ROOT, check=False)
    if ran.returncode != 0:
        return ran.returncode
    found, explained = survivors(), set(listed(LIST.read_text()))
    _said_by_mutmut("export-cicd-stats")
    total = json.loads((WORKPLACE / "mutmut-cicd-stats.json").read_text())["total"]
    for mutant in sorted(found - explained):
        print(f"\nNo test notices this, and docs/mutants.md does not say why:\n{mutant}")
    for mutant in sorted(explained - found):
        print(f"\nThis is in docs/mutants.md and is noticed now, or is gone:\n{mutant}")
    print(f"\n{total} changes; {total - len(found)} noticed, {len(found & explained)} that none can notice.")
    return 1 if found != explained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
