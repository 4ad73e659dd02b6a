"""A passkey signs one challenge, once, for this site and this browser; whatever is bent in that opens nothing."""

import base64
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.identity import operations
from cliphaven.identity.models import Ceremony, Passkey, SecurityEvent, User
from cliphaven.identity.operations import factors, passkeys, proving
from cliphaven.identity.rules.relying_party import relying_party
from cliphaven.notifications.models import Message
from tests.concurrency.test_one_budget import at_once
from tests.people import MONDAY, ben, mallory
from tests.rooms.identity.authenticator import PRESENT, Device

PARALLEL_USES = 16
WHERE = {"origin": "Firefox on Linux", "told_at": MONDAY}
NONCE = "the browser's own"


def added(user: User, device: Device | None = None, *, nonce: str = NONCE, now=MONDAY, **lies: str) -> Device:
    """A device whose passkey the person has added."""
    device = device or Device()
    options = passkeys.begin_registration(user_id=user.id, browser_nonce=nonce, now=now)
    answer = device.register(options, **lies)
    passkeys.add_passkey(
        user_id=user.id, answer=answer, name="A device", browser_nonce=nonce, keep=None, now=now, **WHERE
    )
    return device


def asked(*, nonce: str = NONCE) -> dict:
    return passkeys.begin_sign_in(browser_nonce=nonce, now=MONDAY)


def lets_in(
    answer: str, *, nonce: str = NONCE, user_id: int | None = None, after: timedelta = timedelta()
) -> int | str:
    """Whom the answer lets in; otherwise why it does not."""
    try:
        return passkeys.person_by_passkey(
            answer=answer, browser_nonce=nonce, user_id=user_id, now=MONDAY + after, **WHERE
        )
    except operations.SignInRefused as refused:
        return refused.code


@pytest.mark.parametrize(
    ("site_url", "party"),
    [
        ("https://clips.example", ("clips.example", "https://clips.example")),
        ("https://clips.example:8443/", ("clips.example", "https://clips.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", ("localhost", "http://localhost:8000")),
        ("http://[::1]:8000", ("localhost", "http://localhost:8000")),
        ("http://192.0.2.7:8000", None),
        ("", None),
    ],
)
def test_passkeys_are_asked_for_by_a_name(site_url, party):
    found = relying_party(site_url)

    assert (found and (found.id, found.origin)) == party


@pytest.mark.django_db
def test_a_passkey_lets_its_person_in_again_and_again():
    device = added(ben())

    assert [lets_in(device.sign(asked())), lets_in(device.sign(asked()))] == [ben().id, ben().id]
    assert Passkey.objects.get().sign_count == 2


@pytest.mark.django_db
def test_the_door_names_nobody_before_somebody_is_in():
    added(ben())
    options = asked()

    assert options.get("allowCredentials", []) == []
    assert options["userVerification"] == "required"


@pytest.mark.django_db
def test_a_challenge_is_used_up_by_its_first_answer_whatever_that_was():
    device = added(ben())
    options = asked()
    wrong, right = device.sign(options, signature=b"nothing"), device.sign(options)

    assert [lets_in(wrong), lets_in(right)] == ["proof_refused"] * 2


@pytest.mark.django_db
def test_the_same_answer_does_not_work_twice():
    device = added(ben())
    answer = device.sign(asked())

    assert [lets_in(answer), lets_in(answer)] == [ben().id, "proof_refused"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"rp_id": "evil.example"},
        {"kind": "webauthn.create"},
        {"challenge": base64.urlsafe_b64encode(b"c" * 32).decode().rstrip("=")},
        {"handle": "bm9ib2R5"},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
    ],
    ids=lambda lie: "-".join(f"{key}" for key in lie),
)
def test_what_is_bent_lets_nobody_in(lie):
    device = added(ben())

    assert lets_in(device.sign(asked(), **lie)) == "proof_refused"


@pytest.mark.django_db
def test_a_device_that_asked_for_no_finger_lets_nobody_in():
    device = added(ben())
    device.flags = PRESENT

    assert lets_in(device.sign(asked())) == "proof_refused"


@pytest.mark.django_db
def test_nor_is_its_passkey_added():
    with pytest.raises(proving.ProofRefused):
        added(ben(), Device(flags=PRESENT))

    assert not Passkey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lie", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"kind": "webauthn.get"}]
)
def test_a_passkey_for_another_site_is_not_added(lie):
    with pytest.raises(proving.ProofRefused):
        added(ben(), **lie)

    assert not Passkey.objects.exists()


@pytest.mark.django_db
def test_an_answer_of_another_browser_or_after_five_minutes_is_too_late():
    device = added(ben())

    assert lets_in(device.sign(asked()), nonce="another browser") == "proof_refused"
    assert lets_in(device.sign(asked()), after=timedelta(minutes=5)) == "proof_refused"
    assert lets_in(device.sign(asked()), after=timedelta(minutes=4)) == ben().id


@pytest.mark.django_db
def test_a_challenge_of_the_door_proves_nothing_inside_and_one_of_inside_opens_no_door():
    device = added(ben())
    inside = passkeys.begin_proof(user_id=ben().id, browser_nonce=NONCE, now=MONDAY)

    assert lets_in(device.sign(asked()), user_id=ben().id) == "proof_refused"
    assert lets_in(device.sign(inside)) == "proof_refused"


@pytest.mark.django_db
def test_the_passkey_of_somebody_else_proves_nothing():
    mallorys = added(mallory())
    added(ben())
    options = passkeys.begin_proof(user_id=ben().id, browser_nonce=NONCE, now=MONDAY)

    assert lets_in(mallorys.sign(options), user_id=ben().id) == "proof_refused"


@pytest.mark.django_db
def test_a_passkey_that_counts_backwards_was_copied_and_its_person_hears_of_it():
    device = added(ben())
    lets_in(device.sign(asked()))
    device.count = 0

    assert lets_in(device.sign(asked())) == "proof_refused"
    assert SecurityEvent.objects.filter(kind="passkey_copied").count() == 1
    assert Message.objects.filter(subject="A passkey may have been copied").exists()


@pytest.mark.django_db
def test_a_device_that_never_counts_is_taken():
    device = added(ben(), Device(step=0))

    assert [lets_in(device.sign(asked())), lets_in(device.sign(asked()))] == [ben().id, ben().id]


@pytest.mark.django_db
def test_somebody_who_was_switched_off_does_not_come_in():
    device = added(ben())
    User.objects.update(is_active=False)

    assert lets_in(device.sign(asked())) == "proof_refused"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        "\x00",
        '{"rawId": 1, "response": {"clientDataJSON": 1}}',
        '{"rawId": "AA", "response": {"clientDataJSON": "AA"}}',
        '{"id":"","rawId":"","response":{"clientDataJSON":"e30"}}',
        "[" * 10_000,
        "{" * 20_000,
        "1" * 5_000,
    ],
    ids=lambda answer: answer[:12].replace("\x00", "NUL"),
)
def test_what_is_no_answer_lets_nobody_in(answer):
    assert lets_in(answer) == "proof_refused"


@pytest.mark.django_db
def test_what_is_bent_inside_a_known_challenge_lets_nobody_in():
    device = added(ben())
    for part in ("authenticatorData", "signature", "userHandle"):
        for bent in (None, 1, [], {}, "", "é", "AA", "A" * 10_000):
            said = json.loads(device.sign(asked()))
            said["response"][part] = bent
            if part == "userHandle" and not bent:
                continue  # devices may leave it out
            assert lets_in(json.dumps(said)) == "proof_refused", (part, bent)


@pytest.mark.django_db
def test_one_passkey_belongs_to_one_person():
    device = added(mallory())

    with pytest.raises(factors.FactorRefused):
        added(ben(), device)


@pytest.mark.django_db
def test_the_eleventh_passkey_is_refused():
    for _ in range(10):
        added(ben())

    with pytest.raises(factors.FactorRefused):
        added(ben())


@pytest.mark.django_db
def test_a_removed_passkey_opens_nothing_and_only_its_person_removes_it():
    device = added(ben())
    [passkey_id] = Passkey.objects.values_list("id", flat=True)
    for user, left in ((mallory(), 1), (ben(), 0)):
        passkeys.remove_passkey(user_id=user.id, passkey_id=passkey_id, keep=None, now=MONDAY, **WHERE)
        assert Passkey.objects.count() == left

    assert lets_in(device.sign(asked())) == "proof_refused"


@pytest.mark.django_db
def test_a_name_is_shown_without_what_cannot_be_seen():
    added(ben())
    [passkey_id] = Passkey.objects.values_list("id", flat=True)
    passkeys.rename_passkey(
        user_id=ben().id, passkey_id=passkey_id, name="\u202e<b>\x00 phone" + "x" * 100, now=MONDAY, **WHERE
    )

    assert Passkey.objects.get().name == ("<b> phone" + "x" * 100)[:60]


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_sixteen_uses_of_one_answer_are_one(committed):
    device = added(ben())
    answer = device.sign(asked())
    person = ben().id

    assert at_once(lambda _: str(lets_in(answer)), workers=PARALLEL_USES) == {
        str(person): 1,
        "proof_refused": PARALLEL_USES - 1,
    }
    assert Ceremony.objects.filter(purpose="sign_in", used_at__isnull=False).count() == 1


def test_sixteen_registrations_with_one_answer_are_one(committed):
    device = Device()
    options = passkeys.begin_registration(user_id=ben().id, browser_nonce=NONCE, now=MONDAY)
    answer = device.register(options)

    def add(_: int) -> str:
        try:
            passkeys.add_passkey(
                user_id=ben().id, answer=answer, name="", browser_nonce=NONCE, keep=None, now=MONDAY, **WHERE
            )
        except (operations.SignInRefused, factors.FactorRefused):
            return "refused"
        return "added"

    assert at_once(add, workers=PARALLEL_USES) == {"added": 1, "refused": PARALLEL_USES - 1}


def test_a_copy_and_its_original_at_once_let_one_in(committed):
    device = added(ben())
    answers = [device.sign(asked()) for _ in range(1)]
    device.count = 0
    answers += [device.sign(asked())]  # the copy counts the same number

    told = at_once(lambda number: str(lets_in(answers[number])), workers=2)

    assert told == {str(ben().id): 1, "proof_refused": 1}


# --- At the door ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_browser_comes_in_by_passkey_and_another_one_with_the_same_answer_does_not():
    device = added(ben())
    client, other = Client(), Client()
    options = client.post(reverse("passkey_sign_in_begin")).json()
    answer = device.sign(options)

    assert other.post(reverse("passkey_sign_in"), {"answer": answer}).headers["Location"] == reverse("sign_in")
    assert client.post(reverse("passkey_sign_in"), {"answer": answer}).headers["Location"] == reverse("home")
    assert [one.get(reverse("account")).status_code for one in (client, other)] == [200, 302]
