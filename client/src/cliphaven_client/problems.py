"""What the API says no with: problem details (RFC 9457), each kind an exception of its own."""

from collections.abc import Mapping
from typing import Any


class ApiProblem(Exception):
    """Something was not done. `code` is for programs and never changes; `detail` is fit for people."""

    def __init__(self, *, status: int, title: str, detail: str, code: str, retry_after_s: int | None = None) -> None:
        """As the answer told it; `retry_after_s` is in how many seconds to ask again, where it says so."""
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.retry_after_s = retry_after_s


class NotReadable(ApiProblem):
    """400: the request makes no sense to the house."""


class NotSignedIn(ApiProblem):
    """401: nobody comes in with what was shown."""


class NotAllowed(ApiProblem):
    """403: it needs a role, a scope, or a fresh proof of who asks (`step_up_needed`)."""


class NotFound(ApiProblem):
    """404: there is no such thing, or it is somebody else's."""


class Conflict(ApiProblem):
    """409: a rule says no, as things stand."""


class TooLarge(ApiProblem):
    """413: the body is larger than any that is read."""


class WrongKind(ApiProblem):
    """415: the body is of another kind than the address takes."""


class NotValid(ApiProblem):
    """422: a field is missing, or not what it should be; or the idempotency key was used for something else."""


class TooOften(ApiProblem):
    """429: asked too often, and longer than the client was willing to wait."""


class Unavailable(ApiProblem):
    """503: the house, or a vendor that it has to ask, does not answer just now."""


class Broken(ApiProblem):
    """Any other failure, which is the house's."""


class NoAnswer(Exception):
    """No answer came. Whether it was done is open: ask again with the same idempotency key, and it is done once."""


KINDS: Mapping[int, type[ApiProblem]] = {
    400: NotReadable,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    415: WrongKind,
    422: NotValid,
    429: TooOften,
    503: Unavailable,
}


def problem(*, status: int, told: Mapping[str, Any], retry_after_s: int | None) -> ApiProblem:
    """The exception for an answer; what is no problem of ours, such as a proxy's page, gets an empty code."""
    return KINDS.get(status, Broken)(
        status=status,
        title=str(told.get("title", "")),
        detail=str(told.get("detail", "The answer says no more.")),
        code=str(told.get("code", "")),
        retry_after_s=retry_after_s,
    )
