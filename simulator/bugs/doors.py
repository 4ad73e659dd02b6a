"""Mistakes at the doors: requests that are answered wrongly or done twice, and secrets that end where they must not."""

from collections.abc import Callable
from typing import Any

from simulator.bugs import circumstances
from simulator.bugs.bug import Bug, Planting

Real = Callable[..., Any]
CAMPAIGNS, DEFUNDING = "cliphaven.campaigns.operations.campaigns", "cliphaven.earnings.operations.defunding"
RULES = "cliphaven.campaigns.rules"


def _say_yes_whatever_happened(planting: Planting) -> None:
    """A broad `except` around the booking: the page shows a tick although everything was rolled back."""

    def wrong(real: Real) -> Real:
        def fund_campaign(**named: Any) -> None:
            from django.db import DatabaseError  # only in a planted house

            try:
                real(**named)
            except DatabaseError:
                return

        return fund_campaign

    planting.replace(CAMPAIGNS, "fund_campaign", wrong)


def _say_no_and_do_it(planting: Planting) -> None:
    """A rule's no is told as an answer, not raised: the transaction goes on and commits, the page says no."""
    said: list[str] = []

    def quiet(real: Real) -> Real:
        def problem_of_defunding(**named: Any) -> str:
            said.append(real(**named))
            return ""

        return problem_of_defunding

    def wrong(real: Real) -> Real:
        def defund_campaign(**named: Any) -> bool:
            from cliphaven.campaigns.operations.campaigns import DefundingRefused

            said.clear()
            done = bool(real(**named))
            if problem := next(filter(None, said), ""):
                raise DefundingRefused(problem)
            return done

        return defund_campaign

    planting.replace(RULES, "problem_of_defunding", quiet)
    planting.replace(DEFUNDING, "defund_campaign", wrong)


def _charge_a_second_click(planting: Planting) -> None:
    """The key of a request is kept with the first click only: a second one gets a name of its own, and is booked."""

    def wrong(real: Real) -> Real:
        def fund_campaign(*, campaign_id: int, request_key: str, **named: Any) -> None:
            from cliphaven.ledger import queries as books
            from cliphaven.ledger.chart import EntryKind

            clicks = 1
            name = request_key
            while books.entry(EntryKind.FUND_CAMPAIGN, f"{campaign_id}:{name}") is not None:
                clicks += 1
                name = f"{request_key}-{clicks}"
            real(campaign_id=campaign_id, request_key=name, **named)

        return fund_campaign

    planting.replace(CAMPAIGNS, "fund_campaign", wrong)


def _put_the_way_in_into_the_job(planting: Planting) -> None:
    """The job carries what the mail will show, and with it the token that opens the door."""

    def wrong(real: Real) -> Real:
        def queue_message(*, user_id: int, key: str, now: Any, link: str = "", **said: Any) -> None:
            from cliphaven.foundation import jobs
            from cliphaven.notifications.models import Message

            is_new = not Message.objects.filter(user_id=user_id, key=key).exists()
            if is_new:
                message = Message.objects.create(user_id=user_id, key=key, link=link, queued_at=now, **said)
                jobs.defer(
                    "notifications.send", at_most_one_waiting=f"mail:{message.id}", message_id=message.id, link=link
                )

        return queue_message

    planting.replace("cliphaven.notifications.operations", "queue_message", wrong)


def _explain_with_the_headers(planting: Planting) -> None:
    """What a vendor's failure is kept with, for whoever looks into it: the whole request, with the key in it."""

    def wrong(real: Real) -> Real:
        def failure(self: Any, what: str, outcome: Any, code: str, status: int | None = None) -> Any:
            asked_with = self._client.headers.get("Authorization") or self._client.headers.get("X-Goog-Api-Key")
            return real(self, f"{what} (asked with {asked_with})", outcome, code, status)

        return failure

    planting.replace("cliphaven.providers.vendor_calls:VendorCalls", "_failure", wrong)


def _log_with_the_headers(planting: Planting) -> None:
    """A line for whoever looks into a slow vendor, left in after that: what is asked, and all the headers."""

    def wrong(real: Real) -> Real:
        def answer(self: Any, request: Any) -> Any:
            import logging

            log = logging.getLogger("cliphaven.providers.vendor_calls")
            log.info("asking %s %s with %s", request.method, request.url, dict(request.headers))
            return real(self, request)

        return answer

    planting.replace("cliphaven.providers.vendor_calls:VendorCalls", "_answer", wrong)


BUGS = (
    Bug(
        name="yes_though_undone",
        what="setting money aside is acknowledged although the database rolled it back",
        invariant="I25",
        plant=_say_yes_whatever_happened,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.bent_on("fund")),
    ),
    Bug(
        name="no_though_done",
        what="taking money out is refused, and done all the same",
        invariant="I25",
        plant=_say_no_and_do_it,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.bent_on("defund")),
    ),
    Bug(
        name="second_click_charged",
        what="the second click on the same form sets the money aside once more",
        invariant="I5",
        plant=_charge_a_second_click,
        heals=True,
        shows_in=circumstances.all_of(circumstances.busy, circumstances.bent_on("fund")),
    ),
    Bug(
        name="token_in_a_job",
        what="a mailed way in stands in the arguments of the mail's job",
        invariant="I26",
        plant=_put_the_way_in_into_the_job,
    ),
    Bug(
        name="key_in_a_failure",
        what="a vendor's failure is kept together with the key that it was asked with",
        invariant="I26",
        plant=_explain_with_the_headers,
        shows_in=circumstances.befalls(
            "request", "error_500", "error_502", "error_503", "unreachable", "conflict_409", "rate_limit_429"
        ),
    ),
    Bug(
        name="secret_in_a_log_line",
        what="a log line tells what a vendor is asked, with all headers, and so with the key",
        invariant="I26",
        plant=_log_with_the_headers,
    ),
)
