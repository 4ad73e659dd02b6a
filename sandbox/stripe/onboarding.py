"""Account links and login links, and the pages behind them: an account's owner says who they are and where to pay.

An account link is good for one visit within five minutes; a stale one sends the visitor to `refresh_url` for a new one.
"""

import hashlib
from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.sheets import button, choice, sheet
from sandbox.store import Json
from sandbox.stripe.accounts import find_account, is_connected
from sandbox.stripe.agenda import catch_up
from sandbox.stripe.bank_accounts import (
    FAILING_NUMBERS,
    GOOD_NUMBER,
    add_bank_account,
    remove_bank_account,
)
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, missing
from sandbox.stripe.forms import Group, Text
from sandbox.stripe.standing import bank_accounts_of, review

LINK_SECONDS: Final = 300
_LINKS: Final = "stripe:link"
# Currencies that an owner may give a bank account for, besides the account's own.
_OFFERED: Final = ("usd", "eur", "gbp", "jpy")
_BANKS: Final = {GOOD_NUMBER: f"{GOOD_NUMBER} - works, and is everybody's who chooses it"} | {
    number: f"{number} - payouts fail: {failure}" for number, failure in FAILING_NUMBERS.items()
}


def create_link(call: Call) -> Json:
    """A link under which the account's owner completes onboarding."""
    given, books = call.given, call.books
    account = find_account(books, given["account"], param="account", status=400)
    for name in ("refresh_url", "return_url"):
        if name not in given:
            raise missing(name)
    if given["type"] == "account_update" and account["controller"]["requirement_collection"] == "stripe":
        raise ApiError(
            "You cannot create `account_update` type Account Links for this account: its owner updates it on their own "
            "dashboard. Create a login link instead.",
            param="type",
        )
    token = new_id("link")
    link = {
        "account": account["id"],
        "refresh_url": given["refresh_url"],
        "return_url": given["return_url"],
        "expires_at": books.moment + books.for_people(LINK_SECONDS),
        "opened": False,
        "done": False,
    }
    books.store.put(_LINKS, token, link)
    return {
        "object": "account_link",
        "created": books.moment,
        "expires_at": link["expires_at"],
        "url": f"{books.world.config.public_url}/stripe/onboard/{account['id']}/{token}",
    }


def create_login_link(call: Call) -> Json:
    """A link to the account's own small dashboard, where its owner changes the bank account."""
    books = call.books
    account = find_account(books, call.path["id"])
    if account["controller"]["stripe_dashboard"]["type"] != "express":
        raise ApiError("Cannot create a login link for an account that has no Express Dashboard.")
    if not account["details_submitted"]:
        raise ApiError("Cannot create a login link for an account that has not completed onboarding.")
    token = new_id("login")
    books.store.put(
        _LINKS, token, {"account": account["id"], "expires_at": books.moment + books.for_people(LINK_SECONDS)}
    )
    return {
        "object": "login_link",
        "created": books.moment,
        "url": f"{books.world.config.public_url}/stripe/express/{account['id']}/{token}",
    }


def complete(books: Books, account: Json, number: str | None, *, currency: str) -> None:
    """The owner hands everything in; `number` is the bank account's, None leaves it out."""
    hidden = books.hidden("account", account["id"])
    hidden["submitted"] = True
    account["tos_acceptance"] |= {"date": books.moment}
    account["business_type"] = account["business_type"] or "individual"
    books.save(account)
    if number is not None:
        set_bank_account(books, account, number, currency=currency)
    review(books, account)


def set_bank_account(books: Books, account: Json, number: str, *, currency: str) -> None:
    """Pay this currency to a bank account with this number from now on, instead of the one it went to."""
    old = [bank for bank in bank_accounts_of(books, account["id"]) if bank["currency"] == currency]
    details = {
        "account_number": number,
        "country": account["country"],
        "currency": currency,
        "account_holder_name": account["business_profile"]["name"],
        "account_holder_type": "individual",
    }
    add_bank_account(books, account["id"], details, default=True, metadata={})
    for bank in old:
        remove_bank_account(books, bank)


def _own_number(account: Json) -> str:
    """A bank account that nobody else has."""
    digest = hashlib.sha256(account["id"].encode()).digest()
    return f"0009{int.from_bytes(digest[:8]) % 10**8:08d}"


def _page(account: Json, title: str, words: str, buttons: str) -> Response:
    who = account["email"] or account["id"]
    own = _own_number(account)
    fields = choice("bank-number", "bank_number", "Bank account number", {own: f"{own} - works"} | _BANKS)
    fields += choice("bank-currency", "bank_currency", "Currency of the bank account", _currencies(account))
    return sheet(
        title,
        f'<h1>{escape(title)}</h1><p id="account">{escape(who)} - {account["id"]}</p><p>{escape(words)}</p>'
        f'<form method="post">{fields}{buttons}</form>',
    )


def _currencies(account: Json) -> dict[str, str]:
    """The account's own first."""
    own = account["default_currency"]
    return {currency: currency.upper() for currency in (own, *(one for one in _OFFERED if one != own))}


def _chosen_currency(account: Json, answers: dict[str, str]) -> str:
    wish = answers.get("bank_currency", "")
    return wish if wish in _OFFERED else str(account["default_currency"])


async def _form(request: Request) -> dict[str, str]:
    body = (await request.body()).decode(errors="replace")
    return {name: values[-1] for name, values in parse_qs(body).items()}


def routes(books: Books) -> list[BaseRoute]:
    """The pages behind account links and login links."""

    def account_of(request: Request) -> Json | None:
        id = request.path_params["account"]
        return books.get("account", id) if is_connected(books, id) else None

    async def onboard(request: Request) -> Response:
        answers = await _form(request)
        catch_up(books)
        account, link = account_of(request), books.store.get(_LINKS, request.path_params["token"])
        if account is None or link is None or link["account"] != account["id"]:
            return sheet("Link not found", "<h1>This link does not exist.</h1>", status=404)
        stale = link["done"] or link["expires_at"] <= books.moment
        if stale or (link["opened"] and request.method == "GET"):
            return RedirectResponse(link["refresh_url"], 303)
        if request.method == "GET":
            link["opened"] = True
            books.store.put(_LINKS, request.path_params["token"], link)
            buttons = button("onboard-complete", "action", "complete", "Complete", first=True)
            buttons += button("onboard-without-bank", "action", "without_bank", "Leave out the bank account")
            return _page(account, "Get paid", "Confirm who you are and where your money shall go.", buttons)
        link["done"] = True
        books.store.put(_LINKS, request.path_params["token"], link)
        number = None if answers.get("action") == "without_bank" else answers.get("bank_number", _own_number(account))
        complete(books, account, number, currency=_chosen_currency(account, answers))
        books.outbox.nudge()
        return RedirectResponse(link["return_url"], 303)

    async def express(request: Request) -> Response:
        answers = await _form(request)
        catch_up(books)
        account, link = account_of(request), books.store.get(_LINKS, request.path_params["token"])
        if account is None or link is None or link["account"] != account["id"] or link["expires_at"] <= books.moment:
            return sheet("Link not found", "<h1>This link is not valid any more.</h1>", status=404)
        words = "Choose the bank account that your payouts go to, one for each currency."
        if request.method == "POST":
            currency = _chosen_currency(account, answers)
            set_bank_account(books, account, answers.get("bank_number", _own_number(account)), currency=currency)
            books.outbox.nudge()
            words = f"Saved. Your next payout in {currency.upper()} goes to the new bank account."
        save = button("express-save", "action", "save", "Save the bank account", first=True)
        return _page(account, "Your payout account", words, save)

    return [
        Route("/onboard/{account}/{token}", onboard, methods=["GET", "POST"]),
        Route("/express/{account}/{token}", express, methods=["GET", "POST"]),
    ]


ENDPOINTS = [
    Endpoint(
        "POST",
        "/v1/account_links",
        create_link,
        {
            "account": Text(required=True),
            "type": Text(required=True, choices=("account_onboarding", "account_update")),
            "refresh_url": Text(),
            "return_url": Text(),
            "collect": Text(choices=("currently_due", "eventually_due")),
            "collection_options": Group(
                {
                    "fields": Text(choices=("currently_due", "eventually_due")),
                    "future_requirements": Text(choices=("include", "omit")),
                }
            ),
        },
    ),
    Endpoint("POST", "/v1/accounts/{id}/login_links", create_login_link),
]
