"""What people do outside the house, over HTTP like their browsers: post videos, write bios, fill in pay pages."""

from datetime import datetime
from typing import Any

import httpx2

PAGE = 100


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

    def post_video(self, *, platform: str, author_id: str, caption: str, attack: str = "none") -> dict[str, Any]:
        """Post a video; answers its addresses (`url`, `short_url`) and id."""
        order = {"platform": platform, "author_id": author_id, "caption": caption, "attack": attack}
        return self._post("/control/audience/videos", order)

    def pay(self, pay_url: str, *, method: str = "card") -> None:
        """Press a button on a pay page."""
        self._press(pay_url, {"method": method})

    def onboard(self, onboarding_url: str, *, with_bank: bool = True, bank_number: str | None = None) -> None:
        """Fill in the onboarding page; some bank numbers take no money."""
        number = {"bank_number": bank_number} if bank_number else {}
        self._press(onboarding_url, {"action": "complete" if with_bank else "without_bank", **number})

    def add_bank(self, dashboard_url: str, *, currency: str, bank_number: str | None = None) -> None:
        """Give the account at Stripe a bank account for a currency, in place of the one before."""
        number = {"bank_number": bank_number} if bank_number else {}
        self._press(dashboard_url, {"action": "save", "bank_currency": currency.lower(), **number})

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

    def at_stripe(self, what: str) -> list[dict[str, Any]]:
        """Everything of a kind on the platform's account, newest first, as its dashboard would list it."""
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        headers = {"Authorization": f"Bearer {self._stripe_key}"}
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

    def _press(self, page: str, answers: dict[str, str]) -> None:
        """Send a page's form. The answer is a redirect back to the house, where nobody needs to go."""
        response = self._http.post(page, data=answers)
        if response.is_error:
            response.raise_for_status()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self._http.post(path, json=body)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found
