"""How a scraping run may end, or not end, otherwise than well."""

from typing import Final

RUN_FATES: Final = {
    "run_failed": "FAILED",
    "run_timed_out": "TIMED-OUT",
    "run_aborted": "ABORTED",
    "run_stuck": "RUNNING",
    "run_stuck_timing_out": "TIMING-OUT",
    "run_stuck_aborting": "ABORTING",
}
"""The fault, and the status in which the run ends, or stays until somebody aborts it."""
STAYING: Final = frozenset({"RUNNING", "TIMING-OUT", "ABORTING"})
