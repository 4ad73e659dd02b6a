"""Doors of the API for what opens an account: factors, proofs, and what was changed."""

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from cliphaven.foundation import clock
from cliphaven.foundation.shapes import NOBODY, OFTEN, REFUSED
from cliphaven.identity import operations, queries, schemas
from cliphaven.identity.forms import AddressForm
from cliphaven.identity.guards import (
    AS_ANYBODY,
    circumstances,
    client_address_of,
    must_be_stepped_up,
    signed_in_id,
    this_sign_in,
)
from cliphaven.identity.operations import addresses, limits, passkeys, passwords, proving
from cliphaven.identity.operations import factors as operations_of_factors
from cliphaven.identity.queries import factors as known
from cliphaven.identity.rules.proofs import PROOF_LIFE

ME = Router(auth=AS_ANYBODY, tags=["You: what opens your account"])


@ME.get("/auth/factors", response={200: schemas.Factors, **NOBODY}, url_name="api_factors")
def factor_list(request: HttpRequest) -> schemas.Factors:
    """What you can prove who you are with, beside your mail."""
    return schemas.Factors(**asdict(known.factors_of(user_id=signed_in_id(request))))


@ME.get("/auth/events", response={200: list[schemas.SecurityEvent], **NOBODY}, url_name="api_security_events")
def event_list(request: HttpRequest) -> list[schemas.SecurityEvent]:
    """What was changed last about how you come in, the newest first, twenty at most."""
    return [schemas.SecurityEvent(**asdict(one)) for one in known.events_of(user_id=signed_in_id(request))]


@ME.post("/auth/prove", response={200: schemas.Proved, **REFUSED, **OFTEN}, url_name="api_prove")
def prove(request: HttpRequest, order: schemas.ProofOrder) -> schemas.Proved:
    """Prove again who you are, for ten minutes of this sign-in: what is dear asks for it ("step_up_needed").

    Who has a second factor shows a code of it; others their password.
    """
    user_id, where = signed_in_id(request), circumstances(request)
    if order.code is not None:
        by = proving.prove_by_code(user_id=user_id, code=order.code, **where)
    else:
        email = queries.person(user_id=user_id).email
        operations.count_password_attempt(email=email, now=where["now"])
        try:
            operations.person_by_password(request=request, email=email, password=order.password or "")
        except operations.SignInRefused as refused:  # they are in already: it is the proof that is refused
            raise proving.ProofRefused(refused.sentence) from refused
        by = "password"
    proving.note_proof(sign_in_id=this_sign_in(request), user_id=user_id, by=by, now=where["now"])
    return schemas.Proved(expires_at=where["now"] + PROOF_LIFE)


@ME.post("/auth/own-password", response={204: None, **REFUSED}, url_name="api_password_set")
def password_set(request: HttpRequest, order: schemas.ChosenPassword) -> tuple[int, None]:
    """Choose your password. Every other sign-in ends."""
    must_be_stepped_up(request)
    passwords.choose_password(
        user_id=signed_in_id(request), password=order.password, keep=this_sign_in(request), **circumstances(request)
    )
    proving.keep_session(request=request, sign_in_id=this_sign_in(request), user_id=signed_in_id(request))
    return 204, None


@ME.post("/auth/own-password/remove", response={204: None, **REFUSED}, url_name="api_password_remove")
def password_remove(request: HttpRequest) -> tuple[int, None]:
    """Come in without a password from now on. Every other sign-in ends."""
    must_be_stepped_up(request)
    passwords.give_password_up(user_id=signed_in_id(request), keep=this_sign_in(request), **circumstances(request))
    proving.keep_session(request=request, sign_in_id=this_sign_in(request), user_id=signed_in_id(request))
    return 204, None


@ME.post("/auth/address", response={202: None, **REFUSED, **OFTEN}, url_name="api_address_ask")
def address_ask(request: HttpRequest, order: schemas.AddressOrder) -> tuple[int, None]:
    """Ask for another mail address. A link goes there; the answer is the same whoever lives there."""
    must_be_stepped_up(request)
    limits.count_link(address=client_address_of(request), now=clock.wall())
    form = AddressForm({"email": order.email})
    if not form.is_valid():
        raise addresses.AddressRefused("That is no mail address")
    addresses.ask_for_address(
        user_id=signed_in_id(request), email=form.cleaned_data["email"], now=clock.wall(), told_at=clock.now()
    )
    return 202, None


@ME.post("/auth/address/confirm", response={200: schemas.NewAddress, **REFUSED}, url_name="api_address_confirm")
def address_confirm(request: HttpRequest, order: schemas.AddressToken) -> schemas.NewAddress:
    """Move to the address to which the link was mailed. Every other sign-in ends; the old address is told."""
    must_be_stepped_up(request)
    user_id = signed_in_id(request)
    moved_to = addresses.confirm_address(
        token=order.token, user_id=user_id, keep=this_sign_in(request), **circumstances(request)
    )
    proving.keep_session(request=request, sign_in_id=this_sign_in(request), user_id=user_id)
    return schemas.NewAddress(email=moved_to)


@ME.post("/auth/app", response={200: schemas.Enrolment, **REFUSED}, url_name="api_app_begin")
def app_begin(request: HttpRequest, response: HttpResponse) -> schemas.Enrolment:
    """Begin with an authenticator app: it counts once a code of it was confirmed, within half an hour."""
    must_be_stepped_up(request)
    response["Cache-Control"] = "no-store"
    begun = operations_of_factors.begin_app(user_id=signed_in_id(request), now=clock.wall())
    return schemas.Enrolment(secret=begun.secret, address=begun.address)


@ME.post("/auth/app/confirm", response={200: schemas.RecoveryCodes, **REFUSED, **OFTEN}, url_name="api_app_confirm")
def app_confirm(request: HttpRequest, response: HttpResponse, order: schemas.AppCode) -> schemas.RecoveryCodes:
    """Enrol the app by a code of it. Every other sign-in ends. Recovery codes are told once."""
    must_be_stepped_up(request)
    response["Cache-Control"] = "no-store"
    user_id, this_one, where = signed_in_id(request), this_sign_in(request), circumstances(request)
    codes = operations_of_factors.confirm_app(user_id=user_id, code=order.code, keep=this_one, **where)
    proving.note_proof(sign_in_id=this_one, user_id=user_id, by="totp", now=where["now"])
    return schemas.RecoveryCodes(codes=codes)


@ME.post("/auth/app/remove", response={204: None, **REFUSED}, url_name="api_app_remove")
def app_remove(request: HttpRequest) -> tuple[int, None]:
    """Ask for no codes of the app any more. Every other sign-in ends."""
    must_be_stepped_up(request)
    operations_of_factors.remove_app(
        user_id=signed_in_id(request), keep=this_sign_in(request), **circumstances(request)
    )
    return 204, None


@ME.post("/auth/recovery-codes", response={200: schemas.RecoveryCodes, **REFUSED}, url_name="api_recovery_renew")
def recovery_renew(request: HttpRequest, response: HttpResponse) -> schemas.RecoveryCodes:
    """Ten new recovery codes, told once. Those from before are void."""
    must_be_stepped_up(request)
    response["Cache-Control"] = "no-store"
    codes = operations_of_factors.renew_recovery_codes(user_id=signed_in_id(request), **circumstances(request))
    return schemas.RecoveryCodes(codes=codes)


@ME.post("/auth/passkeys/{uuid:passkey_id}/remove", response={204: None, **REFUSED}, url_name="api_passkey_remove")
def passkey_remove(request: HttpRequest, passkey_id: UUID) -> tuple[int, None]:
    """Let a passkey open nothing any more. Every other sign-in ends. One that is not yours gets the same answer."""
    must_be_stepped_up(request)
    passkeys.remove_passkey(
        user_id=signed_in_id(request),
        passkey_id=passkey_id,
        keep=this_sign_in(request),
        **circumstances(request),
    )
    return 204, None
