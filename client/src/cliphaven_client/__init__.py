"""A typed client of ClipHaven's API. The README beside this package begins with an example."""

from cliphaven_client.credentials import Credential, Key, Nothing, SignIn
from cliphaven_client.generated import models
from cliphaven_client.house import ClipHaven, SecondFactorNeeded
from cliphaven_client.problems import (
    ApiProblem,
    Broken,
    Conflict,
    NoAnswer,
    NotAllowed,
    NotFound,
    NotReadable,
    NotSignedIn,
    NotValid,
    TooLarge,
    TooOften,
    Unavailable,
    WrongKind,
)
from cliphaven_client.transport import File

__all__ = [
    "ApiProblem",
    "Broken",
    "ClipHaven",
    "Conflict",
    "Credential",
    "File",
    "Key",
    "NoAnswer",
    "NotAllowed",
    "NotFound",
    "NotReadable",
    "NotSignedIn",
    "NotValid",
    "Nothing",
    "SecondFactorNeeded",
    "SignIn",
    "TooLarge",
    "TooOften",
    "Unavailable",
    "WrongKind",
    "models",
]
