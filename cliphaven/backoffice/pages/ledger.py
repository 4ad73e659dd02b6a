"""Doors to the books: a search, an account at any moment, and an entry with all that is around it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from cliphaven.backoffice.forms import PeriodForm, ReasonForm, SearchForm, end_moment, first_moment, kind_named
from cliphaven.backoffice.queries import accounts, corrections, entries
from cliphaven.campaigns.forms import whole_number
from cliphaven.foundation import clock, tables
from cliphaven.foundation.money import EXPONENTS, decimal_text
from cliphaven.identity.guards import SignedInRequest, staff_page
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import account_named

CSV_LINES_MAX = 10_000
CSV_COLUMNS = (
    "leg", "occurred_at", "kind", "external_id", "debit", "credit", "amount", "currency", "cause", "actor", "reason",
)  # fmt: skip


@require_safe
@staff_page
def search(request: SignedInRequest) -> HttpResponse:
    """Legs of the books by whatever is known of them, newest first."""
    form = SearchForm(request.GET)
    asked = {name: value for name, value in request.GET.items() if value and name != "before"}
    found = books.Found(legs=(), older=None)
    if form.is_valid():
        found = books.search(**_terms(form), before=whole_number(request.GET.get("before", "")))
    context = {
        "form": form,
        "legs": found.legs,
        "is_filtered": bool(asked),
        "next_url": f"?{urlencode({**asked, 'before': found.older})}" if found.older else "",
        "first_url": f"?{urlencode(asked)}" if "before" in request.GET else "",
        "csv_query": urlencode(asked),
        "waiting": corrections.waiting_count(),
        "closed_through": books.closed_through(),
    }
    return render(request, "backoffice/ledger.html", context, status=200 if form.is_valid() else 422)


@require_safe
@staff_page
def search_csv(request: SignedInRequest) -> HttpResponse:
    """The same legs as a file for a spreadsheet; its last line says when there are more than it holds."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        raise Http404
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="ledger.csv"'
    tables.write_csv(answer, columns=CSV_COLUMNS, rows=_csv_rows(form))
    return answer


def _csv_rows(form: SearchForm) -> Iterator[Sequence[object]]:
    written, before = 0, None
    while written < CSV_LINES_MAX:
        found = books.search(**_terms(form), before=before, limit=min(500, CSV_LINES_MAX - written))
        yield from (_row(leg) for leg in found.legs)
        written, before = written + len(found.legs), found.older
        if before is None:
            return
    yield ["", f"There is more: this file holds {CSV_LINES_MAX} legs. Narrow the search by days."]


@require_safe
@staff_page
def account(request: SignedInRequest, account_code: str, currency: str) -> HttpResponse:
    """An account's statement for any days, and what it held at the end of any day."""
    named = account_named(account_code, currency=currency) if currency in EXPONENTS else None
    if named is None:
        raise Http404
    form = PeriodForm(request.GET)
    period: dict[str, Any] = {}
    if form.is_valid():
        period = {"since": first_moment(form.cleaned_data), "until": end_moment(form.cleaned_data)}
    day = parse_date_or_none(request.GET.get("at", ""))
    found = accounts.account_overview(
        account=named,
        **period,
        before=whole_number(request.GET.get("before", "")),
        at=None if day is None else datetime.combine(day, time(), tzinfo=UTC) + timedelta(days=1, microseconds=-1),
        now=clock.now(),
    )
    kept = {name: request.GET[name] for name in ("since", "until") if request.GET.get(name)}
    older = found.statement.older
    context = {
        "account": found,
        "form": form,
        "at_day": day,
        "next_url": f"?{urlencode({**kept, 'before': older})}#statement" if older else "",
        "first_url": f"?{urlencode(kept)}#statement" if "before" in request.GET else "",
    }
    return render(request, "backoffice/ledger_of_account.html", context, status=200 if form.is_valid() else 422)


@require_safe
@staff_page
def entry(request: SignedInRequest, entry_kind: str, external_id: str) -> HttpResponse:
    """One entry: its legs, its cause, who acted and why, both its times, and what it ties to."""
    kind = kind_named(entry_kind)
    found = None if kind is None else entries.entry_overview(kind=kind, external_id=external_id)
    if found is None:
        raise Http404
    context = {"found": found, "entry": found.entry, "form": ReasonForm()}
    return render(request, "backoffice/ledger_entry.html", context)


def parse_date_or_none(text: str) -> Any:
    """A day as browsers write it, or None when it is not one."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _terms(form: SearchForm) -> dict[str, Any]:
    cleaned = form.cleaned_data
    return {
        "text": cleaned["text"],
        "kind": kind_named(cleaned["kind"]) if cleaned["kind"] else None,
        "account": cleaned["account"],
        "currency": cleaned["currency"],
        "amount_minor": cleaned["amount_minor"],
        "since": first_moment(cleaned),
        "until": end_moment(cleaned),
    }


def _row(leg: books.FoundLeg) -> tuple[object, ...]:
    return (
        leg.leg_id,
        leg.occurred_at.isoformat(timespec="seconds"),
        leg.kind.name.lower(),
        leg.external_id,
        leg.debit,
        leg.credit,
        tables.Number(decimal_text(leg.amount_minor, currency=leg.currency)),
        leg.currency,
        leg.cause,
        leg.actor,
        leg.reason,
    )
