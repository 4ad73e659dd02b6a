"""Runs of actors: started once, found again by their tag, waited for, and read however they ended."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeGuard

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.vendor_calls import Answer, Params, VendorCalls

RUN_SECONDS = 300
"""After so long Apify ends a run by itself."""
WAIT_SECONDS = 360
"""So long somebody waits for a run; one that takes longer is read later (`Runs.read`), and never started again."""
MAX_CHARGE_USD = "0.5"
"""No run may cost more. Some actors refuse a lower limit; a full batch really costs about eight cents."""
SPARE_ITEMS = 5
"""Items a run may be charged for beyond one a clip: repeated ones would otherwise push out the last clips."""
ITEMS_MAX = 5_000
"""Of a dataset without end no more is read; a run that may bring 30 items has no use for it."""
RUNS_MAX = 20_000
_MEMORY_MEGABYTES = 1024  # the start fee is charged for every gigabyte
_PAGE = 1000
_PAUSE_SECONDS = 0.1  # in case the vendor answers at once instead of waiting
_RUNS_LOOKED_THROUGH = 20
_WINDOW_LOOKED_THROUGH = 200
_WAIT_MOST = 60
_ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"})
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_USD_MAX = 1_000_000
_TAG = re.compile(r"[A-Za-z0-9.:_-]{8,100}")
_AGENT = re.compile(rf"ClipHaven \(({_TAG.pattern})\)")


@dataclass(frozen=True, slots=True)
class Run:
    """A run at Apify. `cost_microusd` is its bill so far (millionths of USD), which is final a while after its end.

    `tag` is what whoever started it calls it; "" where that is not told, as in most lists.
    """

    id: str
    status: str
    dataset_id: str
    build: str
    cost_microusd: int
    started_at: datetime | None
    finished_at: datetime | None
    tag: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in _ENDED

    @property
    def is_whole(self) -> bool:
        """Whether it came to everything it was asked; what is missing from another one was perhaps not looked for."""
        return self.status == "SUCCEEDED"


class RunNotRead(ProviderFailed):
    """A run was started, is billed, and could not be read yet. Its outcome is `unknown`: never start it again."""

    def __init__(self, failure: ProviderFailed, run: Run) -> None:
        """`failure` is what stood in the way, `run` the run as it was last heard of."""
        super().__init__(failure.sentence, outcome=Outcome.UNKNOWN, code=failure.code, status=failure.status)
        self.run = run


@dataclass(frozen=True, slots=True)
class Dataset:
    """A run's items, and the very bytes they came in."""

    items: list[object]
    content: bytes


class Runs:
    """The runs of one Apify account."""

    def __init__(self, calls: VendorCalls) -> None:
        """`calls` speaks to the address that ends in `/v2/`."""
        self._calls = calls

    def started(self, actor: str, run_input: Mapping[str, object], *, size: int, tag: str) -> Run:
        """Start a run for `size` clips or profiles; if its answer is lost, the run is looked for once by its tag."""
        _check(tag)
        params: Params = {
            "maxItems": size + SPARE_ITEMS,
            "maxTotalChargeUsd": MAX_CHARGE_USD,
            "memory": _MEMORY_MEGABYTES,
            "timeout": RUN_SECONDS,
        }
        try:
            # Apify has no idempotency keys, but remembers who started a run by the user agent.
            answer = self._calls.send(
                f"actors/{actor}/runs", run_input, params=params, headers={"User-Agent": f"ClipHaven ({tag})"}
            )
            return _run(answer.field("data"))
        except ProviderFailed as failure:
            adopted = self.found(actor, tag) if failure.outcome is Outcome.UNKNOWN else None
            if adopted is None:
                raise
            return adopted

    def found(
        self, actor: str, tag: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Run | None:
        """The newest run of the actor that was started with this tag, between two moments where given; None: none."""
        _check(tag)
        params: dict[str, str | int] = {"desc": 1, "limit": _RUNS_LOOKED_THROUGH}
        if since is not None and until is not None:
            params |= {"limit": _WINDOW_LOOKED_THROUGH, "startedAfter": _iso(since), "startedBefore": _iso(until)}
        for short in map(_run, _listed(self._calls.read(f"actors/{actor}/runs", params))):
            # A list may leave out who started its runs.
            run = short if short.tag else self.read(short.id)
            if run.tag == tag:
                return run
        return None

    def read(self, run_id: str) -> Run:
        """The run as it is now. Raises ProviderFailed."""
        return self._one(run_id)

    def ended(self, run: Run) -> Run:
        """Wait for the run's end, at most WAIT_SECONDS. Raises ProviderFailed with the code `run-not-ended`."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not run.is_over:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ProviderFailed("Apify's run takes too long.", outcome=Outcome.UNKNOWN, code="run-not-ended")
            wait = max(1, min(_WAIT_MOST, int(left)))
            run = self._one(run.id, wait=wait)
            if not run.is_over:
                time.sleep(_PAUSE_SECONDS)
        return run

    def dataset(self, run: Run) -> Dataset:
        """All items of the run, also of one that failed: what it found until then is paid for and true."""
        items: list[object] = []
        contents: list[bytes] = []
        while len(items) < ITEMS_MAX:
            params: Params = {"offset": len(items), "limit": _PAGE, "format": "json"}
            answer = self._calls.read(f"datasets/{run.dataset_id}/items", params)
            if not isinstance(answer.body, list):
                raise _unreadable("Apify's items are unreadable.")
            items.extend(answer.body)
            contents.append(answer.content)
            if len(answer.body) < _PAGE:
                break
        return Dataset(items, contents[0] if len(contents) == 1 else _one_list(contents))

    def abort(self, run_id: str) -> Run:
        """End a run now, so that it costs no more. Raises ProviderFailed."""
        return _run(self._calls.send(f"actor-runs/{run_id}/abort", {}, params={}, headers={}).field("data"))

    def since(self, moment: datetime) -> Iterator[Run]:
        """All runs of the account that were started from that moment on, whatever started them; RUNS_MAX at most."""
        for offset in range(0, RUNS_MAX, _PAGE):
            params: Params = {"desc": 1, "offset": offset, "limit": _PAGE, "startedAfter": _iso(moment)}
            page = _listed(self._calls.read("actor-runs", params))
            yield from map(_run, page)
            if len(page) < _PAGE:
                return

    def _one(self, run_id: str, *, wait: int = 0) -> Run:
        params, timeout = ({"waitForFinish": wait}, wait + 15) if wait else ({}, 30)
        run = _run(self._calls.read(f"actor-runs/{run_id}", params, timeout=timeout).field("data"))
        if run.id != run_id:
            # Its bill and its items would be taken for those of the run that was asked for.
            raise _unreadable("Apify answered about another run.")
        return run


def microusd(usd: object) -> int:
    """Dollars as Apify bills them, in millionths; 0 while the bill is not known, or cannot be meant."""
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 < usd < _USD_MAX:
        return 0
    # The shortest decimal of what was sent, not the binary number nearest to it.
    return int((Decimal(str(usd)) * 1_000_000).to_integral_value())


def _check(tag: str) -> None:
    if _TAG.fullmatch(tag) is None:
        raise ValueError(f"A tag is 8 to 100 letters, digits, dots, colons and dashes, not {tag!r}")


def _listed(answer: Answer) -> list[object]:
    page = answer.field("data")
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(items, list):
        raise _unreadable("Apify's list of runs is unreadable.")
    return items


def _one_list(pages: Iterable[bytes]) -> bytes:
    """Pages of a list as one list, each item as it came, to the byte."""
    inner = (page.strip().removeprefix(b"[").removesuffix(b"]").strip() for page in pages)
    return b"[" + b",".join(items for items in inner if items) + b"]"


def _unreadable(sentence: str) -> ProviderFailed:
    return ProviderFailed(sentence, outcome=Outcome.UNKNOWN, code="unreadable")


def _tag(meta: object) -> str:
    found = _AGENT.fullmatch(str(meta.get("userAgent"))) if isinstance(meta, dict) else None
    return found[1] if found else ""


def _run(data: object) -> Run:
    fields = data if isinstance(data, dict) else {}
    run_id, dataset_id, status = (fields.get(name) for name in ("id", "defaultDatasetId", "status"))
    if not (_is_id(run_id) and _is_id(dataset_id) and isinstance(status, str)):
        raise _unreadable("Apify's answer about a run is unreadable.")
    return Run(
        id=run_id,
        status=status,
        dataset_id=dataset_id,
        build=str(fields.get("buildNumber") or "")[:20],
        cost_microusd=microusd(fields.get("usageTotalUsd")),
        started_at=_moment(fields.get("startedAt")),
        finished_at=_moment(fields.get("finishedAt")),
        tag=_tag(fields.get("meta")),
    )


def _is_id(value: object) -> TypeGuard[str]:
    # It becomes part of an address: anything else in it would lead elsewhere.
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
