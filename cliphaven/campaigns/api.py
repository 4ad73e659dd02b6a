"""Doors of the API for sponsors: their wallets, refunds and documents."""

from typing import Annotated

from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import Path, Query, Router

from cliphaven.campaigns import schemas
from cliphaven.campaigns.operations import covers
from cliphaven.campaigns.operations import refunds as operations
from cliphaven.campaigns.queries import invoices, wallets
from cliphaven.files import queries as files
from cliphaven.files import schemas as file_shapes
from cliphaven.foundation import clock, money
from cliphaven.foundation.shapes import ID_MAX, NOBODY, REFUSED, Key
from cliphaven.identity.guards import (
    AS_FINANCE,
    AS_SPONSOR,
    must_be_stepped_up,
    signed_in_id,
    signed_in_organisation_id,
)

MINE = Router(auth=AS_SPONSOR, tags=["Sponsors: your wallet"])

ACurrency = Annotated[str, Path(pattern="^[A-Z]{3}$")]
ACampaign = Annotated[int, Path(ge=1, le=ID_MAX)]
Before = Annotated[int | None, Query(ge=1, le=ID_MAX, description="Go on from here: `next_before` of the page before.")]


@MINE.get("/wallets", response={200: list[schemas.Wallet], **NOBODY}, url_name="api_wallets")
def wallet_list(request: HttpRequest) -> list[schemas.Wallet]:
    """Your money in each currency: what is free, what is in campaigns, what can go back, and why the rest cannot."""
    organisation_id, now = signed_in_organisation_id(request), clock.now()
    return [
        schemas.wallet(wallets.wallet_page(organisation_id=organisation_id, currency=currency, before=None, now=now))
        for currency in wallets.currencies_of(organisation_id=organisation_id)
    ]


@MINE.get("/wallets/{currency}/entries", response={200: schemas.WalletLines, **NOBODY}, url_name="api_wallet_entries")
def wallet_entries(request: HttpRequest, currency: ACurrency, before: Before = None) -> schemas.WalletLines:
    """Every line of a wallet in the books, newest first."""
    if currency not in money.EXPONENTS:
        raise Http404
    found = wallets.statement(organisation_id=signed_in_organisation_id(request), currency=currency, before=before)
    return schemas.WalletLines(entries=[schemas.entry(line) for line in found], next_before=found.older)


@MINE.get("/refunds", response={200: schemas.Refunds, **NOBODY}, url_name="api_refunds")
def refund_list(request: HttpRequest, before: Before = None) -> schemas.Refunds:
    """What was asked back, one part for each payment, newest first."""
    found = wallets.refund_lines(organisation_id=signed_in_organisation_id(request), before=before)
    return schemas.Refunds(
        refunds=[schemas.refund(line) for line in found],
        next_before=found[-1].refund_id if len(found) == wallets.LINES_MAX else None,
    )


@MINE.post("/wallets/refund", response={200: schemas.Refunds, **REFUSED}, auth=AS_FINANCE, url_name="api_refund")
def refund(request: HttpRequest, key: Key, order: schemas.RefundOrder) -> schemas.Refunds:
    """Give money of a wallet back to where it was paid from, if you proved lately that it is you. Answers its parts."""
    must_be_stepped_up(request)
    organisation_id = signed_in_organisation_id(request)
    request_id = operations.request_refund(
        organisation_id=organisation_id,
        user_id=signed_in_id(request),
        amount_minor=order.amount.amount,
        currency=order.amount.currency,
        request_key=key,
        now=clock.now(),
    )
    found = wallets.refund_lines(organisation_id=organisation_id, request_id=request_id)
    return schemas.Refunds(refunds=[schemas.refund(line) for line in found], next_before=None)


@MINE.get("/documents", response={200: schemas.Documents, **NOBODY}, url_name="api_documents")
def document_list(request: HttpRequest, before: Before = None) -> schemas.Documents:
    """Your receipts, notes and invoices, newest first, and where to read each as PDF."""
    found = invoices.document_page(organisation_id=signed_in_organisation_id(request), before=before)
    return schemas.Documents(
        documents=[schemas.document(one, pdf=reverse("document", args=[one.document_id])) for one in found],
        next_before=found[-1].document_id if len(found) == invoices.DOCUMENTS_SHOWN_MAX else None,
    )


@MINE.post(
    "/campaigns/{int:campaign_id}/cover",
    response={200: file_shapes.Leave, **REFUSED},
    auth=AS_FINANCE,
    url_name="api_cover",
)
def cover_ask(
    request: HttpRequest, campaign_id: ACampaign, key: Key, order: file_shapes.FileOrder
) -> file_shapes.Leave:
    """Bring a picture of a campaign of yours: answers where to send it, within a quarter of an hour. It is looked at,
    and shown once it was found to be one; until then nobody sees it."""
    file_id = covers.ask(
        campaign_id=campaign_id,
        organisation_id=signed_in_organisation_id(request),
        person_id=signed_in_id(request),
        said_name=order.name,
        said_type=order.content_type,
        size_bytes=order.size_bytes,
        request_key=key,
        now=clock.wall(),
    )
    file = files.own_file(file_id=file_id, person_id=signed_in_id(request))
    form = files.leave(file=file, now=clock.wall())
    if form is None:
        raise files.LeaveIsOver("The time to send this file is over: ask anew, under another key.")
    return file_shapes.leave(file, form)


@MINE.post(
    "/campaigns/{int:campaign_id}/cover/remove",
    response={204: None, **REFUSED},
    auth=AS_FINANCE,
    url_name="api_cover_remove",
)
def cover_remove(request: HttpRequest, campaign_id: ACampaign) -> tuple[int, None]:
    """Show no picture of a campaign of yours any more."""
    covers.remove(
        campaign_id=campaign_id,
        organisation_id=signed_in_organisation_id(request),
        person_id=signed_in_id(request),
        now=clock.wall(),
    )
    return 204, None
