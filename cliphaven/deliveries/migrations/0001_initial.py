"""Letters to other people's servers."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("deliveries", "0001_first"), ("deliveries", "0002_what_stays")]

    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("request_key", models.CharField(max_length=64)),
                ("url", models.CharField(max_length=500)),
                ("description", models.CharField(blank=True, max_length=120)),
                ("subscriptions", models.CharField(max_length=1000)),
                ("sealed_secret", models.BinaryField()),
                ("secret_made_at", models.DateTimeField()),
                ("sealed_before", models.BinaryField(null=True)),
                ("before_ends_at", models.DateTimeField(null=True)),
                ("is_on", models.BooleanField(default=True)),
                (
                    "off_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("person", "switched off by a person"),
                            ("failing", "took nothing for days"),
                            ("gone", "answered 410: it wants no more"),
                        ],
                        max_length=8,
                    ),
                ),
                ("off_at", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("rests_until", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at", None)),
                        fields=["organisation"],
                        name="endpoints_of_organisation",
                    ),
                    models.Index(
                        condition=models.Q(("removed_at", None)), fields=["user"], name="endpoints_of_creator"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation", None), ("user__isnull", False)),
                            models.Q(("organisation__isnull", False), ("user", None)),
                            _connector="OR",
                        ),
                        name="an_endpoint_is_somebodys",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_on", True), ("off_at", None), ("off_because", "")),
                            models.Q(
                                ("is_on", False),
                                ("off_at__isnull", False),
                                ("off_because__in", ["person", "failing", "gone"]),
                            ),
                            _connector="OR",
                        ),
                        name="an_endpoint_that_is_off_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("before_ends_at", None), ("sealed_before", None)),
                            models.Q(("before_ends_at__isnull", False), ("sealed_before__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_secret_from_before_ends",
                    ),
                    models.UniqueConstraint(fields=("made_by", "request_key"), name="one_endpoint_per_request"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.organisation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("type", models.CharField(max_length=32)),
                ("key", models.CharField(max_length=160)),
                ("body", models.TextField()),
                ("happened_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("user", None)),
                        fields=("organisation", "key"),
                        name="one_event_per_fact_and_organisation",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("organisation", None)),
                        fields=("user", "key"),
                        name="one_event_per_fact_and_creator",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EndpointAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acts", to="deliveries.endpoint"
                    ),
                ),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("made", "Made"),
                            ("changed", "Changed"),
                            ("secret_renewed", "New secret"),
                            ("switched_on", "Switched on"),
                            ("switched_off", "Switched off"),
                            ("tested", "Test sent"),
                            ("replayed", "Sent again"),
                            ("removed", "Removed"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=700)),
                ("origin", models.CharField(max_length=80)),
                ("acted_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["endpoint", "-id"], name="acts_of_endpoint")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="deliveries.endpoint"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="deliveries.event"
                    ),
                ),
                ("type", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Sending"),
                            ("delivered", "Delivered"),
                            ("failed", "given up"),
                            ("kept", "the endpoint was off"),
                        ],
                        max_length=16,
                    ),
                ),
                ("tries", models.IntegerField(default=0)),
                ("tries_of_round", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("written_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["endpoint", "-id"], name="deliveries_of_endpoint"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["next_try_at"], name="deliveries_to_try"
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["claimed_at"], name="deliveries_under_way"
                    ),
                    models.Index(fields=["written_at"], name="deliveries_by_age"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("endpoint", "event"), name="one_delivery_per_event_and_endpoint"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_try_at__isnull", False), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("next_try_at", None)),
                            _connector="OR",
                        ),
                        name="what_waits_is_tried_again",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="deliveries.delivery"
                    ),
                ),
                ("number", models.IntegerField()),
                ("began_at", models.DateTimeField()),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("taken", "taken"),
                            ("refused", "refused"),
                            ("gone", "gone"),
                            ("leads_inside", "leads_inside"),
                            ("no_connection", "no_connection"),
                            ("not_trusted", "not_trusted"),
                            ("timed_out", "timed_out"),
                            ("broken", "broken"),
                            ("lost", "lost"),
                        ],
                        max_length=16,
                    ),
                ),
                ("status", models.IntegerField(null=True)),
                ("took_ms", models.IntegerField(null=True)),
                ("answer", models.CharField(blank=True, max_length=1024)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("delivery", "number"), name="each_try_is_made_once")],
            },
        ),
    ]
