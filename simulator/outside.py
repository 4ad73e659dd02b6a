"""What people do outside the house, over HTTP like their browsers: post videos, write bios, fill in pay pages."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx2

PAGE = 100


class PageIsGone(Exception):  # not an error
    """The page was there when its address was given, and is no more: its account was closed meanwhile."""


class OutsideWorld:
    """The pretend world as its inhabitants see it."""

    def __init__(self, url: str, *, stripe_key: str = "") -> None:
        """`url` is the sandbox's address; the key opens what a dashboard shows."""
        self._stripe_key = stripe_key
        self._http = httpx2.Client(base_url=url, timeout=30, trust_env=False)

    def set_clock(self, moment: datetime, *, speed: float) -> None:
        """Set the world's time."""
        self._post("/control/clock", {"set": moment.isoformat(), "speed": speed})

    def settle(self) -> None:
        """Wait until the vendors have delivered every webhook that is due."""
        self._post("/control/settle", {})

    def open_account(self, *, platform: str, handle: str) -> str:
        """Register on a platform; answers the immutable author id."""
        return str(self._post("/control/audience/accounts", {"platform": platform, "handle": handle})["author_id"])

    def write_bio(self, *, platform: str, author_id: str, bio: str) -> None:
        """Change what stands on the profile."""
        self._http.patch(f"/control/audience/accounts/{platform}/{author_id}", json={"bio": bio}).raise_for_status()

    def post_video(
        self, *, platform: str, author_id: str, caption: str, attack: str = "none", final_views: int | None = None
    ) -> dict[str, Any]:
        """Post a video; answers its `url`, `short_url` and id. With `final_views` its audience is ordered."""
        order: dict[str, Any] = {"platform": platform, "author_id": author_id, "caption": caption, "attack": attack}
        if final_views is not None:
            order["final_views"] = final_views
        return self._post("/control/audience/videos", order)

    def post_control_video(self, *, platform: str, handle: str, posted_at: datetime) -> dict[str, Any]:
        """A video of long ago that nothing befalls: its count hardly moves. Answers its `url` and `views`."""
        author_id = self.open_account(platform=platform, handle=handle)
        order = {"platform": platform, "author_id": author_id, "caption": "The old days", "final_views": 60_000}
        return self._post("/control/audience/videos", {**order, "posted_at": posted_at.isoformat()})

    def happen_to_video(self, *, platform: str, video_id: str, action: str) -> None:
        """Something befalls a video: "delete", "restore", "purge", "hide_count" or "show_count"."""
        self._post(f"/control/audience/videos/{platform}/{video_id}", {"action": action})

    def pay(self, pay_url: str, *, method: str = "card", card: str = "") -> None:
        """Press a button on a pay page; `card` are the last four digits of one that means something."""
        self._press(pay_url, {"method": method, **({"card": card} if card else {})})

    def onboard(self, onboarding_url: str, *, with_bank: bool = True, bank_number: str | None = None) -> None:
        """Fill in the onboarding page; some bank numbers take no money."""
        number = {"bank_number": bank_number} if bank_number else {}
        self._press(onboarding_url, {"action": "complete" if with_bank else "without_bank", **number})

    def add_bank(self, dashboard_url: str, *, currency: str, bank_number: str | None = None) -> None:
        """Give the account at Stripe a bank account for a currency, in place of the one before."""
        number = {"bank_number": bank_number} if bank_number else {}
        self._press(dashboard_url, {"action": "save", "bank_currency": currency.lower(), **number})

    def leave_stripe(self, email: str) -> bool:
        """Close the account of this address, if there is one with nothing on it, from which nothing went to a bank.

        What a bank sends back later would reach nobody; answers whether it was closed.
        """
        for account in self.at_stripe("accounts"):
            if account["email"] == email and not self.at_stripe("payouts", account=account["id"]):
                gone = self._http.delete(f"/stripe/v1/accounts/{account['id']}", headers=self._as_platform())
                return gone.is_success
        return False

    def mails(self) -> list[dict[str, Any]]:
        """All mails that anybody got, newest first."""
        response = self._http.get("/resend/outbox.json")
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()["data"]
        return found

    def letters(self) -> list[dict[str, Any]]:
        """What the vendors want to tell the house, where somebody else carries it (a steered sandbox)."""
        response = self._http.get("/control/stripe/letters")
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()["letters"]
        return found

    def letter_taken(self, event: str) -> None:
        """The house accepted this one."""
        self._post(f"/control/stripe/letters/{event}/taken", {})

    def dispute(self, charge: str, *, amount_minor: int | None = None) -> None:
        """A payer tells their bank that they did not mean to pay (all of it)."""
        self._post("/control/stripe/disputes", {"charge": charge, "amount": amount_minor})

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """The payer's bank decides."""
        self._post(f"/control/stripe/disputes/{dispute}/close", {"won": won})

    def warn_of_fraud(self, charge: str) -> None:
        """The card network expects trouble."""
        self._post("/control/stripe/fraud-warnings", {"charge": charge})

    def reverse_transfer(self, transfer: str) -> bool:
        """Take all of a transfer back in Stripe's dashboard; answers whether the account had it."""
        answer = self._http.post(f"/stripe/v1/transfers/{transfer}/reversals", headers=self._as_platform())
        return answer.is_success

    def is_shown(self, account: str) -> bool:
        """Whether Stripe still tells the platform of a connected account, or its owner has left."""
        answer = self._http.get(f"/stripe/v1/accounts/{account}", headers=self._as_platform())
        return answer.is_success

    def at_stripe(self, what: str, *, account: str = "") -> list[dict[str, Any]]:
        """Everything of a kind on the platform's account, or a connected one, newest first, as dashboards list it."""
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        headers = {**self._as_platform(), **({"Stripe-Account": account} if account else {})}
        while True:
            response = self._http.get(f"/stripe/v1/{what}", params={"limit": PAGE, **after}, headers=headers)
            response.raise_for_status()
            page = response.json()
            found += page["data"]
            if not page["has_more"]:
                return found
            after = {"starting_after": found[-1]["id"]}

    def fault(self, vendor: str, kind: str) -> None:
        """Spoil the next call to this vendor."""
        self._post("/control/faults", {"vendor": vendor, "kind": kind})

    def forget_faults(self) -> None:
        """Spoil nothing any more."""
        self._http.delete("/control/faults").raise_for_status()

    def _as_platform(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._stripe_key}"}

    def _press(self, page: str, answers: dict[str, str]) -> None:
        """Send a page's form. The answer is a redirect back to the house, where nobody needs to go.

        Raises PageIsGone.
        """
        response = self._http.post(page, data=answers)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise PageIsGone
        if response.is_error:
            response.raise_for_status()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._http.post(path, json=body)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found
