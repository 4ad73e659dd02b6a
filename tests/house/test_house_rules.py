"""The house checks itself: what ARCHITECTURE.md promises about the code's shape, asked of the code."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "cliphaven"
ROOMS = sorted(
    folder.name for folder in HOUSE.iterdir() if (folder / "__init__.py").exists() and folder.name != "templates"
)
SOURCES = ("cliphaven", "sandbox", "simulator", "benchmarks", "screens", "client")
GENERATED = ROOT / "client" / "src" / "cliphaven_client" / "generated"  # held against its source by tests/client
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
WORDS_FOR_TRANSACTIONS = {"own_transaction", "joined_transaction", "no_transaction"}
NAMELESS_NAMES = {"util", "utils", "helper", "helpers", "manager", "service", "services", "common", "misc", "handler"}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts and GENERATED not in path.parents:
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def operations() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Every public function of every operations module."""
    for path in modules("cliphaven"):
        if "operations" in (path.stem, path.parent.name):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    yield path, node


def test_the_import_contracts_hold():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout[-3_000:]


@pytest.mark.parametrize("command", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)], ids=" ".join)
def test_lint_format_and_types_hold(command):
    program, *words = command
    result = subprocess.run(
        [Path(sys.executable).parent / program, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout[-3_000:] + result.stderr[-1_000:]


def test_every_room_keeps_the_same_furniture():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    furnished = contracts["importlinter:contract:furniture"]["containers"].split()

    assert {f"cliphaven.{room}" for room in ROOMS} - set(furnished) == {
        "cliphaven.config",
        "cliphaven.foundation",
        "cliphaven.providers",
    }


def test_every_room_has_a_door_plate():
    without = [room for room in ROOMS if not ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text()))]

    assert without == []


def test_modules_stay_small():
    large = {
        str(path.relative_to(ROOT)): lines
        for path in modules(*SOURCES)
        if (lines := len(path.read_text().splitlines())) > MODULE_LINES_MAX
    }

    assert large == {}


def test_functions_stay_small():
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": length
        for path in modules(*SOURCES)
        for node in functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }

    assert long == {}


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in modules(*SOURCES) if path.stem in NAMELESS_NAMES] == []


def test_every_operation_declares_its_transaction():
    undeclared = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path, node in operations()
        if len(WORDS_FOR_TRANSACTIONS & {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list})
        != 1
    ]

    assert undeclared == []


def test_operations_are_called_by_keyword():
    positional = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path, node in operations()
        if (node.args.args or node.args.posonlyargs) and node.name != "record"
    ]

    assert positional == []


# Mistakes of the ledger's own are planted in its functions, and who waits for whom is seen by their names.
PLANTED, WATCHING = ROOT / "simulator" / "bugs", ROOT / "simulator" / "marks.py"


def test_only_the_ledger_names_its_tables():
    table = re.compile(r"ledger_(leg|account|movement|checkpoint|posting|record|tail)\b")
    intruders = [
        path
        for path in modules("cliphaven", "simulator")
        if HOUSE / "ledger" not in path.parents
        and PLANTED not in path.parents
        and path != WATCHING
        and table.search(path.read_text())
    ]

    assert intruders == []


def test_the_tables_match_the_models(committed):
    from django.core.management import call_command  # noqa: PLC0415

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_line_of_the_schedule_names_a_task():
    from procrastinate.contrib.django import app  # noqa: PLC0415

    from cliphaven.config.schedule import LINES  # noqa: PLC0415

    assert [line.task for line in LINES if line.task not in app.tasks] == []


def test_lock_files_pin_by_hash_and_name_no_host():
    for name in (
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-bench.lock",
        "requirements-bootstrap.lock",
    ):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name
)
def test_links_between_documents_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []
