"""The people who use the house while it is shot at: each is a thread with a browser, and insists, or gives up."""

import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import httpx2

from simulator.chaos.acts import Act, History, Told, What
from simulator.chaos.browser import Answer, Browser
from simulator.life import Creator
from simulator.outside import OutsideWorld

THINKS_S = (0.05, 0.35)
WAITS_S = (0.2, 1.0)  # before the same is asked again
TRIES = (1, 4, 12)
PAGE_TRIES = 4
APPROVED_AT_ONCE = 3
STAGES = ("clearing", "held", "payable", "reserved", "in_transit")
FUNDED, DEFUNDED = "is set aside for this campaign.", "is in the wallet again."
_TO_APPROVE = re.compile(r'"(/sponsor/review/\d+/approve/)"')
_SAID = re.compile(r'(?:<span class="note">|<p>)([^<]{1,200})<')
_SUBMITTED = re.compile(r'class="clip-name[^"]*" href="/clips/\d+/"')


class SignedOut(Exception):  # not an error
    """The house does not know us: what we asked was not even looked at."""


@dataclass(frozen=True, kw_only=True)
class Company:
    """A sponsor's organisation, and the campaign that its people work with."""

    organisation_id: int
    campaign_id: int


class Client(threading.Thread):
    """Somebody who does one thing after the other until told to stop."""

    def __init__(self, browser: Browser, *, chance: random.Random, history: History, stop: threading.Event) -> None:
        """`chance` is this person's own; `is_in` says whether the house knows them."""
        super().__init__(daemon=True)
        self.browser, self.chance, self.history, self.stop = browser, chance, history, stop
        self.is_in = False

    def run(self) -> None:
        """Until told to stop; what breaks on our side is shown as wrong."""
        while not self.stop.is_set():
            try:
                self.is_in = self.is_in or self.browser.sign_in()
                if self.is_in:
                    self._act()
            except SignedOut:
                self.is_in = False
            except Exception as error:  # an answer that cannot be understood is wrong data, or our own mistake
                self.history.is_wrong(f"{type(error).__name__}: {error}")
            self.stop.wait(self.chance.uniform(*THINKS_S))
        self.browser.close()

    def acts(self) -> dict[Callable[[], None], int]:
        """What this person may do, and how often."""
        raise NotImplementedError

    def _act(self) -> None:
        acts = self.acts()
        [act] = self.chance.choices(list(acts), list(acts.values()))
        act()

    def _insist(self, act: Act, attempt: Callable[[], Told]) -> None:
        """Ask until told, or give up. A refusal says nothing of an earlier try whose answer never came."""
        self.history.begun(act)
        is_in_doubt = False
        for _ in range(self.chance.choice(TRIES)):
            act.tries += 1
            try:
                told = attempt()
            except SignedOut:
                self.browser.sign_in()
                continue
            if told is not Told.UNKNOWN:
                act.told = Told.UNKNOWN if is_in_doubt and told is Told.REFUSED else told
                return
            is_in_doubt = True
            if self.stop.wait(self.chance.uniform(*WAITS_S)):
                return

    def _page(self, path: str) -> Answer:
        """A page, asked for some times; SignedOut where the door is shown instead."""
        answer = self.browser.get(path)
        for _ in range(PAGE_TRIES):
            if not answer.is_open:
                break
            self.stop.wait(self.chance.uniform(*WAITS_S))
            answer = self.browser.get(path)
        return known(answer)

    def _read(self, path: str) -> Any:
        """What the API answers, or None where it does not."""
        answer = known(self.browser.get(path))
        return answer.json() if answer.status == 200 else None

    def _key(self, what: What) -> str:
        return f"chaos-{what}-{self.chance.randrange(16**12):012x}"


class SponsorClient(Client):
    """Pays in, sets money aside, takes it back, approves clips, and reads the wallet."""

    def __init__(self, browser: Browser, company: Company, **common: Any) -> None:
        """Acts for one company."""
        super().__init__(browser, **common)
        self.company = company

    def acts(self) -> dict[Callable[[], None], int]:
        """See the class."""
        return {
            self._fund: 10,
            self._read_wallet: 6,
            self._approve: 3,
            self._deposit: 3,
            self._refund: 2,
            self._defund: 1,
        }

    def _fund(self) -> None:
        amount_minor = self.chance.choice((100, 250, 777))
        act = self._money(What.FUND, whose=self.company.campaign_id, amount_minor=amount_minor)
        self._insist(act, lambda: self._move(act, "fund", FUNDED))

    def _defund(self) -> None:
        """Only what rests can give money back."""
        self._press("pause")
        act = self._money(What.DEFUND, whose=self.company.campaign_id, amount_minor=self.chance.choice((1, 50, 500)))
        self._insist(act, lambda: self._move(act, "defund", DEFUNDED))
        self._press("activate")

    def _move(self, act: Act, form: str, sentence: str) -> Told:
        campaign = f"/sponsor/campaigns/{self.company.campaign_id}/"
        self.browser.forget_messages()
        sent = known(
            self.browser.post(f"{campaign}{form}/", {"amount": _typed(act.amount_minor), "request_key": act.name})
        )
        if sent.is_open:
            return Told.UNKNOWN
        shown = self._page(campaign)
        if shown.status != 200:
            return Told.UNKNOWN
        return Told.ACKNOWLEDGED if sentence in shown.text else Told.REFUSED

    def _refund(self) -> None:
        amount_minor = self.chance.choice((50, 100, 300))
        act = self._money(What.REFUND, whose=self.company.organisation_id, amount_minor=amount_minor)
        body = {"amount": {"amount": amount_minor, "currency": "USD"}}

        def ask() -> Told:
            answer = known(self.browser.order("/api/v1/sponsor/wallets/refund", body, key=act.name))
            if answer.is_open:
                return Told.UNKNOWN
            return Told.ACKNOWLEDGED if answer.status == 200 else Told.REFUSED

        self._insist(act, ask)

    def _deposit(self) -> None:
        """Stripe's own page says whether it was paid; that the books know of it, only they can say."""
        amount_minor = self.chance.choice((2_000, 5_000, 12_345))
        sent = known(self.browser.post("/sponsor/wallet/top-up/", {"amount": _typed(amount_minor), "currency": "USD"}))
        if sent.status != 302 or "/pay/" not in sent.location:
            return
        session = urlsplit(sent.location).path.rpartition("/")[2]
        whose = self.company.organisation_id
        act = self.history.begun(Act(what=What.DEPOSIT, name=session, whose=whose, amount_minor=amount_minor, tries=1))
        with httpx2.Client(trust_env=False, timeout=10) as stripe:
            try:
                paid = stripe.post(sent.location, data={"method": "card"})
            except httpx2.HTTPError:
                return
        act.told = Told.ACKNOWLEDGED if paid.status_code == 303 else Told.UNKNOWN

    def _approve(self) -> None:
        shown = known(self.browser.get("/sponsor/review/"))
        for path in list(dict.fromkeys(_TO_APPROVE.findall(shown.text)))[:APPROVED_AT_ONCE]:
            known(self.browser.post(path, {}))

    def _read_wallet(self) -> None:
        """The lines of the wallet in the books: each balance must follow from the one before."""
        known(self.browser.get("/sponsor/wallet/"))
        read = self._read("/api/v1/sponsor/wallets/USD/entries")
        if read is None:
            return
        lines = read["entries"]
        for newer, older in pairwise(lines):
            if newer["balance_after"]["amount"] - newer["amount"]["amount"] != older["balance_after"]["amount"]:
                self.history.is_wrong(f"the wallet's line {newer['id']} does not follow from {older['id']}")
        self.history.has_read()

    def _money(self, what: What, *, whose: int, amount_minor: int) -> Act:
        return Act(what=what, name=self._key(what), whose=whose, amount_minor=amount_minor)

    def _press(self, button: str) -> None:
        known(self.browser.post(f"/sponsor/campaigns/{self.company.campaign_id}/{button}/", {}))


class CreatorClient(Client):
    """Posts clips outside and hands them in, and reads what is owed."""

    def __init__(
        self, browser: Browser, creator: Creator, *, campaigns: list[int], world: OutsideWorld, **common: Any
    ) -> None:
        """One creator with their channels."""
        super().__init__(browser, **common)
        self.creator, self.campaigns, self.world = creator, campaigns, world

    def acts(self) -> dict[Callable[[], None], int]:
        """See the class."""
        return {self._submit: 1, self._look: 4}

    def _submit(self) -> None:
        platform = self.chance.choice(sorted(self.creator.author_ids))
        video = self.world.post_video(
            platform=platform, author_id=self.creator.author_ids[platform], caption="a cut in the dark"
        )
        campaign_id = self.chance.choice(self.campaigns)
        act = Act(what=What.SUBMIT, name=str(video["url"]), whose=campaign_id)
        form = {"campaign": str(campaign_id), "links": act.name}

        def hand_in() -> Told:
            answer = known(self.browser.post("/creator/submit/", form))
            if answer.is_open:
                return Told.UNKNOWN
            if _SUBMITTED.search(answer.text):
                return Told.ACKNOWLEDGED
            act.said = f"{answer.status}: {'; '.join(_SAID.findall(answer.text))}"
            return Told.REFUSED

        self._insist(act, hand_in)

    def _look(self) -> None:
        """What is owed is the sum of its stages."""
        known(self.browser.get("/creator/"))
        balances = self._read("/api/v1/balance")
        if balances is None:
            return
        for balance in balances:
            parts = sum(balance[stage]["amount"] for stage in STAGES)
            if parts != balance["owed"]["amount"]:
                self.history.is_wrong(f"{balance['owed']['amount']} are owed, and their parts are {parts}")
        self.history.has_read()


def known(answer: Answer) -> Answer:
    """The answer, unless it says that we are nobody, or that our form is of another session: SignedOut."""
    if answer.status in (401, 403) or (answer.status == 302 and "/sign-in/" in answer.location):
        raise SignedOut
    return answer


def _typed(amount_minor: int) -> str:
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"
