"""The door to what a creator takes along: a week's payout as a file for a spreadsheet, and on paper."""

import csv

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from cliphaven.foundation import clock
from cliphaven.foundation.money import decimal_text
from cliphaven.identity.guards import SignedInRequest, creator_page
from cliphaven.payouts.operations import statements as operations
from cliphaven.payouts.queries import statements

COLUMNS = ("week", "what", "campaign", "amount", "currency", "state", "reason", "at", "reference")
# A spreadsheet takes a text that begins so for something to compute.
COMPUTED = ("=", "+", "-", "@", "\t", "\r")


@require_safe
@creator_page
def payouts_statement(request: SignedInRequest, week: str) -> HttpResponse:
    """One week's payout, line by line: transfers, payouts to the bank, and what was left out."""
    found = statements.weekly_statement(creator_id=request.user.id, week=week)
    if not found:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="payout-{week}.csv"'
    writer = csv.writer(answer)
    writer.writerow(COLUMNS)
    for line in found:
        writer.writerow(
            (
                week,
                line.what,
                _as_text(line.campaign),
                decimal_text(line.amount_minor, currency=line.currency),
                line.currency,
                line.state,
                _as_text(line.reason),
                line.at.isoformat(timespec="seconds") if line.at else "",
                line.reference,
            )
        )
    return answer


@require_safe
@creator_page
def payouts_statement_pdf(request: SignedInRequest, week: str) -> HttpResponse:
    """The same as a document to keep."""
    try:
        content = operations.drawn_statement(creator_id=request.user.id, week=week, now=clock.now())
    except operations.NothingThatWeek as refused:
        raise Http404 from refused
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="payout-{week}.pdf"'},
    )


def _as_text(text: str) -> str:
    return f"'{text}" if text.startswith(COMPUTED) else text
