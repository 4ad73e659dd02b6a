"""Gone needs three signs, of two kinds, on two days; and no number of the same proves it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliphaven.tracking.rules.availability import (
    SIGNS_KEPT,
    Sign,
    SignKind,
    from_stored,
    is_gone,
    sign_of,
    to_stored,
    with_sign,
)

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)


def signs(*looks: tuple[str, float]) -> tuple[Sign, ...]:
    """Of such kinds, so many days after Monday."""
    return tuple(Sign(kind=SignKind(kind), seen_at=MONDAY + timedelta(days=days)) for kind, days in looks)


@pytest.mark.parametrize(
    ("looks", "gone"),
    [
        ((("error", 0), ("error", 1), ("absence", 2)), True),
        ((("error", 0), ("absence", 1), ("absence", 1)), True),
        ((("absence", 0), ("absence", 1), ("error", 2)), True),
        ((("error", 0), ("absence", 1)), False),  # two looks
        ((("absence", 0), ("absence", 1), ("account", 2)), True),
        ((("absence", 0), ("absence", 0.2), ("account", 0.3)), False),  # one day
        ((("account", 0), ("account", 1), ("account", 2)), False),  # one kind
        ((("error", 0), ("error", 1), ("error", 2), ("error", 9)), False),  # one kind
        ((("error", 0), ("absence", 0.1), ("absence", 0.2)), False),  # one day
        ((("error", 0), ("error", 1), ("absence", 1)), True),  # the other kind, a day after the first
        ((("error", 1), ("error", 1), ("absence", 1)), False),
        ((), False),
    ],
)
def test_gone_is_three_signs_of_two_kinds_on_two_days(looks, gone):
    assert is_gone(signs(*looks)) is gone


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("gone_hint", "error"), ("missing", "absence"), ("restricted", None), ("provider_error", None)],
)
def test_only_an_answer_that_the_clip_is_not_there_is_a_sign(outcome, kind):
    sign = sign_of(outcome, at=MONDAY, doubtful=False)

    assert (sign.kind.value if sign else None) == kind
    assert sign_of(outcome, at=MONDAY, doubtful=True) is None


looks = st.lists(st.tuples(st.sampled_from([kind.value for kind in SignKind]), st.integers(0, 5)), max_size=25)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(looks)
def test_what_is_kept_of_many_signs_fits_and_says_as_much(made):
    kept: tuple[Sign, ...] = ()
    was_gone = False
    for sign in signs(*sorted(made, key=lambda look: look[1])):
        kept = from_stored(to_stored(with_sign(kept, sign)))
        was_gone = was_gone or is_gone(kept)

    assert len(kept) <= SIGNS_KEPT
    assert len(to_stored(kept)) <= 800
    assert is_gone(kept) or not was_gone
