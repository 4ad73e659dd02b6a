"""What processes write while everything goes wrong is searched for secrets."""

from pathlib import Path
from typing import Any

from simulator.chaos.verdict import secrets_in_logs


def test_a_secret_in_any_process_s_log_is_found_and_not_repeated(tmp_path: Path, settings: Any):
    settings.STRIPE_API_KEY = "a-key-that-nobody-has"
    (tmp_path / "web 1.log").write_text("started\nall is well\n")
    (tmp_path / "worker 2.log").write_text("calling Stripe\nfailed with a-key-that-nobody-has\n")

    found = secrets_in_logs(tmp_path)

    assert found.looked_at == 4
    assert found.failures == ("text 4 holds STRIPE_API_KEY",)


def test_what_the_vendors_write_is_theirs(tmp_path: Path, settings: Any):
    settings.STRIPE_API_KEY = "a-key-that-nobody-has"
    (tmp_path / "sandbox.log").write_text("asked with a-key-that-nobody-has\n")

    assert secrets_in_logs(tmp_path).failures == ()
