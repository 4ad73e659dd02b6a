"""A limit of requests a second, as the real one has: by endpoint, and refused before anything is executed."""

from tests.providers.sandbox.stripe.stripe_world import Running

CUSTOMERS = "/v1/customers"


def test_what_is_over_the_limit_is_refused_and_not_executed(sandbox: Running) -> None:
    sandbox.post("/control/stripe/rate", {"per_second": 5})

    answers = [
        sandbox.raw("POST", CUSTOMERS, {"email": f"{number}@example.com"}, **{"Idempotency-Key": str(number)})
        for number in range(8)
    ]

    refused = [number for number, answer in enumerate(answers) if answer.status_code == 429]
    assert len(refused) >= 1
    assert answers[refused[0]].json()["error"]["code"] == "rate_limit"
    sandbox.post("/control/stripe/rate", {"per_second": None})
    again = sandbox.raw(
        "POST", CUSTOMERS, {"email": f"{refused[0]}@example.com"}, **{"Idempotency-Key": str(refused[0])}
    )
    assert (again.status_code, "idempotent-replayed" in again.headers) == (200, False)


def test_each_endpoint_is_counted_for_itself(sandbox: Running) -> None:
    sandbox.post("/control/stripe/rate", {"per_second": None})
    sandbox.raw("GET", "/v1/balance")
    sandbox.raw("GET", "/v1/balance")
    sandbox.raw("GET", CUSTOMERS)

    counted = sandbox.http.get("/control/stripe/rate").json()

    assert counted["GET /v1/balance"] == {"taken": 2, "refused": 0, "most_in_a_second": 2}
    assert counted["GET /v1/customers"]["taken"] == 1
