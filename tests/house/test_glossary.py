"""GLOSSARY.md is held against the code: every state and kind of entry has its word, and other words name nothing."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from cliphaven.ledger.chart import EntryKind
from cliphaven.tracking.models import Availability

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "cliphaven"
GLOSSARY = (ROOT / "GLOSSARY.md").read_text()
MONEY = (ROOT / "docs" / "money.md").read_text()
MODULES = {
    path.relative_to(HOUSE).as_posix(): ast.parse(path.read_text())
    for path in sorted(HOUSE.rglob("*.py"))
    if "migrations" not in path.parts
}

# A class so named may stand there alone; elsewhere the word needs another beside it, or means something else.
CLASS_BELONGS_TO = {
    "Account": ("ledger/", "config/local/"),  # the second: accounts of the machine, which run PostgreSQL
    "Batch": ("payouts/",),
    "Entry": ("ledger/",),
    "Transfer": ("payouts/",),
}


def rows(heading: str) -> Iterator[tuple[str, str]]:
    """The rows, of two cells each, below a heading of the glossary."""
    section = GLOSSARY.split(f"## {heading}\n")[1].split("\n## ")[0]
    for first, second in re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.M):
        if first not in ("of", "instead of"):
            yield first, second


def states_in_code() -> dict[str, set[str]]:
    """Every enum of states, by its name in words: `BankPayoutState` is of a *bank payout*."""
    found: dict[str, set[str]] = {"availability": set(Availability.values)}
    for path, tree in MODULES.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("State") and node.bases:
                enum = getattr(import_module(f"cliphaven.{path.removesuffix('.py').replace('/', '.')}"), node.name)
                assert issubclass(enum, Enum), f"{node.name} is called a state and is no enum"
                found[" ".join(parts(node.name)[:-1])] = {member.value for member in enum}
    return found


def parts(name: str) -> list[str]:
    """The words that a name is made of, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def names() -> Iterator[tuple[str, str]]:
    """Every name that the house gives: of modules, classes, functions, arguments and variables, and where."""
    for path, tree in MODULES.items():
        yield path, Path(path).stem
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield path, name
                case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    yield path, name


def test_the_glossary_has_every_state_and_no_other() -> None:
    written = {of.strip("*"): set(re.findall(r"`([a-z_]+)`", states)) for of, states in rows("States")}

    assert written == states_in_code()


def test_every_kind_of_entry_has_its_word() -> None:
    assert [kind.name for kind in EntryKind if f"`{kind.name.lower()}`" not in GLOSSARY + MONEY] == []


def test_no_word_stands_in_the_glossary_twice() -> None:
    words = [
        word
        for line in GLOSSARY.split("## States")[0].splitlines()
        if line.startswith("| **")
        for word in re.findall(r"\*\*(.+?)\*\*", line.split(" | ")[0])
    ]

    assert sorted(words) == sorted(set(words))


def test_words_that_we_do_not_say_name_nothing() -> None:
    unsaid = {word for words, _ in rows("Words that no name has") for word in words.split(", ")}

    assert unsaid
    assert [(path, name) for path, name in names() if unsaid & set(parts(name))] == []


@pytest.mark.parametrize(("name", "places"), CLASS_BELONGS_TO.items())
def test_a_class_has_a_bare_word_only_where_the_word_belongs(name: str, places: tuple[str, ...]) -> None:
    elsewhere = [
        path
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == name and not path.startswith(places)
    ]

    assert elsewhere == []


def test_a_view_is_a_play_of_a_clip_and_no_page() -> None:
    assert [
        (path, name) for path, name in names() if name.endswith(("_view", "View")) or path.endswith("/views.py")
    ] == []


def test_a_transaction_is_the_databases_or_stripes() -> None:
    elsewhere = [
        (path, name)
        for path, name in names()
        if "transaction" in parts(name)
        and path != "foundation/transactions.py"
        and parts(name)[:2] != ["balance", "transaction"]
    ]

    assert elsewhere == []


def test_moments_and_dates_are_told_apart_by_their_names() -> None:
    endings: dict[type, tuple[str, ...]] = {
        models.DateTimeField: ("_at", "_until", "_since"),
        models.DateField: ("_on",),
    }
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("cliphaven.")
        for field in model._meta.local_fields
        if (allowed := endings.get(type(field))) and not field.name.endswith(allowed) and field.name != "last_login"
    ]

    assert wrong == []
