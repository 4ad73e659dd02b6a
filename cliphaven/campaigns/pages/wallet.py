"""Doors for sponsors: the wallet with its payments, refunds, disputes and papers."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cliphaven.campaigns.forms import RefundForm, TopUpForm, whole_number
from cliphaven.campaigns.operations import documents, refunds, wallet
from cliphaven.campaigns.queries import wallets
from cliphaven.foundation import clock, money
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.identity.guards import SponsorRequest, finance_page, needs_step_up, sponsor_page

FALLBACK_SENTENCE = "Stripe does not answer just now. Nothing was paid: try again in a minute."


@require_safe
@sponsor_page
def wallet_page(request: SponsorRequest) -> HttpResponse:
    """The wallet; somebody who comes back from the pay page (`?deposit=`) finds the payment already looked up."""
    deposit_id = whole_number(request.GET.get("deposit", ""))
    if deposit_id is not None:
        try:
            wallet.settle_own_deposit(deposit_id=deposit_id, organisation_id=request.organisation.id, now=clock.now())
        except ProviderFailed:
            messages.info(request, "Stripe has not confirmed the payment yet. It appears here by itself.")
    return _wallet(request, currency=_currency(request, request.GET.get("currency", "")))


@require_POST
@finance_page
def wallet_top_up(request: SponsorRequest) -> HttpResponse:
    """Send the browser to the pay page."""
    currency = _currency(request, request.POST.get("currency", ""))
    form = TopUpForm(request.POST, currency=currency)
    if not form.is_valid():
        return _wallet(request, currency=currency, top_up=form, status=422)
    try:
        started = wallet.start_deposit(
            organisation_id=request.organisation.id,
            user_id=request.user.id,
            amount_minor=form.cleaned_data["amount"],
            currency=currency,
            return_url=settings.SITE_URL + reverse("wallet"),
            now=clock.now(),
        )
    except Refused as refused:
        form.add_error("amount", refused.sentence)
        return _wallet(request, currency=currency, top_up=form, status=422)
    except ProviderFailed:
        form.add_error(None, FALLBACK_SENTENCE)
        return _wallet(request, currency=currency, top_up=form, status=503)
    return redirect(started.pay_url)


@require_POST
@finance_page
@needs_step_up
def wallet_refund(request: SponsorRequest) -> HttpResponse:
    """Give money of the wallet back to where it was paid from."""
    currency = _currency(request, request.POST.get("currency", ""))
    form = RefundForm(request.POST, currency=currency)
    if not form.is_valid():
        return _wallet(request, currency=currency, refund=form, status=422)
    amount_minor = form.cleaned_data["amount"]
    try:
        refunds.request_refund(
            organisation_id=request.organisation.id,
            user_id=request.user.id,
            amount_minor=amount_minor,
            currency=currency,
            request_key=form.cleaned_data["request_key"],
            now=clock.now(),
        )
    except Refused as refused:
        form.add_error("amount", refused.sentence)
        return _wallet(request, currency=currency, refund=form, status=422)
    messages.success(request, f"{money.formatted(amount_minor, currency=currency)} is on its way back to you.")
    return redirect(f"{reverse('wallet')}?currency={currency}")


@require_safe
@sponsor_page
def document(request: SponsorRequest, document_id: int) -> HttpResponse:
    """A receipt, note or invoice as PDF."""
    try:
        drawn = documents.drawn(document_id=document_id, organisation_id=request.organisation.id)
    except documents.NoSuchDocument as missing:
        raise Http404 from missing
    answer = HttpResponse(drawn.content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{drawn.file_name}"'
    return answer


def _currency(request: SponsorRequest, asked: str) -> str:
    """The currency that was asked for, or else the first one in which the organisation has anything."""
    if asked in money.EXPONENTS:
        return asked
    return wallets.first_currency(organisation_id=request.organisation.id)


def _wallet(
    request: SponsorRequest,
    *,
    currency: str,
    top_up: TopUpForm | None = None,
    refund: RefundForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = wallets.wallet_page(
        organisation_id=request.organisation.id,
        currency=currency,
        before=whole_number(request.GET.get("before", "")),
        now=clock.now(),
    )
    shown = [one for one in money.EXPONENTS if one in found.currencies or one == currency]
    context = {
        "wallet": found,
        "form": top_up or TopUpForm(currency=currency),
        "refund_form": refund or RefundForm(currency=currency),
        "symbol": money.symbol(currency),
        "tabs": [{"label": one, "url": f"?currency={one}", "current": one == currency} for one in shown],
        "other_currencies": [one for one in money.EXPONENTS if one not in shown],
        "next_url": f"?currency={currency}&before={found.statement.older}" if found.statement.older else "",
    }
    return render(request, "campaigns/wallet.html", context, status=status)
