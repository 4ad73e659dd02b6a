"""What Schemathesis loads: it comes in as the visitor whom FUZZING_AS names, or as everybody in turn."""

import atexit
import itertools
import json
import os
from collections import Counter
from pathlib import Path

import django
import schemathesis
from schemathesis import AuthContext, Case, CheckContext, GenerationMode, HookContext, Response

django.setup()

from tests.fuzzing.visitors import VISITORS, credential  # noqa: E402  # Django's models are there only now

EVERYBODY = "everybody"
SHOWN_FOR_S = 240  # a proof of who asks is fresh for ten minutes
INVALID = ("not_valid", "not_readable")  # codes of problems with the shape of a request

visitor = os.environ["FUZZING_AS"]
in_turn = itertools.cycle(VISITORS if visitor == EVERYBODY else [visitor])
answered: Counter[int] = Counter()


class Credential:
    """Shows what the visitor shows; a new one after 401, since whoever asks for everything also signs out."""

    def get(self, case: Case, context: AuthContext) -> str:  # noqa: ARG002  # the library's
        """A new one; "" for a stranger."""
        return credential(next(in_turn)) or ""

    def set(self, case: Case, data: str, context: AuthContext) -> None:  # noqa: ARG002  # the library's
        """Put it into the request."""
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


if visitor == EVERYBODY:
    schemathesis.auth(refresh_interval=None)(Credential)
elif visitor != "stranger":
    schemathesis.auth(refresh_interval=SHOWN_FOR_S, retry_on=[401])(Credential)


@schemathesis.check
def what_the_document_allows_is_valid(_: CheckContext, response: Response, case: Case) -> None:
    """No request that is as the document says is refused for its shape: the two would say different things."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code in (400, 422) and response.json().get("code") in INVALID:
        raise AssertionError(f"The document allows what was refused: {response.json()['detail']}")


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:  # the library's
    """Count answers by their status."""
    answered[response.status_code] += 1


@atexit.register
def keep_tally() -> None:
    """For whoever started this, who has named a file."""
    Path(os.environ["FUZZING_TALLY"]).write_text(json.dumps(answered))
