"""The hosted pay page of a Checkout Session: a person (or a test) chooses how to pay, or goes back."""

from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.sheets import button, choice, sheet
from sandbox.store import Json
from sandbox.stripe.agenda import catch_up
from sandbox.stripe.books import Books
from sandbox.stripe.checkout import pay
from sandbox.stripe.payment_methods import BOUNCING_DEBIT, CARDS, DEBIT, DECLINED, Method

_ZERO_DECIMAL: Final = frozenset({"jpy"})
_THREE_DECIMAL: Final = frozenset({"kwd"})
_CARD_CHOICES: Final = {last4: card.words for last4, card in CARDS.items()}


def routes(books: Books) -> list[BaseRoute]:
    """The pay page: GET shows it, POST (`method`, and `card` for the card's last four digits) pays."""

    async def pay_page(request: Request) -> Response:
        body = (await request.body()).decode(errors="replace")
        answers = {name: values[-1] for name, values in parse_qs(body).items()}
        catch_up(books)
        id = request.path_params["session"]
        if books.store.get("stripe:checkout.session", id) is None:
            return sheet("Not found", "<h1>This payment page does not exist.</h1>", status=404)
        session = books.get("checkout.session", id)
        if session["status"] != "open":
            return _closed(session)
        if request.method == "GET":
            return _shown(books, session)
        wish = answers.get("method", "card")
        if wish == "cancel":
            return RedirectResponse(session["cancel_url"] or session["success_url"], 303)
        paid = pay(books, session, _chosen(wish, answers.get("card", "4242")))
        books.outbox.nudge()
        if not paid:
            return _shown(books, session)
        return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id), 303)

    return [Route("/pay/{session}", pay_page, methods=["GET", "POST"])]


def _chosen(wish: str, card: str) -> Method:
    if wish == "decline":
        return DECLINED
    if wish == "bank":
        return DEBIT
    if wish == "bank_bounces":
        return BOUNCING_DEBIT
    return CARDS.get(card[-4:], CARDS["4242"])


def _shown(books: Books, session: Json) -> Response:
    items = books.hidden("checkout.session", session["id"])["line_items"]
    lines = "".join(
        f"<li><span>{escape(item['description'] or 'Item')} × {item['quantity']}</span>"
        f"<span>{money(item['amount_total'], item['currency'])}</span></li>"
        for item in items
    )
    error = ""
    if session["payment_intent"] is not None:
        last = books.get("payment_intent", session["payment_intent"])["last_payment_error"]
        if last is not None:
            error = f'<p class="error" role="alert" id="pay-error">{escape(last["message"])}</p>'
    types = session["payment_method_types"]
    buttons = ""
    if "card" in types:
        buttons += choice("card", "card", "Test card", _CARD_CHOICES)
        buttons += button("pay-card", "method", "card", "Pay by card", first=True)
    if "us_bank_account" in types:
        buttons += button("pay-bank", "method", "bank", "Pay by bank debit (settles later)")
        buttons += button("pay-bank-bounces", "method", "bank_bounces", "Pay by bank debit (bounces later)")
    if "card" in types:
        buttons += button("pay-decline", "method", "decline", "Card is declined")
    buttons += button("pay-cancel", "method", "cancel", "Cancel")
    total = money(session["amount_total"], session["currency"])
    return sheet(
        f"Pay {total}",
        f'<h1>Pay</h1><p class="amount" id="pay-amount">{total}</p>{error}<ul>{lines}</ul>'
        f'<form method="post">{buttons}</form>',
    )


def _closed(session: Json) -> Response:
    words = "This was already paid." if session["status"] == "complete" else "This payment page has expired."
    return sheet("Closed", f'<h1 id="pay-closed">{words}</h1><p>You can close this window.</p>', status=410)


def money(amount: int, currency: str) -> str:
    """An amount in minor units as people read it: `USD 12.34`."""
    digits = 0 if currency in _ZERO_DECIMAL else 3 if currency in _THREE_DECIMAL else 2
    whole, part = divmod(amount, 10**digits)
    return f"{currency.upper()} {whole:,}" + (f".{part:0{digits}d}" if digits else "")
