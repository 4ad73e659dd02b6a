"""Migrations: one per room for the tables, one for what the database itself sees to."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def test_the_role_of_the_processes_is_there_before_the_tables_that_it_is_granted():
    before = MigrationLoader(None).graph.forwards_plan(("tracking", "0001_initial"))

    assert ("ledger", "0002_roles") in before


@pytest.mark.django_db
def test_a_database_from_before_they_were_put_together_has_nothing_left_to_apply():
    put_together = {
        key: migration.replaces
        for key, migration in MigrationLoader(None).disk_migrations.items()
        if migration.replaces
    }
    recorder = MigrationRecorder(connection)
    for (room, name), steps in put_together.items():
        recorder.record_unapplied(room, name)
        for step in steps:
            recorder.record_applied(*step)

    executor = MigrationExecutor(connection)

    assert len(put_together) > 13
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
