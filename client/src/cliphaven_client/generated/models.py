# Made from docs/openapi.json by client/generate.py. Do not change it here.
"""The shapes in which the API speaks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from cliphaven_client.shapes import Sent, Told


class Act(Told):
    """What one of the staff did, why and when."""

    who: str
    what: str
    reason: str
    acted_at: datetime


class AffectedByPolicy(Told):
    """So many clips and creators, and at most so much money."""

    clips: int
    creators: int
    money: list[Money]


class Alarm(Told):
    """Something about payday that a person must see now."""

    key: str
    title: str
    sentence: str
    week: str
    since: datetime


class ApiKey(Told):
    """A key, without what opens anything; `shown` is how it begins."""

    id: UUID
    name: str
    shown: str
    face: Literal["creator", "sponsor", "staff"] | str
    organisation: str
    made_by: str
    scopes: list[Literal["read", "submit", "money", "members"] | str]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    is_good: bool


class Appealed(Told):
    """The appeal that was made."""

    appeal: int


class Asked(Told):
    """Whether the profile is being read. If not, the code had expired, and the channel has a new one."""

    is_being_read: bool


class AskedAnalytics(Told):
    """That the creator of a clip was asked for its analytics, because its views are `worth` much, and what they
    showed: of the file the SHA-256 and the size. Nothing follows from no answer.
    """

    analytics: int
    clip: int
    worth: Money
    asked_at: datetime
    answered_at: datetime | None
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str


class AskedLink(Told):
    """What to show with the code of the mail. It is the same for addresses that nobody lives at."""

    request: str


class Balance(Told):
    """A creator's money in one currency: its stages add up to `owed`. Each blocker says why a part is not paid
    next.
    """

    as_of: datetime
    owed: Money
    clearing: Money
    held: Money
    payable: Money
    reserved: Money
    in_transit: Money
    paid: Money
    debt: Money
    next_payday: NextPayday
    blockers: list[Blocker]
    new_bank: NewBank | None


class Batch(Told):
    """One Monday's run."""

    week: str
    number: int
    state: str
    stop_reason: str
    planned_at: datetime
    done_at: datetime | None
    sums: list[BatchSums]
    creators: int
    skipped: int
    problems: int
    releases: int


class BatchDetail(Told):
    """One Monday's run with its items by state, its alarms, and what the staff did to it."""

    batch: Batch
    transfers: list[StateCount]
    payouts: list[StateCount]
    left_out: list[StateCount]
    alarms: list[Alarm]
    acts: list[Act]


class BatchSums(Told):
    """A batch's money in one currency: planned is sent, given back, in review and open."""

    transfers: int
    planned: Money
    sent: Money
    given_back: Money
    in_review: Money
    open: Money
    paid: Money


class Batches(Told):
    """A page of runs, newest first; `next_before` goes on, null on the last page."""

    batches: list[Batch]
    next_before: int | None


class Blocker(Told):
    """Why a part of a balance is not paid on the next payday, until when, and what to do; `clip` if it is about
    one.
    """

    rule: str
    amount: Money
    clears_at: datetime | None
    what_to_do: str
    clip: int | None


class BooksEntry(Told):
    """An entry of the books by its name."""

    kind: str
    external_id: str


class Budget(Told):
    """A vendor's day: `spent` of `budget`, in `unit`; what a poll must be worth, in USD·h, is `price`."""

    vendor: str
    unit: str
    spent: int
    budget: int
    price: float
    used_up_until: datetime | None


class Call(Told):
    """One call or run; `state` is answered, failed, quarantined or under_way."""

    number: int
    platform: str
    source: str
    run_id: str
    state: str
    asked: int
    capacity: int
    measured: int | None
    outcomes: dict[str, int]
    cost_microusd: int | None
    failure: str
    blocked_until: datetime | None
    quarantined_at: datetime | None
    cleared_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


class CallWithClips(Told):
    """One call with its clips; `raw_sha256` is empty where there was no answer."""

    call: Call
    raw_sha256: str
    has_raw: bool
    clips: list[ClipOfCall]


class Calls(Told):
    """A page of calls, newest first; `next_before` goes on, null on the last page."""

    calls: list[Call]
    next_before: int | None


class CampaignDoubts(Told):
    """What is and was in doubt of a campaign; `clips_in_all` may be more than the clips told, which are the
    dearest.
    """

    held: DoubtedViews
    excluded: DoubtedViews
    returned: Money
    credited: Money
    clips: list[DoubtedClip]
    clips_in_all: int


class CampaignPart(Told):
    """What of a payout is for one campaign."""

    campaign_id: int
    title: str
    amount: Money


class Canaries(Told):
    """The control videos that ride along."""

    canaries: list[CanaryNow]


class CanaryAdded(Told):
    """The canary's number."""

    number: int


class CanaryNow(Told):
    """A control video and what the last call said of it: `verdict` is right, wrong, unread, or "" before its ride."""

    number: int
    platform: str
    video_id: str
    url: str
    known_views: int
    known_at: datetime
    growth_per_day: int
    added_because: str
    verdict: str
    views: int | None
    fewest: int | None
    most: int | None
    read_at: datetime | None
    call: int | None


class CanaryRetired(Told):
    """The canary that rides no more."""

    number: int


class CaseDone(Told):
    """What was done about a case, by whom ("system", "clock" or "user:7"), when and why."""

    deed: str
    actor: str
    note: str
    happened_at: datetime


class CaseEvidence(Told):
    """What a case holds and what it is linked to. `would_take` is what a decision against the clip takes of the
    unpaid, and `would_take_back` at most of `paid`. `peers` are the clips that its score is measured by, None
    if not known.
    """

    doubted_views: int
    held: Money
    released: Money
    voided: Money
    would_take: Money
    paid: Money
    would_take_back: Money
    releases_at: datetime | None
    entries: list[HeldEntry]
    people: list[LinkedPerson]
    clips: list[LinkedClip]
    peers: int | None
    may_answer_appeals: bool


class CaseInQueue(Told):
    """One case. Scores are in thousandths; `at_stake` is by the clip's rate, without caps."""

    case: int
    clip: int
    platform: str
    url: str
    creator: int
    creator_name: str
    campaign: int
    campaign_title: str
    state: str
    effect: str
    score_milli: int
    at_stake: Money
    opened_at: datetime
    expires_at: datetime
    voids_at: datetime | None
    ended_at: datetime | None
    appeal_due_at: datetime | None
    reasons: list[DoubtReason]


class CaseNow(Told):
    """A case, and where it stands now."""

    case: int
    state: str


class CaseQueue(Told):
    """Cases by score times what is at stake; `next_after` goes on, "" on the last page."""

    cases: list[CaseInQueue]
    next_after: str


class ChangedBank(Told):
    """A bank account that lately took another's place; `held_until` is when payouts to it begin, or began."""

    bank_id: str
    currency: str
    name: str
    changed_at: datetime
    held_until: datetime
    is_held: bool
    was_lifted: bool


class Channel(Told):
    """A channel of yours. `code` is to be put into its bio, null once it is proved; `sentence` says what was
    found.
    """

    id: int
    platform: str
    handle: str
    state: str
    code: str | None
    code_expires_at: datetime | None
    tries_left: int
    sentence: str
    checked_at: datetime | None
    verified_at: datetime | None


class Checked(Told):
    """The links in the order in which they were sent. Nothing was written down."""

    campaign: int
    results: list[CheckedLink]


class CheckedLink(Told):
    """One link, the clip that it means (null where it means none), and every rule. `answer` is all rules together."""

    url: str
    platform: str | None
    video_id: str | None
    canonical_url: str | None
    answer: Literal["pass", "fail", "cannot_tell"] | str
    rules: list[RuleAnswer]


class Clip(Told):
    """A clip of yours. Its views, while they count, stand with your earnings."""

    id: int
    campaign_id: int
    campaign_title: str
    platform: str
    video_id: str
    url: str
    handle: str
    caption: str
    posted_at: datetime | None
    submitted_at: datetime
    state: str
    decided_at: datetime | None
    decision_code: str
    decision_note: str
    fixes_left: int


class ClipDetail(Told):
    """One clip of yours, and how it fares under each rule. `views_at_inspection` is null while it was not read."""

    id: int
    campaign_id: int
    campaign_title: str
    platform: str
    video_id: str
    url: str
    handle: str
    caption: str
    posted_at: datetime | None
    submitted_at: datetime
    state: str
    decided_at: datetime | None
    decision_code: str
    decision_note: str
    fixes_left: int
    rules: list[HeldAgainst]
    views_at_inspection: int | None
    inspected_at: datetime | None


class ClipMoney(Told):
    """One clip's money, net, with its entries, newest first; `next_before` goes on, null on the last page."""

    clip_id: int
    creator_id: int
    campaign_id: int
    counting: Money
    held: Money
    reversed: Money
    entries: list[EarningEntry]
    next_before: int | None


class ClipOfCall(Told):
    """What came of one clip of a call."""

    clip_id: int
    video_id: str
    outcome: str
    views: int | None
    believed: bool
    dropped: bool


class ClipTurn(Told):
    """Why a clip is read when it is. Rates are views an hour, worth USD a view, value and price USD·h."""

    clip_id: int
    platform: str
    sentence: str
    is_followed: bool
    policy: str
    availability: str
    views_seen: int | None
    views_settled: int | None
    measured_at: datetime | None
    polled_at: datetime | None
    last_outcome: str
    polls: int
    failures: int
    cost_microusd: int
    ride_at: datetime | None
    due_at: datetime | None
    overdue_at: datetime | None
    wanted_since: datetime | None
    rate: float | None
    worth: float
    hazard: float
    value: float
    price: float


class Clips(Told):
    """A page of your clips, newest first; `next_before` goes on, null on the last page."""

    clips: list[Clip]
    next_before: int | None


class CostLedger(Told):
    """The cost ledger over some days; `next_after` goes on with campaigns, empty on the last page."""

    days: list[CostOfDay]
    campaigns: list[CostOfCampaign]
    next_after: str
    polls: int
    clip_hours: int
    hourly_calls: int
    billed_microusd: int
    cost_in_earned_ppm: int | None


class CostOfCampaign(Told):
    """What reading a campaign's clips cost on a day, and what they earned and were sent."""

    campaign_id: int
    day: date
    readings: int
    cost_microusd: int
    earned: Money
    sent: Money
    cost_in_earned_ppm: int | None


class CostOfDay(Told):
    """A day's calls, and their cost by platform."""

    day: date
    calls: int
    failed: int
    asked: int
    measured: int
    capacity: int
    by_platform_microusd: dict[str, int]
    questions_microusd: int


class CreditNote(Told):
    """What came back to your wallet for views that were paid and do not count.

    `ledger_entry` is its name in the books, under the kind `invalid_view_credit`. `clip` and the views are null
    where two people credited a sum for a whole campaign. `above_the_cap` is what the policy leaves out.
    """

    id: int
    number: str
    issued_at: datetime
    campaign: int
    clip: int | None
    views: int | None
    views_from: int | None
    views_to: int | None
    amount: Money
    above_the_cap: Money
    cause: str
    ledger_entry: str
    is_taken_back: bool
    pdf: str


class CreditNotes(Told):
    """A page of credit notes, newest first; `next_before` goes on, null on the last page."""

    notes: list[CreditNote]
    next_before: int | None


class CreditedEntry(Told):
    """What of one earning entry was credited."""

    entry: str
    views_from: int
    views_to: int
    amount: Money


class CurrencyRehearsal(Told):
    """The run in one currency. Cash and shortfall are null where Stripe did not answer."""

    creators: int
    transfers: int
    amount: Money
    clears_before: Money
    before: Money
    held: Money
    left_out: Money
    limit: Money
    needs_release: bool
    available: Money | None
    pending: Money | None
    shortfall: Money | None


class Deliveries(Told):
    """A page of a log, the newest first; `next_before` is what to ask for next, null on the last page."""

    deliveries: list[Delivery]
    next_before: int | None


class Delivery(Told):
    """A letter in the log. `event_id` is its `webhook-id`; result and status are of the latest try."""

    id: int
    event_id: UUID
    type: str
    state: Literal["waiting", "sending", "delivered", "failed", "kept"] | str
    tries: int
    happened_at: datetime
    written_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
    result: str
    status: int | None


class DeliveryFile(Told):
    """A letter with its body as it goes out, and each try, the latest first."""

    id: int
    event_id: UUID
    type: str
    state: Literal["waiting", "sending", "delivered", "failed", "kept"] | str
    tries: int
    happened_at: datetime
    written_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
    result: str
    status: int | None
    body: str
    log: list[Try]


class DeliveryRef(Told):
    """A letter's line in the log."""

    delivery_id: int


class Document(Told):
    """A receipt, note or invoice. `pdf` is its address on this site."""

    id: int
    kind: str
    number: str
    currency: str
    issued_on: date
    pdf: str


class Documents(Told):
    """A page of documents, newest first; `next_before` goes on, null on the last page."""

    documents: list[Document]
    next_before: int | None


class Done(Told):
    """It was done, or had been done by this very request before."""

    sentence: str


class DoubtReason(Told):
    """Why a clip is doubted, in a sentence with its numbers. `is_live`: it moves money."""

    signal: str
    strength_milli: int
    sentence: str
    evidence: dict[str, int | float | str | None]
    since_at: datetime | None
    is_live: bool


class DoubtedClip(Told):
    """A clip with views in doubt: what is held comes free by itself at `until` at the latest; what was excluded
    does not count, and `returned` of it is back already; `credited` came as credit notes.
    """

    clip: int
    band: str
    reasons: list[str]
    held: DoubtedViews
    until: datetime | None
    excluded: DoubtedViews
    returned: Money
    credited: Money


class DoubtedMoney(Told):
    """What a case holds of your earnings: which views, how much, and when it comes back by itself; and what became
    of the rest. `releases_at` is of what comes back first, null while nothing is held.
    """

    held: Money
    views: list[ViewSpan]
    releases_at: datetime | None
    last_releases_at: datetime | None
    released: Money
    voided: Money


class DoubtedViews(Told):
    """So many views and what they cost you, our fee included."""

    views: int
    cost: Money


class DueOnPlatform(Told):
    """What waits on one platform."""

    platform: str
    followed: int
    due: int
    overdue: int
    wanted: int
    under_way: int
    oldest_at: datetime | None


class EarningEntry(Told):
    """One step of a clip's earnings with what it rests on."""

    entry_id: int
    number: int
    views_from: int
    views_to: int
    from_reading: Reading | None
    to_reading: Reading
    gross: Money
    fee: Money
    net: Money
    left: Money
    accrued_at: datetime
    clears_at: datetime
    stage: str
    releases_at: datetime | None
    reversal: ReversedEntry | None
    in_the_books: list[BooksEntry]


class Endpoint(Told):
    """An endpoint, without its secret. `off_because` is empty for one that is on; moments are the wall's."""

    id: UUID
    face: Literal["sponsor", "creator"] | str
    organisation: str
    url: str
    description: str
    events: list[str]
    is_on: bool
    off_because: Literal["", "person", "failing", "gone"] | str
    off_at: datetime | None
    failing_since: datetime | None
    taken_at: datetime | None
    made_at: datetime
    secret_made_at: datetime
    secret_before_ends_at: datetime | None
    waiting: int
    undelivered: int


class Enrolment(Told):
    """What an authenticator app is told."""

    secret: str
    address: str


class EventField(Told):
    """One thing that a letter says under `data`."""

    name: str
    shape: str
    says: str


class EventKind(Told):
    """A kind of event that an endpoint can be told of."""

    type: str
    version: int
    says: str
    faces: list[Literal["sponsor", "creator"] | str]
    fields: list[EventField]
    example: dict[str, object]


class Factors(Told):
    """What you have; `recovery_codes` counts those that are left."""

    has_password: bool
    app_since: datetime | None
    passkeys: list[Passkey]
    recovery_codes: int


class Fairness(Told):
    """What creators may expect, from the last `days` days. What was not measured is null.

    `clips_held` of `clips_earning` had something held. `decided_by_the_clock` are appeals that nobody answered
    in time and cases that ran out: both are for the creator. `cases_of_purges` rest on the platform's own count
    alone.
    """

    as_of: datetime
    days: int
    clips_earning: int
    clips_held: int
    money: list[HeldMoney]
    holds_ended: int
    days_held_median: float | None
    cases: int
    released: int
    voided: int
    ended_by_themselves: int
    under_way: int
    cases_of_purges: int
    appeals: int
    appeals_granted: int
    appeals_out_of_time: int
    appeals_refused: int
    hours_to_answer_median: float | None
    decided_by_the_clock: int
    signals: list[LiveSignal]


class FileNow(Told):
    """How far a file is. `sentence` says why one was refused."""

    file: UUID
    purpose: str
    subject: int
    state: Literal["asked", "arrived", "ready", "refused", "expired", "removed"] | str
    sentence: str


class GivenAnalytics(Told):
    """What was given."""

    analytics: int


class Health(Told):
    """Tracking now; ages of counts in seconds, null while there is none."""

    due: list[DueOnPlatform]
    vendors: list[VendorHealth]
    outcomes_today: dict[str, int]
    calls_today: int
    asked_today: int
    measured_today: int
    capacity_today: int
    billed_today_microusd: int
    billed_this_month_microusd: int
    budgets: list[Budget]
    pauses: list[PauseNow]
    canaries: list[CanaryNow]
    quarantined_calls: list[int]
    age_p50_seconds: int | None
    age_p95_seconds: int | None


class Held(Told):
    """What is held of one clip for one reason.

    `views_standing` is what the platform showed when it was looked at, `views_read_at`; null where nothing was.
    """

    clip_id: int
    creator_id: int
    campaign: str
    holds: list[int]
    entries: list[int]
    amount: Money
    reason: str
    note: str
    placed_by: str
    placed_at: datetime
    releases_at: datetime
    last_releases_at: datetime
    views_counted: int | None
    views_standing: int | None
    views_read_at: datetime | None


class HeldAgainst(Told):
    """A rule of the terms that a clip is pinned to, and how it fares by what the platform has said so far."""

    label: str
    answer: Literal["pass", "fail", "cannot_tell"] | str
    sentence: str


class HeldEntry(Told):
    """An earning entry that the case held; in the books it is `hold`, `hold:{hold}`. `outcome` is "" while it
    lasts.
    """

    hold: int
    entry: int
    views_from: int
    views_to: int
    net: Money
    placed_at: datetime
    releases_at: datetime
    ended_at: datetime | None
    outcome: str


class HeldMoney(Told):
    """What was earned in one currency, after the fee, and what of it was held for doubt."""

    earned: Money
    held: Money
    released: Money
    voided: Money
    still_held: Money


class HeldPage(Told):
    """A page of what is held, what ends first at the top; `next_after` goes on, "" on the last page."""

    held: list[Held]
    next_after: str


HoldReason = Literal["views_dropped", "suspicious_views", "under_review", "disputed"]


class Inbox(Told):
    """A page of your inbox; `next_before` asks for the one after it. `unread` is counted to 100."""

    messages: list[Message]
    unread: int
    next_before: int | None


class Item(Told):
    """One transfer or payout of a batch; `name` is what the commands take."""

    name: str
    creator_id: int
    creator: str
    what: str
    amount: Money
    state: str
    attempt: int
    tries: int
    first_sent_at: datetime | None
    claimed_at: datetime | None
    looked_up_at: datetime | None
    settled_at: datetime | None
    stripe_id: str
    sentence: str
    arrives_on: date | None
    trace_id: str


class Items(Told):
    """A page of items; `next_after` goes on, null on the last page."""

    items: list[Item]
    next_after: int | None


class Leave(Told):
    """Where to send it: a form of several parts (multipart/form-data) with these fields first, and `file` last."""

    file: UUID
    url: str
    fields: dict[str, str]
    expires_at: datetime


class LeftOut(Told):
    """A creator who would be left out, and why."""

    creator_id: int
    name: str
    amount: Money
    held: Money
    before: Money
    reason: str


class LinkedClip(Told):
    """A clip that tells something about this one; `case` and `state` are of its latest case."""

    clip: int
    title: str
    platform: str
    creator_name: str
    because: str
    case: int | None
    state: str


class LinkedPerson(Told):
    """Somebody bound to the creator, by what, and how many cases there were of theirs."""

    creator: int
    name: str
    because: list[str]
    cases: int
    voided: int


class LiveSignal(Told):
    """A signal that may hold money: of the `decided` cases that it made, so many were upheld; `precision` is their
    share, with its 95 % interval (Wilson), null while none is decided.
    """

    signal: str
    cases: int
    decided: int
    upheld: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None


class MadeEndpoint(Told):
    """A new endpoint, and its secret: told here, and nowhere else."""

    id: UUID
    secret: str


class MadeKey(Told):
    """A new key: show it as `Authorization: Bearer chk_…`. The secret is told here once."""

    id: UUID
    secret: str


class Mail(Told):
    """How you hear of each kind by mail. `stopped_at`: since then mail to you does not arrive, and none is sent."""

    wishes: list[MailWish]
    stopped_at: datetime | None
    stopped_because: str | None


class MailWish(Told):
    """How you hear of one kind by mail."""

    kind: Literal["money", "clips", "doubts", "files", "programs", "staff"] | str
    wish: Wish


class Me(Told):
    """Who asks, and where they belong. `organisation` and `member_role` are null for whoever belongs to none."""

    id: int
    name: str
    email: str
    role: Literal["creator", "sponsor", "staff"] | str
    faces: list[Literal["creator", "sponsor", "staff"] | str]
    staff_roles: list[Literal["support", "risk", "finance", "admin"] | str]
    organisation: str | None
    member_role: str | None


class Measuring(Told):
    """Whether this installation measures anything, and whether what you do is."""

    is_on: bool
    is_measured: bool


class Member(Told):
    """Somebody of the organisation."""

    id: int
    name: str
    email: str
    role: Literal["owner", "finance", "reviewer"] | str


class Message(Told):
    """One thing that you were told. `link` is a path of this site, or empty; `read_at` null while it is new."""

    id: int
    kind: Literal["security", "money", "clips", "doubts", "files", "programs", "staff"] | str
    subject: str
    text: str
    link: str
    told_at: datetime
    read_at: datetime | None


class Money(Told):
    """An amount in whole minor units with its currency: 1234 of USD are $12.34, 500 of JPY are ¥500."""

    amount: int
    currency: str


class MoneyOrder(Sent):
    """An amount that somebody asks for, more than nothing, in whole minor units with its currency."""

    amount: int
    currency: str


class Moved(Told):
    """How much it was about."""

    amount: Money


class NewAddress(Told):
    """Your address now."""

    email: str


class NewBank(Told):
    """Your new bank account: payouts to it begin `held_until`. If the change was not yours: /payouts/not-me."""

    name: str
    changed_at: datetime
    held_until: datetime


class NextPayday(Told):
    """What the next Monday pays as things stand, and why."""

    at: datetime
    amount: Money
    sentence: str


class OpenInvitation(Told):
    """An invitation that can still be accepted."""

    id: int
    email: str
    role: Literal["owner", "finance", "reviewer"] | str
    expires_at: datetime


class Organisation(Told):
    """Who belongs to the organisation, and who is invited."""

    name: str
    members: list[Member]
    invitations: list[OpenInvitation]


class OwnAppeal(Told):
    """What you said against a decision, by when it is answered, and how. Of a file the SHA-256 and the size."""

    appeal: int
    against: str
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str
    appealed_at: datetime
    due_at: datetime
    outcome: str
    decided_at: datetime | None
    decision_note: str


class OwnDoubt(Told):
    """A case of your clip: why in up to three sentences, what it holds, and whether you can appeal now.

    An open case ends by itself at `ends_at`; one decided against you takes nothing before it. `appeal_against`
    is "hold" or "void", "" when there is nothing to appeal against. With `is_asked` we asked for your
    analytics.
    """

    case: int
    clip: int
    state: str
    is_holding: bool
    is_asked: bool
    opened_at: datetime
    ends_at: datetime
    sentences: list[str]
    money: DoubtedMoney | None
    decision_note: str
    decided_at: datetime | None
    can_appeal: bool
    appeal_against: str
    appeals: list[OwnAppeal]


class OwnDoubts(Told):
    """Cases of your clips."""

    doubts: list[OwnDoubt]


class Passkey(Told):
    """A passkey; `is_synced` when it lives in a password manager."""

    id: UUID
    name: str
    is_synced: bool
    added_at: datetime
    used_at: datetime | None


class PauseNow(Told):
    """A vendor that is not asked until a moment: `reason` is credit, quota or budget.

    Waiting: clips that are due, profiles, and first looks at clips. With `serves_urgent` the last two are still
    asked.
    """

    vendor: str
    reason: str
    serves_urgent: bool
    begun_at: datetime
    ends_at: datetime
    due: int
    profiles: int
    first_looks: int


PauseReason = Literal["identity", "security", "earnings", "asked_for"]


class Payout(Told):
    """What one Monday paid a creator in one currency."""

    id: str
    week: str
    planned_at: datetime
    amount: Money
    state: str
    arrives_on: date | None
    sentence: str
    traces: list[str]
    timeline: list[Step]


class Payouts(Told):
    """A page of payouts, newest first; `next_before` goes on, null on the last page."""

    payouts: list[Payout]
    next_before: int | None


class Person(Told):
    """Somebody, as the staff sees them."""

    id: int
    name: str
    email: str
    is_staff: bool
    is_active: bool
    organisation: str
    staff_roles: list[Literal["support", "risk", "finance", "admin"] | str]
    created_at: datetime


class PersonAct(Told):
    """What the staff did to somebody's account; `by` is empty where it was said on the machine itself."""

    deed: str
    role: Literal["support", "risk", "finance", "admin", ""] | str
    reason: str
    by: str
    acted_at: datetime


class PolicyHistory(Told):
    """The versions, the latest first; number 0 is what an installation begins with."""

    versions: list[PolicyVersion]


class PolicyInForce(Told):
    """A version of the policy; number 0 is what an installation begins with."""

    modes: dict[str, Literal["off", "shadow", "live"] | str]
    number: int
    calibration_id: str
    made_at: datetime | None
    reason: str
    against_the_bar: dict[str, str]
    analytics_above_minor: dict[str, int] | None = None
    appeal_days: int = 7
    bypass_basis_points: int = 200
    clawback_max_minor: dict[str, int] | None = None
    credit_max_minor: dict[str, int] | None = None
    credit_window_days: int = 60
    hold_days: int = 7
    hold_from_milli: int | None = None
    live_from_percent: int = 60
    peer_table: int | None = None
    probe_percent: int = 55
    release_below_milli: int | None = None
    review_above_minor: dict[str, int] | None = None


class PolicyVersion(Told):
    """One version: what changed, in words, and the signals that were made live below the bar, with what was known."""

    number: int
    who: str
    made_at: datetime | None
    reason: str
    changes: list[str]
    against_the_bar: dict[str, str]


class Preview(Told):
    """What reversing some entries would take from where, and who would have it. Send `comes_to` along as
    `expected`.
    """

    entries: list[int]
    comes_to: Reversed
    given_back: list[Source]
    others: list[Source]
    fee: Money
    returned_to: str
    returned: Money
    made_good: Money
    paid_entries: int


class Price(Told):
    """What a poll by a vendor had to be worth from a moment on, in USD·h, and how an hour before kept to the plan.

    `spent` and `planned` are in `unit`: millionths of USD, or units of YouTube's quota.
    """

    vendor: str
    stepped_at: datetime
    price: float
    unit: str
    spent: float
    planned: float


class Prices(Told):
    """The steps of prices, the latest first, at most a thousand."""

    prices: list[Price]


class Proof(Told):
    """A batch beside the books and Stripe."""

    week: str
    as_of: datetime
    holds: bool
    is_whole: bool
    sums: list[BatchSums]
    checks: list[ProofCheck]


class ProofCheck(Told):
    """One thing that must be true of a batch. `looked_at` is null where it was not compared, as `sentence` says."""

    name: str
    looked_at: int | None
    failures: list[str]
    sentence: str


class Proved(Told):
    """Until when nobody asks again."""

    expires_at: datetime


class PurgeNow(Told):
    """Views that a platform took back from a clip, and the reading that confirmed it."""

    observation: int
    views_before: int
    views_after: int
    fell_at: datetime
    confirmed_at: datetime


class Quarantine(Told):
    """The calls that are not believed and not cleared, the newest first."""

    calls: list[QuarantinedNow]


class QuarantinedNow(Told):
    """A call that is not believed: what its canary showed, and from where to where it would have been right."""

    call: int
    platform: str
    measured: int
    quarantined_at: datetime
    views: int | None
    fewest: int | None
    most: int | None


class QueuedCase(Told):
    """One case in the queue. `standing` is its clip's band now (review, hold, watch, pass), evidence where the
    house decided, or shadow or bypass where nothing is held; `held` is kept apart now, and at `ends_at` the
    case, or the first hold, ends by itself. `strength_milli` is of the reason: 2000 is one honest clip in a
    hundred.
    """

    case: int
    clip: int
    title: str
    platform: str
    creator: int
    creator_name: str
    campaign: int
    campaign_title: str
    state: str
    standing: str
    score_milli: int
    held: Money
    at_stake: Money
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    appeal_due_at: datetime | None
    signal: str
    sentence: str
    strength_milli: int


class Reading(Told):
    """A reading of a clip that an earning entry names."""

    observation_id: int
    observed_at: datetime
    views: int
    source: str


class RecoveryCodes(Told):
    """Codes that stand in for a lost factor, each once. They are not told again; empty where there are some
    already.
    """

    codes: list[str]


class Refund(Told):
    """What goes back of one payment. `request_id` is of the request that it is a part of."""

    id: int
    request_id: int
    deposit_id: int
    amount: Money
    state: str
    asked_at: datetime
    sentence: str


class Refunds(Told):
    """A page of refunds, newest first; `next_before` goes on, null on the last page."""

    refunds: list[Refund]
    next_before: int | None


class Rehearsal(Told):
    """The next Monday as it would be now. `is_all` is false when there are more creators than are listed."""

    week: str
    payday_at: datetime
    as_of: datetime
    compared_with: str
    totals: list[CurrencyRehearsal]
    payouts: list[RehearsedPayout]
    left_out: list[LeftOut]
    is_all: bool


class RehearsedPayout(Told):
    """What one creator would be paid, beside the last run, and what about it to look at."""

    creator_id: int
    name: str
    amount: Money
    before: Money
    change: Literal["new", "up", "down", "same"] | str
    parts: list[CampaignPart]
    new_bank: str
    outlier: str


ReversalReason = Literal["bought_views", "views_taken_back", "not_yours", "terms_broken", "our_mistake"]


class Reversed(Told):
    """What a reversal comes to: net, and what of it the creator owes."""

    voided: int
    clawed_back: int
    owed: int


class ReversedEntry(Told):
    """Why an entry does not count, and what the sponsor has back."""

    kind: str
    why: str
    note: str
    who: str
    reversed_at: datetime
    returned_to: str
    returned: Money


class RiskPolicyPreview(Told):
    """What a policy would have held of the clips of the last thirty days, beside the one in force."""

    looked_at: int
    is_all: bool
    held_now: AffectedByPolicy
    held_then: AffectedByPolicy
    newly_held: AffectedByPolicy
    no_longer_held: AffectedByPolicy


class RiskQueue(Told):
    """Cases in the order that was asked for, and their number by standing; `next_after` goes on, "" at the end."""

    cases: list[QueuedCase]
    next_after: str
    counts: dict[str, int]
    in_all: int


class RuleAnswer(Told):
    """One rule of the campaign and how the clip fares. `code` is "" for a pass, and otherwise never changes."""

    rule: str
    label: str
    answer: Literal["pass", "fail", "cannot_tell"] | str
    code: str
    sentence: str


class SampleReading(Told):
    """The clips that were doubted and are never held, by what people decided of them."""

    share_basis_points: int
    cases: int
    open: int
    upheld: int
    overturned: int
    undecided: int


class SavedPolicy(Told):
    """The version that was saved."""

    number: int


class Scorecard(Told):
    """The signals, the most frequent first."""

    signals: list[ScoredSignal]


class ScoredSignal(Told):
    """One signal by what became of its cases; `precision`, with its 95 % interval, is null while none is decided."""

    signal: str
    mode: str
    fired: int
    open: int
    upheld: int
    overturned: int
    undecided: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    clears_the_bar: bool | None


class SecondFactorWanted(Told):
    """The first factor was right, and this person has a second one: show a code of it with this ticket."""

    ticket: str
    expires_in: int


class Secret(Told):
    """A new secret: told here, and nowhere else."""

    secret: str


class SecurityEvent(Told):
    """One change in how you come in."""

    kind: str
    line: str
    detail: str
    origin: str
    noted_at: datetime


class SentAgain(Told):
    """How many letters go out once more."""

    letters: int


class SignIn(Told):
    """One way in that is open now: a browser's session, or a program's tokens."""

    id: UUID
    kind: Literal["browser", "program"] | str
    name: str
    started_at: datetime
    used_at: datetime
    ends_at: datetime
    is_this_one: bool


class SignalMoney(Told):
    """What the cases of a signal held in one currency, and what of it was let go or voided since."""

    held: Money
    released: Money
    voided: Money


class SignalWithMoney(Told):
    """One signal: what became of its cases of ninety days, and of their money. What nobody decided is null, not 0."""

    signal: str
    mode: str
    fired: int
    open: int
    upheld: int
    overturned: int
    undecided: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    clears_the_bar: bool | None
    money: list[SignalMoney]


class SignalsWithMoney(Told):
    """The scorecard with money, the sample that is never held, and the bar in percent."""

    signals: list[SignalWithMoney]
    sample: SampleReading
    bar_percent: int
    since_at: datetime


class Source(Told):
    """A place that money would be taken from."""

    stage: str
    clip_id: int
    amount: Money


class StateCount(Told):
    """How many items are in a state, and how much that is."""

    state: str
    count: int
    amount: Money


class Step(Told):
    """Something that happened on the way to the bank, or (`ahead`) is expected to."""

    title: str
    at: datetime | None
    on: date | None
    ahead: bool
    sentence: str


class Submitted(Told):
    """The links in the order in which they were sent."""

    campaign: int
    results: list[SubmittedLink]


class SubmittedLink(Told):
    """What became of one link: a clip, or a refusal with its code and what to do."""

    url: str
    state: Literal["accepted", "duplicate", "refused"] | str
    platform: str | None
    clip_id: int | None
    code: str
    sentence: str


class TakenBack(Told):
    """The clips that lack most, at most fifty."""

    clips: list[TakenBackClip]


class TakenBackClip(Told):
    """A clip of which more became money than stands: `state` is open, held or decided.

    `counted` views were read at `counted_at` (`observation`, accrual `accrual`); `believed` stand since
    `believed_at`.
    """

    clip_id: int
    campaign_id: int
    platform: str
    accrual: str
    observation: int
    counted: int
    counted_at: datetime
    believed: int
    believed_at: datetime | None
    is_more_than_a_fifth: bool
    state: str
    counting: Money
    held: Money
    reversed: Money
    purges: list[PurgeNow]


class Tokens(Told):
    """A pair of tokens. The access token goes into `Authorization: Bearer …`; the refresh token is good once."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_at: datetime
    token_type: str = "Bearer"


class ToldAppeal(Told):
    """What a creator said against a decision, by when it is answered, and how. Of a file the SHA-256 and the size."""

    appeal: int
    case: int
    against: str
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str
    appealed_at: datetime
    due_at: datetime
    outcome: str
    decided_at: datetime | None
    decision_note: str


class Try(Told):
    """One try, and the beginning of what came back."""

    number: int
    began_at: datetime
    result: str
    status: int | None
    took_ms: int | None
    answer: str


class VendorHealth(Told):
    """How the vendor of a platform did over the last 24 hours; lengths in milliseconds, null where nothing
    answered.
    """

    platform: str
    calls: int
    failed: int
    p50_ms: int | None
    p95_ms: int | None
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str
    blocked_until: datetime | None


class ViewSpan(Told):
    """Views of a clip, from one count to the next."""

    views_from: int
    views_to: int


class WaitingAppeals(Told):
    """Appeals that nobody answered yet, the one that is due first at the top."""

    appeals: list[ToldAppeal]


class Wallet(Told):
    """A sponsor's money in one currency. What was paid in is refundable, going back, or one of `why`."""

    currency: str
    balance: Money
    free: Money
    in_campaigns: Money
    refundable: Money
    refunding: Money
    kept_back: Money
    owed: Money
    why: list[Why]


class WalletLine(Told):
    """One line of the wallet in the books, and the balance after it."""

    id: int
    kind: str
    name: str
    occurred_at: datetime
    amount: Money
    balance_after: Money


class WalletLines(Told):
    """A page of the wallet's lines, newest first; `next_before` goes on, null on the last page."""

    entries: list[WalletLine]
    next_before: int | None


class Wanted(Told):
    """How many clips are waited for now that were not before."""

    clips: int


class WholeCase(Told):
    """One case with all that it rests on: with the readings and these three ids anybody gets the same score."""

    case: int
    clip: int
    platform: str
    url: str
    creator: int
    creator_name: str
    campaign: int
    campaign_title: str
    state: str
    effect: str
    score_milli: int
    at_stake: Money
    opened_at: datetime
    expires_at: datetime
    voids_at: datetime | None
    ended_at: datetime | None
    appeal_due_at: datetime | None
    reasons: list[DoubtReason]
    onset_observation: int
    onset_views: int
    onset_at: datetime | None
    calibration_id: str
    signals_version: str
    input_digest: str
    decided_by: str
    decision_note: str
    settled_at: datetime | None
    extended_days: int
    events: list[CaseDone]
    appeals: list[ToldAppeal]
    analytics: AskedAnalytics | None


class WholeCreditNote(Told):
    """A note with the entries that it is about."""

    id: int
    number: str
    issued_at: datetime
    campaign: int
    clip: int | None
    views: int | None
    views_from: int | None
    views_to: int | None
    amount: Money
    above_the_cap: Money
    cause: str
    ledger_entry: str
    is_taken_back: bool
    pdf: str
    entries: list[CreditedEntry]


class WholePerson(Told):
    """Somebody, with where they are signed in, and what was done to their account."""

    id: int
    name: str
    email: str
    is_staff: bool
    is_active: bool
    organisation: str
    staff_roles: list[Literal["support", "risk", "finance", "admin"] | str]
    created_at: datetime
    sign_ins: list[SignIn]
    acts: list[PersonAct]


class Why(Told):
    """A part of the money that cannot go back now: why, and what to do; `campaign_id` holds it, where one does."""

    amount: Money
    sentence: str
    what_to_do: str
    campaign_id: int | None


Wish = Literal["at_once", "daily", "never"] | str
