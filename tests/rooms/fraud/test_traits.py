"""What people have in common is noted as digests, binds them, and what happened to one is known of the other."""

import pytest
from django.db import transaction

from cliphaven.fraud.models import Assessment, ClipRisk, Trait, TraitKind
from cliphaven.fraud.operations import cases, traits
from cliphaven.fraud.queries import links
from tests.people import MONDAY, a_user, an_approved_clip, ben, dot, mallory
from tests.rooms.earnings.earners import a_plain_campaign
from tests.rooms.fraud.doubts import CALM, HOUR, a_bought_clip, a_policy, live

pytestmark = pytest.mark.django_db


def noted(user, what: str, *, kind=TraitKind.PAYOUT_ACCOUNT, now=MONDAY) -> None:
    with transaction.atomic():
        traits.note(user_id=user.id, kind=kind, what=what, now=now)


def voided() -> None:
    """A clip of Ben's was decided against, and is voided."""
    _, now = a_bought_clip()
    case_id = cases.RiskCase.objects.get().id
    cases.decide_against(case_id=case_id, staff_id=dot().id, note="Bought.", request_key="k", now=now)
    cases.end_due(now=now + 8 * 24 * HOUR)


def test_a_trait_is_kept_once_and_never_as_what_it_is():
    noted(ben(), "a bank account")
    noted(ben(), "a bank account", now=MONDAY + HOUR)

    trait = Trait.objects.get()
    assert (trait.first_seen_at, trait.last_seen_at) == (MONDAY, MONDAY + HOUR)
    assert len(bytes(trait.digest)) == 32
    assert b"bank" not in bytes(trait.digest)


def test_another_key_makes_other_digests(settings):
    noted(ben(), "a bank account")
    settings.TRAIT_KEY = "another"
    noted(ben(), "a bank account")

    assert Trait.objects.count() == 2


def test_people_with_one_bank_account_are_bound_and_others_are_not():
    noted(ben(), "one")
    noted(mallory(), "one")
    noted(a_user("Gus"), "two")

    assert links.linked_people(ben().id) == {mallory().id: ["payout_account"]}
    assert links.linked_people(a_user("Gus").id) == {}


def test_what_everybody_has_binds_nobody():
    for number in range(5):
        noted(a_user(f"Person{number}"), "a school", kind=TraitKind.IP)

    assert links.linked_people(a_user("Person1").id) == {}


def test_what_was_voided_is_known_of_the_next_clip_and_of_whoever_is_bound():
    voided()
    noted(ben(), "one")
    noted(mallory(), "one")
    campaign = a_plain_campaign()
    own, bound = an_approved_clip(campaign), an_approved_clip(campaign, creator=mallory())
    other = an_approved_clip(campaign, creator=a_user("Gus"))

    found = links.records({clip.id: clip.creator_id for clip in (own, bound, other)})

    assert [(found[clip.id].own, found[clip.id].linked) for clip in (own, bound, other)] == [(1, 0), (0, 1), (0, 0)]


def test_an_earlier_void_is_heard_when_the_next_clip_is_judged():
    voided()
    a_policy(modes={})
    clip = an_approved_clip(a_plain_campaign())

    live(clip, CALM)

    # log10(112) is 2.05: of honest creators one in a hundred and twelve had views taken back before.
    assert ClipRisk.objects.get(clip=clip).shadow_milli == 2_049
    assert Assessment.objects.filter(clip=clip).values_list("reasons", flat=True)[0][0]["signal"] == "recidivism"
