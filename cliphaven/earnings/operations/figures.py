"""Figures for everybody, worked out once an hour: a request only reads them."""

from dataclasses import asdict
from datetime import datetime

from cliphaven.earnings.models import KeptFigures
from cliphaven.earnings.queries import fairness
from cliphaven.foundation.transactions import no_transaction, own_transaction


@no_transaction
def keep_fairness(*, now: datetime) -> None:
    """Work out how fair the house was in the last ninety days, and keep that in place of what was kept before."""
    told = asdict(fairness.fairness(now=now))
    told["as_of"] = now.isoformat()
    _keep(kind=fairness.KIND, figures=told, now=now)


@own_transaction
def _keep(*, kind: str, figures: dict[str, object], now: datetime) -> None:
    KeptFigures.objects.update_or_create(kind=kind, defaults={"figures": figures, "as_of_at": now})
