"""What must become of a small house's money, worked out from docs/money.md alone: nothing of the house is asked.

Where a page says how it is worked out, it is done here in the plainest way that there is, however slow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from tests.simulator.model_wallet import CASH, FEES, LOSSES, Campaign, No, WalletModel

UNPAID = ("clearing", "held", "payable")
LOOKED_AT_WITHIN, PATIENCE = timedelta(hours=12), timedelta(hours=72)
AGAIN_AFTER = timedelta(minutes=15)
FALL_HELD_FOR, HELD_AT_MOST, QUIET = timedelta(days=14), timedelta(days=60), timedelta(days=90)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def shared(total: int, wants: dict[int, int]) -> dict[int, int]:
    """In proportion; cents that are left over go to the largest remainders, ties to the lower number."""
    if sum(wants.values()) <= total:
        return wants
    exact = {number: Fraction(total * want, sum(wants.values())) for number, want in wants.items()}
    left = total - sum(floor(share) for share in exact.values())
    favoured = sorted(exact, key=lambda number: (floor(exact[number]) - exact[number], number))[:left]
    return {number: floor(share) + (number in favoured) for number, share in exact.items()}


@dataclass(eq=False, kw_only=True)
class Clip:
    number: int
    campaign: Campaign
    creator: int
    platform: str
    state: str = "pending"
    seen: int | None = None
    standing: int = 0
    fell_to: int | None = None
    fell_at: datetime | None = None
    looked_at: datetime | None = None
    let_go: tuple[datetime, int] | None = None
    earnings: list["Earning"] = field(default_factory=list)

    @property
    def gross(self) -> int:
        return sum(earning.gross for earning in self.earnings)

    def account(self, stage: str) -> str:
        return f"creator:{self.creator}:{stage}"

    def worth(self) -> int:
        """Nothing below the minimum; from there on every view counts, up to the cap of the clip."""
        if self.state != "approved" or self.seen is None or self.seen < self.campaign.min_views:
            return 0
        return min(
            half_up(Fraction(self.seen * self.campaign.cpm[self.platform], 1000)), self.campaign.clip_cap or 10**18
        )

    def read(self, views: int, at: datetime) -> None:
        """A count rises at once, and falls when it was seen lower twice, a quarter of an hour apart."""
        self.looked_at = at
        if self.seen is None:
            self.seen = self.standing = views
        elif views == 0 and self.standing > 500:
            return  # a fault of the reading
        elif self.standing - views <= self._jitter(self.standing):
            self.standing, self.fell_to = max(self.standing, views), None
            self.seen = max(self.seen, self.standing)
        elif self.fell_to is None:
            self.fell_to, self.fell_at = views, at
        elif self.fell_at is not None and at - self.fell_at < AGAIN_AFTER:
            self.fell_to = max(self.fell_to, views)
        else:
            self.standing = max(self.fell_to, views)
            went_on = self.standing - views > self._jitter(self.standing)
            self.fell_to, self.fell_at = (views, at) if went_on else (None, None)

    def _jitter(self, views: int) -> int:
        """Platforms are never quite level: half a per cent, and TikTok shows large counts rounded."""
        rounded = self.platform == "tiktok" and views >= 10_000
        return max(views * 5 // 1000, (100 if views < 1_000_000 else 100_000) if rounded else 0)


@dataclass(eq=False, kw_only=True)
class Earning:
    number: int
    clip: Clip
    gross: int
    fee: int
    views: int
    accrued_at: datetime
    stage: str = "clearing"
    left: int = 0
    came_from: str = ""
    held_at: datetime | None = None
    comes_back: datetime | None = None
    held_for_fall: bool = False
    fell_before: bool = False
    cleared_at: datetime | None = None
    is_reversed: bool = False

    @property
    def clears_at(self) -> datetime:
        return self.accrued_at + self.clip.campaign.hold


@dataclass(eq=False, kw_only=True)
class Transfer:
    week: str
    creator: int
    campaign: Campaign
    amount: int
    earnings: list[Earning]
    state: str  # waits, ready, sent, banked, returned
    is_banked: bool = False


@dataclass(kw_only=True)
class Model(WalletModel):
    """One sponsor, and the creators who earn from it."""

    minimum: int
    limit: int
    clips: dict[int, Clip] = field(default_factory=dict)
    earnings: list[Earning] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    weeks: set[str] = field(default_factory=set)

    # ---- earning

    def wants(self, campaign: Campaign) -> dict[int, int]:
        """What the clips of a campaign have still to get, by clip; the cap of a creator shared in proportion."""
        found: dict[int, int] = {}
        own = [clip for clip in self.clips.values() if clip.campaign is campaign]
        for creator in sorted({clip.creator for clip in own}):
            of_one = [clip for clip in own if clip.creator == creator]
            wants = {clip.number: max(0, clip.worth() - clip.gross) for clip in of_one}
            cap = campaign.creator_cap
            found |= wants if cap is None else shared(max(0, cap - sum(clip.gross for clip in of_one)), wants)
        return found

    def accrue(self) -> None:
        for campaign in self.campaigns.values():
            budget = self.holds(campaign.budget, campaign.currency)
            if campaign.state not in ("active", "paused", "completed") or not budget:
                continue
            for number, gross in sorted(shared(budget, self.wants(campaign)).items()):
                if gross:
                    self._accrue(self.clips[number], gross)
            if not self.holds(campaign.budget, campaign.currency) and campaign.state != "completed":
                campaign.complete(self.now)

    def _accrue(self, clip: Clip, gross: int) -> None:
        campaign, before = clip.campaign, sum(earning.fee for earning in clip.earnings)
        fee = half_up(Fraction((clip.gross + gross) * campaign.fee_bp, 10_000)) - before
        number, views = len(self.earnings), clip.seen or 0
        earning = Earning(number=number, clip=clip, gross=gross, fee=fee, views=views, accrued_at=self.now)
        earning.left = gross - fee
        self.move(campaign.currency, campaign.budget, clip.account("clearing"), gross - fee)
        self.move(campaign.currency, campaign.budget, FEES, fee)
        clip.earnings.append(earning)
        self.earnings.append(earning)

    def _to(self, earning: Earning, stage: str) -> None:
        clip = earning.clip
        self.move(clip.campaign.currency, clip.account(earning.stage), clip.account(stage), earning.left)
        earning.stage = stage

    # ---- clearing and holds

    def clear(self) -> None:
        due = [one for one in self.earnings if one.stage == "clearing" and one.clears_at <= self.now]
        for earning, verdict in [(one, self._verdict(one)) for one in due]:
            if verdict == "hold":
                self._hold(earning, until=self.now + FALL_HELD_FOR, for_fall=True)
            elif verdict == "clear":
                self._to(earning, "payable")
                earning.cleared_at = self.now
        self.recover()

    def _verdict(self, earning: Earning) -> str:
        clip, is_patient = earning.clip, self.now < earning.clears_at + PATIENCE
        if is_patient and (clip.looked_at is None or clip.looked_at < earning.clears_at - LOOKED_AT_WITHIN):
            return "wait"
        if earning.fell_before or self._was_answered(earning):
            return "clear"
        counted = clip.earnings[-1].views
        for fell_to, verdict in ((clip.standing, "hold"), (clip.fell_to, "wait" if is_patient else "clear")):
            if fell_to is not None and earning.views > fell_to and (counted - fell_to) * 5 > counted:
                return verdict
        return "clear"

    def _was_answered(self, earning: Earning) -> bool:
        """Somebody let the clip go on after such a fall, and it did not fall as far again since."""
        if earning.clip.let_go is None or earning.accrued_at > earning.clip.let_go[0]:
            return False
        then = earning.clip.let_go[1]
        return (then - earning.clip.standing) * 5 <= then

    def _hold(self, earning: Earning, *, until: datetime, for_fall: bool) -> None:
        earning.came_from, earning.held_at, earning.comes_back = earning.stage, self.now, until
        earning.held_for_fall, earning.fell_before = for_fall, earning.fell_before or for_fall
        self._to(earning, "held")

    def hold(self, earnings: list[Earning], *, until: datetime) -> None:
        if any(one.stage not in ("clearing", "payable") for one in earnings):
            raise No("held, reversed or being paid")
        if not self.now < until <= self.now + HELD_AT_MOST:
            raise No("too long, or over before it begins")
        for earning in earnings:
            self._hold(earning, until=until, for_fall=False)

    def extend(self, earning: Earning, *, until: datetime) -> None:
        if earning.stage != "held" or earning.held_at is None or earning.comes_back is None:
            raise No("is not held")
        if not max(self.now, earning.comes_back) < until <= earning.held_at + HELD_AT_MOST:
            raise No("too long, or not longer")
        earning.comes_back = until

    def release(self, earning: Earning) -> None:
        if earning.stage != "held":
            raise No("is not held")
        if earning.held_for_fall:
            earning.clip.let_go = (self.now, earning.clip.standing)
        self._to(earning, earning.came_from)
        self.recover()

    def release_due(self) -> None:
        for earning in self.earnings:
            if earning.stage == "held" and earning.comes_back is not None and earning.comes_back <= self.now:
                self._to(earning, earning.came_from)
        self.recover()

    # ---- what does not count, and what is owed

    def reverse(self, earnings: list[Earning], *, claws_back: bool) -> None:
        if any(one.is_reversed for one in earnings):
            raise No("reversed before")
        if not claws_back and any(one.stage not in UNPAID for one in earnings):
            raise No("was paid")
        for earning in sorted(earnings, key=lambda one: (one.stage not in UNPAID, one.number)):
            self._reverse(earning, spared=earnings)
        if earnings[0].clip.campaign.state == "closed":
            self.collect(earnings[0].clip.campaign.currency)

    def _reverse(self, earning: Earning, *, spared: list[Earning]) -> None:
        clip, campaign = earning.clip, earning.clip.campaign
        is_open, is_void, currency = campaign.state != "closed", earning.stage in UNPAID, campaign.currency
        unpaid = earning.left if is_void else 0
        if is_void:
            self.move(currency, clip.account(earning.stage), campaign.budget if is_open else self.wallet, unpaid)
            earning.stage, earning.left = "reversed", 0
        if is_void or is_open:
            self.move(currency, FEES, campaign.budget if is_open else self.wallet, earning.fee)
        # What was paid, or had paid a debt, comes from what else is unpaid, and the rest is owed.
        rest, to = earning.gross - earning.fee - unpaid, campaign.budget if is_open else LOSSES
        for other in self._unpaid(clip.creator, currency, UNPAID):
            if other not in spared:
                part = min(rest, other.left)
                self.move(currency, clip.account(other.stage), to, part)
                other.left, rest = other.left - part, rest - part
        self.move(currency, clip.account("receivable"), to, rest)
        earning.is_reversed = True

    def _unpaid(self, creator: int, currency: str, stages: Iterable[str]) -> list[Earning]:
        of_one = [one for one in self.earnings if (one.clip.creator, one.clip.campaign.currency) == (creator, currency)]
        return [one for stage in stages for one in of_one if one.stage == stage]

    def recover(self) -> None:
        """What is payable pays what its creator owes, the oldest first, before a batch can take it."""
        for account, currency in sorted(self.books):
            if not account.startswith("creator:") or not account.endswith(":receivable"):
                continue
            for earning in self._unpaid(int(account.split(":")[1]), currency, ["payable"]):
                part = min(earning.left, self.holds(account, currency))
                self.move(currency, earning.clip.account("payable"), account, part)
                earning.left -= part

    # ---- paydays

    def plan(self, week: str) -> None:
        """Once a week: all that is payable where it reaches the minimum or nothing is new, else of what is over."""
        if week in self.weeks:
            return
        self.weeks.add(week)
        groups: dict[tuple[int, str], dict[Campaign, list[Earning]]] = {}
        for one in self.earnings:
            if one.stage == "payable":
                whose = (one.clip.creator, one.clip.campaign.currency)
                groups.setdefault(whose, {}).setdefault(one.clip.campaign, []).append(one)
        planned = [
            Transfer(week=week, creator=whose[0], campaign=campaign, amount=amount, earnings=earnings, state="ready")
            for whose, parts in groups.items()
            for campaign, earnings in self._to_pay(parts).items()
            if (amount := sum(one.left for one in earnings))
        ]
        sums: dict[str, int] = {}
        for transfer in planned:
            currency = transfer.campaign.currency
            sums[currency] = sums.get(currency, 0) + transfer.amount
            for earning in transfer.earnings:
                self._to(earning, "reserved")
            if sums[currency] > self.limit:
                for one in planned:
                    one.state = "waits"
        self.transfers += planned

    def _to_pay(self, parts: dict[Campaign, list[Earning]]) -> dict[Campaign, list[Earning]]:
        with_money = {campaign: mine for campaign, mine in parts.items() if any(one.left for one in mine)}
        all_of_them = [one for mine in with_money.values() for one in mine]
        newest = max((one.cleared_at for one in all_of_them if one.cleared_at is not None), default=self.now)
        if self.now - newest >= QUIET or sum(one.left for one in all_of_them) >= self.minimum:
            return with_money
        return {campaign: mine for campaign, mine in with_money.items() if campaign.state in ("completed", "closed")}

    def released(self, week: str) -> None:
        for transfer in self.transfers:
            if transfer.week == week and transfer.state == "waits":
                transfer.state = "ready"

    def given_back(self, transfer: Transfer) -> None:
        """Refused, or its batch was taken back: payable again."""
        transfer.state = "returned"
        for earning in transfer.earnings:
            self._to(earning, "payable")
        self.recover()

    def sent(self, transfer: Transfer) -> None:
        transfer.state = "sent"
        self._cross(transfer, "reserved", "in_transit", forth=True)

    def taken_back(self, transfer: Transfer) -> None:
        self._cross(transfer, "in_transit", "reserved", forth=False)
        self.given_back(transfer)

    def _cross(self, transfer: Transfer, source: str, target: str, *, forth: bool) -> None:
        whose, currency = f"creator:{transfer.creator}:", transfer.campaign.currency
        theirs = f"stripe:connected:{transfer.creator}"
        self.move(currency, whose + source, whose + target, transfer.amount)
        self.move(currency, *((theirs, CASH) if forth else (CASH, theirs)), transfer.amount)

    def banked(self, transfers: list[Transfer], *, is_back: bool) -> None:
        """The bank has it, or sent it back."""
        for one in transfers:
            sides = (f"creator:{one.creator}:in_transit", f"stripe:connected:{one.creator}")
            self.move(one.campaign.currency, *(reversed(sides) if is_back else sides), one.amount)
            one.is_banked = not is_back
