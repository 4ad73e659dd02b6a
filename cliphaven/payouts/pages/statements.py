"""The door to what a creator takes along: a week's payout as a file for a spreadsheet, and on paper."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from cliphaven.foundation import clock, tables
from cliphaven.foundation.money import decimal_text
from cliphaven.identity.guards import SignedInRequest, creator_page
from cliphaven.payouts.operations import statements as operations
from cliphaven.payouts.queries import statements

COLUMNS = ("week", "what", "campaign", "amount", "currency", "state", "reason", "at", "reference")


@require_safe
@creator_page
def payouts_statement(request: SignedInRequest, week: str) -> HttpResponse:
    """One week's payout, line by line: transfers, payouts to the bank, and what was left out."""
    found = statements.weekly_statement(creator_id=request.user.id, week=week)
    if not found:
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="payout-{week}.csv"'
    rows = [
        (
            week,
            line.what,
            line.campaign,
            tables.Number(decimal_text(line.amount_minor, currency=line.currency)),
            line.currency,
            line.state,
            line.reason,
            line.at.isoformat(timespec="seconds") if line.at else "",
            line.reference,
        )
        for line in found
    ]
    tables.write_csv(answer, columns=COLUMNS, rows=rows)
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
