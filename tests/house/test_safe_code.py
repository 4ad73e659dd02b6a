"""What no code of the house does, because somebody's text could then become a program: asked of the code itself."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_house_rules import HOUSE, ROOT, modules

TEMPLATES = sorted((HOUSE / "templates").rglob("*.html")) + sorted((HOUSE / "templates").rglob("*.txt"))
# By the end of the name under which they are called.
NEVER_CALLED = {
    "eval": "text becomes a program",
    "exec": "text becomes a program",
    "compile": "text becomes a program; re.compile is another",
    "__import__": "text becomes a program",
    "os.system": "a shell reads it",
    "os.popen": "a shell reads it",
    "mark_safe": "text becomes markup: format_html escapes",
    "SafeString": "text becomes markup: format_html escapes",
    "tempfile.mktemp": "somebody else may make the file first",
    "extra": "text becomes SQL",
    "RawSQL": "text becomes SQL",
    "sha1": "two texts can be made to have one digest",
    "new_event_loop": "the house has threads",
}
NEVER_IMPORTED = {
    "pickle": "what is read becomes a program",
    "marshal": "what is read becomes a program",
    "shelve": "what is read becomes a program",
    "dill": "what is read becomes a program",
    "yaml": "what is read becomes a program",
    "telnetlib": "nothing is encrypted",
    "ftplib": "nothing is encrypted",
    "xml.etree": "entities grow",
    "aiohttp": "only providers speak to the outside, by one client",
}
# Who speaks to the outside, or listens: nobody else opens a connection.
SPEAKS = ("cliphaven/providers/", "cliphaven/config/local/")
SOCKETS = ("httpx2", "httpcore2", "requests", "urllib3", "socket", "ssl", "http.client", "urllib.request", "smtplib")
# Letterboxes prove themselves by a signature, the way out of mails by a signed address.
WITHOUT_CSRF = {"cliphaven/webhooks/pages.py": 3, "cliphaven/identity/pages/inbox.py": 1}
PLAIN_TEXT = {"mail/base.txt"}  # a mail's plain half: nobody reads it as markup
SECRET_BYTES_MIN = 16


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in modules("cliphaven"):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def called(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_or_is_in(name: str, packages: object) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in packages)  # type: ignore[attr-defined]


def test_no_text_becomes_a_program_markup_or_a_shells_command():
    guilty = [
        f"{path}:{call.lineno} {name}"
        for path, tree in trees()
        for name, call in called(tree)
        if name in NEVER_CALLED or name.rpartition(".")[2] in NEVER_CALLED.keys() - {"compile", "exec"}
    ]

    assert guilty == []


def test_nothing_dangerous_is_imported():
    assert [
        f"{path} {name}" for path, tree in trees() for name in imported(tree) if is_or_is_in(name, NEVER_IMPORTED)
    ] == []


def test_only_those_who_speak_to_the_outside_open_connections():
    assert [
        f"{path} {name}"
        for path, tree in trees()
        for name in imported(tree)
        if is_or_is_in(name, SOCKETS) and not path.startswith(SPEAKS)
    ] == []


def test_no_shell_is_started_and_no_certificate_is_left_unread():
    guilty = [
        f"{path}:{call.lineno}"
        for path, tree in trees()
        for _, call in called(tree)
        for word in call.keywords
        if isinstance(word.value, ast.Constant) and (word.arg, word.value.value) in (("shell", True), ("verify", False))
    ]

    assert guilty == []


def test_sql_is_written_out_or_says_why_it_is_put_together():
    """Values are told apart from the words; where words are put together, they are ours, and a line says so."""
    guilty = []
    for path, tree in trees():
        lines = (ROOT / path).read_text().splitlines()
        for name, call in called(tree):
            if name.rpartition(".")[2] not in ("execute", "executemany", "raw") or not call.args:
                continue
            said = call.args[0]
            is_put_together = isinstance(said, ast.JoinedStr | ast.BinOp) or (
                isinstance(said, ast.Call)
                and ast.unparse(said.func).endswith(".format")
                and not ast.unparse(said.func).startswith("sql.SQL")  # psycopg quotes what is put in
            )
            near = "\n".join(lines[said.lineno - 2 : (said.end_lineno or said.lineno) + 1])
            if is_put_together and "nosec B608" not in near:
                guilty.append(f"{path}:{call.lineno}")

    assert guilty == []


def test_every_exception_to_that_has_a_reason():
    marks = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("cliphaven")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"nosec", line) and not re.search(r"nosec B\d+(  # noqa: [A-Z0-9, ]+)?  # \w+", line)
    ]

    assert marks == []


def test_who_needs_no_token_of_a_form_is_known():
    found: dict[str, int] = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found[path] = found.get(path, 0) + sum(
                    ast.unparse(one).endswith("csrf_exempt") for one in node.decorator_list
                )

    assert {path: number for path, number in found.items() if number} == WITHOUT_CSRF


def test_secrets_have_128_bits_or_more():
    """But for the names of forms, which only keep one press from being two."""
    short = []
    for path, tree in trees():
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for name, call in called(tree):
            if not name.startswith("secrets.token_") or path.endswith(
                ("/forms.py", "forms/__init__.py", "forms/risk.py")
            ):
                continue
            how_many = call.args[0] if call.args else None
            known = (
                how_many.value if isinstance(how_many, ast.Constant) else constants.get(ast.unparse(how_many or call))
            )
            if not isinstance(known, int) or known < SECRET_BYTES_MIN:
                short.append(f"{path}:{call.lineno}")

    assert short == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(HOUSE / "templates")))
def test_templates_escape_what_people_wrote(template: Path):
    text = template.read_text()

    assert re.findall(r"\|\s*(?:safe|safeseq|escapejs)\b", text) == []
    if str(template.relative_to(HOUSE / "templates")) not in PLAIN_TEXT:
        assert "autoescape off" not in text
    # Whoever follows a link to another site takes neither our page nor its address along.
    outward = re.findall(r"<(?:a|c-button)\b[^>]*target=\"_blank\"[^>]*>", text)
    assert [tag for tag in outward if "noopener" not in tag] == []


def test_the_linters_ask_what_they_are_known_for():
    """Naive moments, unsafe calls and stray prints are ruff's; what it is told to pass over stands in one place."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]

    assert {"S", "DTZ", "T20", "B"} <= set(settings["ruff"]["lint"]["select"])
    passed_over = {one for one in settings["ruff"]["lint"]["ignore"] if one.startswith(("S", "DTZ"))}
    assert passed_over == {"S101", "S603", "S607"}
    house = [
        codes for folder, codes in settings["ruff"]["lint"]["per-file-ignores"].items() if folder == "cliphaven/**"
    ]
    assert house == []
    assert set(settings["bandit"]["skips"]) == {
        *("B101", "B105", "B106", "B107", "B311", "B404", "B603", "B606", "B607")
    }
