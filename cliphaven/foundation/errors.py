"""The two ways in which things do not happen: a rule said no, or a provider failed."""

from datetime import timedelta
from enum import StrEnum


class Refused(Exception):
    """A rule said no. Each subclass stands in the module that raises it; doors turn it into a 4xx answer.

    `code` is for programs and never changes; the sentence is fit for the person who asked.
    """

    code = "refused"

    def __init__(self, sentence: str) -> None:
        """`sentence` says what is wrong and what to do about it."""
        super().__init__(sentence)
        self.sentence = sentence


class Outcome(StrEnum):
    """What we know about the effect of a call that did not answer well."""

    DEFINITE = "definite"  # the provider said no; nothing happened there
    NOT_EXECUTED = "not_executed"  # the provider did not even try; the same call may be sent again
    UNKNOWN = "unknown"  # it may have happened: look it up before anything else


# The code of an answer that came, and is of another shape than it should be.
UNREADABLE = "unreadable_answer"


class ProviderFailed(Exception):
    """A provider did not do what was asked. `outcome` decides: stop and release, send again, or look up."""

    def __init__(self, sentence: str, *, outcome: Outcome, code: str = "", status: int | None = None) -> None:
        """`code` is the provider's own word for it, `status` the HTTP status, or None when no answer came."""
        super().__init__(sentence)
        self.sentence = sentence
        self.outcome = outcome
        self.code = code
        self.status = status
        self.retry_after: timedelta | None = None
        """How long the provider wants to be left alone, where it says so."""

    @property
    def is_silence(self) -> bool:
        """Whether nobody answered at all, so that asking for anything else makes no sense now."""
        return self.status is None and self.outcome is Outcome.UNKNOWN and self.code != UNREADABLE
