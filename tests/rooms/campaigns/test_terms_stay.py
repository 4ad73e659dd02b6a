"""What clips were promised stays what they were promised."""

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.campaigns.rules import TermsDraft
from cliphaven.campaigns.rules.clip_rules import ClipRule
from cliphaven.foundation.transactions import sqlstate
from tests.people import a_campaign


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update campaigns_terms set fee_bp = 5000",
        "delete from campaigns_terms",
        "truncate campaigns_terms cascade",
        "update campaigns_rate set cpm_minor = 1",
        "delete from campaigns_rate",
        "truncate campaigns_rate",
        "update campaigns_requiredinclip set value = 'other'",
        "delete from campaigns_requiredinclip",
        "truncate campaigns_requiredinclip",
    ],
)
def test_the_database_refuses_to_change_a_version_of_terms(statement):
    a_campaign(terms=TermsDraft(cpm_minor={"tiktok": 150}, clip_rules=(ClipRule("hashtag", "shoes"),)))

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        with pytest.raises(DatabaseError) as refusal:
            cursor.execute(statement)
        transaction.set_rollback(True)
    assert sqlstate(refusal.value) == "CA001"
