"""The README names what there is: who reads it as a new user finds every command and every setting."""

import pytest

from cliphaven.config.commands import app
from cliphaven.config.environment import ROOT, Environment

README = (ROOT / "README.md").read_text()
COMMANDS = [
    *(str(group.name) for group in app.registered_groups),
    *(str(command.name) for command in app.registered_commands),
]


@pytest.mark.parametrize("setting", sorted(name.upper() for name in Environment.model_fields))
def test_every_setting_is_in_the_readme(setting: str) -> None:
    assert f"`{setting}`" in README


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"`{command} " in README or f"`{command}`" in README
