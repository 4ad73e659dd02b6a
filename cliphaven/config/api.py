"""The API under /api/v1: every room's doors in one document, and every failure told as a problem (RFC 9457)."""

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from cliphaven.backoffice import api as backoffice
from cliphaven.campaigns import api as campaigns
from cliphaven.clips import api as clips
from cliphaven.config import bodies, document, outage
from cliphaven.deliveries import api as deliveries
from cliphaven.deliveries.schemas import openapi_webhooks
from cliphaven.earnings import api as earnings
from cliphaven.files import api as files
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.shapes import PROBLEM_TYPE, Problem
from cliphaven.fraud import api as fraud
from cliphaven.identity import api as identity_doors
from cliphaven.identity import operations as identity
from cliphaven.insights import api as insights
from cliphaven.payouts import api as payouts

# A rule's no is a conflict with what is, unless the request itself is wrong, or names what is not there.
STATUS_BY_CODE = {
    "idempotency_key_used": HTTPStatus.UNPROCESSABLE_ENTITY,
    "reason_missing": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no_such_batch": HTTPStatus.NOT_FOUND,
    "no_such_creator": HTTPStatus.NOT_FOUND,
    "no_such_clip": HTTPStatus.NOT_FOUND,
    "no_such_file": HTTPStatus.NOT_FOUND,
    "no_such_campaign": HTTPStatus.NOT_FOUND,
    "no_such_case": HTTPStatus.NOT_FOUND,
    "no_such_appeal": HTTPStatus.NOT_FOUND,
    "file_refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "nobody_asked": HTTPStatus.NOT_FOUND,
    "policy_refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_staff": HTTPStatus.FORBIDDEN,
    "not_finance": HTTPStatus.FORBIDDEN,
    "not_an_owner": HTTPStatus.FORBIDDEN,
    "proof_refused": HTTPStatus.FORBIDDEN,
    "password_refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "step_up_needed": HTTPStatus.FORBIDDEN,
    "mfa_required": HTTPStatus.FORBIDDEN,
    "no_such_member": HTTPStatus.NOT_FOUND,
    "key_refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "key_not_for_this": HTTPStatus.FORBIDDEN,
    "scope_missing": HTTPStatus.FORBIDDEN,
    "no_such_person": HTTPStatus.NOT_FOUND,
    "no_such_endpoint": HTTPStatus.NOT_FOUND,
    "no_such_delivery": HTTPStatus.NOT_FOUND,
    "endpoint_address_refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "endpoint_refused": HTTPStatus.UNPROCESSABLE_ENTITY,
    "sign_in_refused": HTTPStatus.UNAUTHORIZED,
    "not_refreshed": HTTPStatus.UNAUTHORIZED,
    "too_many_attempts": HTTPStatus.TOO_MANY_REQUESTS,
    bodies.NotOfThisKind.code: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    bodies.BodyTooLarge.code: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    bodies.BodyNotReadable.code: HTTPStatus.BAD_REQUEST,
}
ERRORS_SAID_MAX = 5

log = logging.getLogger(__name__)


class DocumentedOnce(NinjaAPI):
    """An API whose document is put together once: that takes a second, and nothing of it changes meanwhile."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document, the same one each time."""
        if self._document is None:
            prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
            self._document = document.Document(self, prefix)
            self._document["webhooks"] = openapi_webhooks()
        return self._document

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of an operation in the document."""
        return document.operation_id(operation)

    _document: OpenAPISchema | None = None


api = DocumentedOnce(
    title="ClipHaven",
    version="1",
    description="Money is `{amount, currency}` in whole minor units. What is refused is told as a problem (RFC 9457),"
    " with a code that does not change. Pages go on by keyset. Programs sign in under `/api/v1/auth/` and show their"
    " access token as `Authorization: Bearer …`; keys that people make for them (`chk_…`) are shown the same way."
    " Answers say with `RateLimit-Limit`, `-Remaining` and `-Reset` how much may still be asked for, and 429 with"
    " `Retry-After` when it goes on. Pages of the house may ask with the cookie of the session instead; for"
    " what changes something they then need the header `X-CSRFToken`. What moves money or makes something needs an"
    " `Idempotency-Key`.",
    urls_namespace="api",
    docs_url=None,
    parser=bodies.StrictParser(),
)
api.add_decorator(bodies.looked_at_first, mode="view")
api.add_router("/auth/", identity_doors.AUTH)
api.add_router("/", identity_doors.ME)
api.add_router("/", identity_doors.FACTORS)
api.add_router("/", identity_doors.KEYS)
api.add_router("/", identity_doors.INBOX)
api.add_router("/", identity_doors.INVITED)
api.add_router("/", files.MINE)
api.add_router("/sponsor/", identity_doors.ORGANISATION)
api.add_router("/staff/", identity_doors.PEOPLE)
api.add_router("/", insights.MINE)
api.add_router("/", deliveries.HOOKS)
api.add_router("/", payouts.MINE)
api.add_router("/", clips.MINE)
api.add_router("/sponsor/", campaigns.MINE)
api.add_router("/staff/payday/", payouts.STAFF)
api.add_router("/", earnings.MINE)
api.add_router("/", earnings.PUBLIC)
api.add_router("/sponsor/", earnings.SPONSOR)
api.add_router("/staff/earnings/", earnings.STAFF)
api.add_router("/staff/tracking/", backoffice.STAFF)
api.add_router("/", fraud.MINE)
api.add_router("/staff/risk/", fraud.STAFF)
api.add_router("/staff/risk/", backoffice.RISK)


def problem(request: HttpRequest, *, status: HTTPStatus, detail: str, code: str) -> HttpResponse:
    """The answer that says why not."""
    said = Problem(title=status.phrase, status=status, detail=detail, code=code)
    answer = api.create_response(request, said.model_dump(), status=status)
    answer["Content-Type"] = PROBLEM_TYPE
    if status is HTTPStatus.UNAUTHORIZED:
        shown = "Authorization" in request.headers
        answer["WWW-Authenticate"] = 'Bearer realm="ClipHaven"' + (', error="invalid_token"' if shown else "")
    return answer


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    status = STATUS_BY_CODE.get(refused.code, HTTPStatus.CONFLICT)
    answer = problem(request, status=status, detail=refused.sentence, code=refused.code)
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        answer["Retry-After"] = str(int(identity.ATTEMPTS_WINDOW.total_seconds()))
    return answer


@api.exception_handler(identity.TooOften)
def _too_often(request: HttpRequest, refused: identity.TooOften) -> HttpResponse:
    status = HTTPStatus.TOO_MANY_REQUESTS
    answer = problem(request, status=status, detail=refused.sentence, code=refused.code)
    answer["Retry-After"] = str(max(math.ceil(refused.wait.total_seconds()), 1))
    return answer


@api.exception_handler(ProviderFailed)
def _provider_failed(request: HttpRequest, failure: ProviderFailed) -> HttpResponse:
    log.warning("The API could not answer: %s", failure.sentence)
    detail = "A provider did not answer, so nothing was done. Try again in a minute."
    return problem(request, status=HTTPStatus.SERVICE_UNAVAILABLE, detail=detail, code="provider_failed")


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    return problem(request, status=HTTPStatus.UNAUTHORIZED, detail="Sign in first.", code="not_signed_in")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _: Http404) -> HttpResponse:
    return problem(request, status=HTTPStatus.NOT_FOUND, detail="There is nothing here for you.", code="not_found")


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    said = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors[:ERRORS_SAID_MAX]]
    return problem(request, status=HTTPStatus.UNPROCESSABLE_ENTITY, detail="; ".join(said), code="not_valid")


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    status = HTTPStatus(error.status_code)
    code = "csrf" if status is HTTPStatus.FORBIDDEN else bodies.BodyNotReadable.code
    return problem(request, status=status, detail=bodies.not_readable(error), code=code)


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, _: RequestDataTooBig) -> HttpResponse:
    return _refused(request, bodies.BodyTooLarge("The body is too large"))


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
def _no_form(request: HttpRequest, error: Exception) -> HttpResponse:
    log.info("The API got a body at %s that could not be read: %s", request.path, type(error).__name__)
    return _refused(request, bodies.BodyNotReadable("The body could not be read"))


@api.exception_handler(DatabaseError)
@api.exception_handler(InterfaceError)
def _no_database(request: HttpRequest, error: Exception) -> HttpResponse:
    if not outage.is_outage(error):
        return _broken(request, error)
    log.warning("The API could not reach the database at %s: %s", request.path, error)
    return problem(request, status=HTTPStatus.SERVICE_UNAVAILABLE, detail=outage.SENTENCE, code="no_database")


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("The API broke at %s", request.path, exc_info=error)
    detail = "Something broke on our side. Nothing you sent is lost on us: it is in our log."
    return problem(request, status=HTTPStatus.INTERNAL_SERVER_ERROR, detail=detail, code="broken")
