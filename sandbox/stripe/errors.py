"""The errors Stripe answers with, as exceptions that know their status and body."""

from typing import Any


class ApiError(Exception):
    """A refusal in Stripe's wording. `status` is the HTTP status, `body()` the JSON of the answer."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int = 400,
        type: str = "invalid_request_error",
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": type, **extra}
        if code is not None:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            self.error["param"] = param

    def body(self) -> dict[str, Any]:
        """The answer's body."""
        return {"error": self.error}


class BadParametersError(ApiError):
    """A request refused before anything was executed: an idempotency key is not used up by it."""


def missing(name: str) -> BadParametersError:
    """A required parameter was left out."""
    return BadParametersError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def unknown(name: str) -> BadParametersError:
    """A parameter that this endpoint does not have (or has no longer)."""
    return BadParametersError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def no_such(kind: str, id: str, param: str = "id", status: int = 404) -> ApiError:
    """The object does not exist, or belongs to another account."""
    return ApiError(f"No such {kind}: '{id}'", code="resource_missing", param=param, status=status)
