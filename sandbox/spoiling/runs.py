"""Runs as no vendor ought to tell them: of another name, with a bill that cannot be, at moments that never were."""

from typing import Any, Final

from sandbox.store import Json

WAYS: Final[dict[str, Json]] = {
    "run_bill_endless": {"usageTotalUsd": 1e300},
    "run_bill_negative": {"usageTotalUsd": -0.004},
    "run_bill_text": {"usageTotalUsd": "0.004"},
    "run_of_another": {"id": "AnotherRunOfNobody"},
    "run_dataset_elsewhere": {"defaultDatasetId": "../../users/me\0?"},
    "run_names_strange": {"buildNumber": {"0": "\0\ud800"}, "meta": [], "actId": None},
    "run_moments_impossible": {"startedAt": "0001-01-01T00:00:00+23:59", "finishedAt": "9999-12-31T23:59:59-23:59"},
    "run_moments_ahead": {"startedAt": "2033-05-18T03:33:20.000Z", "finishedAt": "2033-05-18T03:34:20.000Z"},
    "run_still_running": {"status": "RUNNING", "finishedAt": None},
    "run_without_status": {"status": None},
}
"""By the kind of fault, the fields of a run that say something else."""


def spoilt(answer: Any, kind: str) -> Any:
    """The answer about one run in this way; unchanged when it is about none."""
    if isinstance(answer, dict) and isinstance(answer.get("data"), dict) and "defaultDatasetId" in answer["data"]:
        return {**answer, "data": {**answer["data"], **WAYS[kind]}}
    return answer
