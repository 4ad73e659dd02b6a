"""A short form of `make fuzz` and `make malformed`: a few of the requests, as everybody in turn."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from tests.fuzzing.asking import ask_everything
from tests.fuzzing.house import furnish, told
from tests.fuzzing.knocking import DOCUMENT, addresses, knock_everywhere
from tests.fuzzing.malformed import KINDS
from tests.fuzzing.visitors import credential
from tests.world import SandboxWorld

EACH = 3


@pytest.fixture
def furnished(site: str, world: SandboxWorld) -> str:
    """The address of a house with something of each kind in it."""
    furnish(world)
    return site


def test_the_api_answers_everybody_as_its_document_says(
    furnished: str, committed: str, world: SandboxWorld, tmp_path: Path
):
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = {**os.environ, **told(world), "DATABASE_URL": f"{server}/{committed}"}
    found = ask_everything(
        visitor="everybody",
        site=furnished,
        environment=environment,
        folder=tmp_path,
        seed=1,
        examples=2,
        phases="examples,fuzzing",
    )

    assert (found.failures, found.answers(5)) == ({}, 0), found.told
    documented = sum(len(methods) for methods in json.loads(DOCUMENT.read_text())["paths"].values())
    assert (found.operations, found.requests > documented) == (documented, True)


def test_no_malformed_body_breaks_anything(furnished: str):
    answers = list(knock_everywhere(furnished, seed=1, credential=credential, each=EACH))
    by_status = Counter(one.status for one in answers)

    assert {one.kind for one in answers} == set(KINDS)
    assert len(answers) == len(KINDS) * EACH * 2
    assert len({one.address for one in answers}) == len(addresses())
    assert [one for one in answers if one.status >= 500] == []
    assert [one for one in answers if one.status >= 400 and not one.is_problem] == []
    assert by_status[400] > 0
    assert by_status[422] > 0
