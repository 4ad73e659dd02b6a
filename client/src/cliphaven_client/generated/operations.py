# Made from docs/openapi.json by client/generate.py. Do not change it here.
"""What can be asked for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter

from cliphaven_client.generated import models
from cliphaven_client.transport import File, Group, Transport, new_key, nothing

_LIST_OF_ALARM: TypeAdapter[list[models.Alarm]] = TypeAdapter(list[models.Alarm])
_LIST_OF_APIKEY: TypeAdapter[list[models.ApiKey]] = TypeAdapter(list[models.ApiKey])
_LIST_OF_BALANCE: TypeAdapter[list[models.Balance]] = TypeAdapter(list[models.Balance])
_LIST_OF_CHANGEDBANK: TypeAdapter[list[models.ChangedBank]] = TypeAdapter(list[models.ChangedBank])
_LIST_OF_CHANNEL: TypeAdapter[list[models.Channel]] = TypeAdapter(list[models.Channel])
_LIST_OF_ENDPOINT: TypeAdapter[list[models.Endpoint]] = TypeAdapter(list[models.Endpoint])
_LIST_OF_EVENTKIND: TypeAdapter[list[models.EventKind]] = TypeAdapter(list[models.EventKind])
_LIST_OF_PERSON: TypeAdapter[list[models.Person]] = TypeAdapter(list[models.Person])
_LIST_OF_SECURITYEVENT: TypeAdapter[list[models.SecurityEvent]] = TypeAdapter(list[models.SecurityEvent])
_LIST_OF_SIGNIN: TypeAdapter[list[models.SignIn]] = TypeAdapter(list[models.SignIn])
_LIST_OF_WALLET: TypeAdapter[list[models.Wallet]] = TypeAdapter(list[models.Wallet])
_TOKENS_OR_SECONDFACTORWANTED: TypeAdapter[models.Tokens | models.SecondFactorWanted] = TypeAdapter(
    models.Tokens | models.SecondFactorWanted
)


class You(Group):
    """You: what opens your account; You; You: keys for programs."""

    def address_ask(self, *, email: str) -> None:
        """Ask for another mail address. A link goes there; the answer is the same whoever lives there."""
        return self._transport.ask("POST", "/api/v1/auth/address", body={"email": email}, gives=nothing)

    def address_confirm(self, *, token: str) -> models.NewAddress:
        """Move to the address to which the link was mailed. Every other sign-in ends; the old address is told."""
        return self._transport.ask(
            "POST", "/api/v1/auth/address/confirm", body={"token": token}, gives=models.NewAddress.model_validate_json
        )

    def app_begin(self) -> models.Enrolment:
        """Begin with an authenticator app: it counts once a code of it was confirmed, within half an hour."""
        return self._transport.ask("POST", "/api/v1/auth/app", gives=models.Enrolment.model_validate_json)

    def app_confirm(self, *, code: str) -> models.RecoveryCodes:
        """Enrol the app by a code of it. Every other sign-in ends. Recovery codes are told once."""
        return self._transport.ask(
            "POST", "/api/v1/auth/app/confirm", body={"code": code}, gives=models.RecoveryCodes.model_validate_json
        )

    def app_remove(self) -> None:
        """Ask for no codes of the app any more. Every other sign-in ends."""
        return self._transport.ask("POST", "/api/v1/auth/app/remove", gives=nothing)

    def factors(self) -> models.Factors:
        """What you can prove who you are with, beside your mail."""
        return self._transport.ask("GET", "/api/v1/auth/factors", gives=models.Factors.model_validate_json)

    def inbox(
        self,
        *,
        before: int | None = None,
        kind: Literal["security", "money", "clips", "doubts", "files", "programs", "staff"] | None = None,
        unread: bool | None = None,
    ) -> models.Inbox:
        """What you were told, the newest first, thirty at a time."""
        return self._transport.ask(
            "GET",
            "/api/v1/inbox",
            query={"before": before, "kind": kind, "unread": unread},
            gives=models.Inbox.model_validate_json,
        )

    def inbox_all(
        self,
        *,
        kind: Literal["security", "money", "clips", "doubts", "files", "programs", "staff"] | None = None,
        unread: bool | None = None,
    ) -> Iterator[models.Message]:
        """All of `inbox`, one after the other: the next page is asked for when it is needed."""
        page = self.inbox(kind=kind, unread=unread)
        yield from page.messages
        while page.next_before:
            page = self.inbox(kind=kind, unread=unread, before=page.next_before)
            yield from page.messages

    def inbox_read(self, *, up_to: int) -> None:
        """You have read all up to this message. Said again it changes nothing."""
        return self._transport.ask("POST", "/api/v1/inbox/read", body={"up_to": up_to}, gives=nothing)

    def invitation_accept(self, *, token: str, idempotency_key: str = "") -> None:
        """Become a member of the organisation that invited you, once."""
        return self._transport.ask(
            "POST",
            "/api/v1/auth/invitations/accept",
            body={"token": token},
            key=idempotency_key or new_key(),
            gives=nothing,
        )

    def key_make(
        self,
        *,
        name: str,
        face: Literal["creator", "sponsor", "staff"],
        scopes: Sequence[Literal["read", "submit", "money", "members"]],
        days: int | None = None,
    ) -> models.MadeKey:
        """Make a key. Its secret is in this answer and nowhere else: if the answer was lost, revoke it and make
        another.

        Prove first that it is you.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/auth/keys",
            body={"name": name, "face": face, "scopes": scopes, "days": days},
            gives=models.MadeKey.model_validate_json,
        )

    def key_revoke(self, *, key_id: UUID) -> None:
        """Make a key void at once. One that is void already, or not yours, gets the same answer."""
        return self._transport.ask(
            "POST", "/api/v1/auth/keys/{key_id}/revoke", path_values={"key_id": key_id}, gives=nothing
        )

    def keys(self) -> list[models.ApiKey]:
        """Your keys, and as an owner all of the organisation; those that were revoked, too. No key may ask this."""
        return self._transport.ask("GET", "/api/v1/auth/keys", gives=_LIST_OF_APIKEY.validate_json)

    def mail(self) -> models.Mail:
        """How you want to hear of each kind by mail, and whether mail arrives."""
        return self._transport.ask("GET", "/api/v1/me/mail", gives=models.Mail.model_validate_json)

    def mail_wish(
        self, *, kind: Literal["money", "clips", "doubts", "files", "programs", "staff"], wish: models.Wish
    ) -> models.Mail:
        """Say how you want to hear of a kind. Said again it changes nothing."""
        return self._transport.ask(
            "POST", "/api/v1/me/mail", body={"kind": kind, "wish": wish}, gives=models.Mail.model_validate_json
        )

    def me(self) -> models.Me:
        """Who you are here."""
        return self._transport.ask("GET", "/api/v1/me", gives=models.Me.model_validate_json)

    def measuring(self) -> models.Measuring:
        """Whether what you do here is measured. It never is before you said yes."""
        return self._transport.ask("GET", "/api/v1/me/measuring", gives=models.Measuring.model_validate_json)

    def measuring_answer(self, *, yes: bool) -> models.Measuring:
        """Say whether what you do may be measured. A no counts at once, and what was told is deleted."""
        return self._transport.ask(
            "POST", "/api/v1/me/measuring", body={"yes": yes}, gives=models.Measuring.model_validate_json
        )

    def passkey_remove(self, *, passkey_id: UUID) -> None:
        """Let a passkey open nothing any more. Every other sign-in ends. One that is not yours gets the same
        answer.
        """
        return self._transport.ask(
            "POST", "/api/v1/auth/passkeys/{passkey_id}/remove", path_values={"passkey_id": passkey_id}, gives=nothing
        )

    def password_remove(self) -> None:
        """Come in without a password from now on. Every other sign-in ends."""
        return self._transport.ask("POST", "/api/v1/auth/own-password/remove", gives=nothing)

    def password_set(self, *, password: str) -> None:
        """Choose your password. Every other sign-in ends."""
        return self._transport.ask("POST", "/api/v1/auth/own-password", body={"password": password}, gives=nothing)

    def prove(self, *, code: str | None = None, password: str | None = None) -> models.Proved:
        """Prove again who you are, for ten minutes of this sign-in: what is dear asks for it ("step_up_needed").

        Who has a second factor shows a code of it; others their password.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/auth/prove",
            body={"code": code, "password": password},
            gives=models.Proved.model_validate_json,
        )

    def recovery_renew(self) -> models.RecoveryCodes:
        """Ten new recovery codes, told once. Those from before are void."""
        return self._transport.ask(
            "POST", "/api/v1/auth/recovery-codes", gives=models.RecoveryCodes.model_validate_json
        )

    def security_events(self) -> list[models.SecurityEvent]:
        """What was changed last about how you come in, the newest first, twenty at most."""
        return self._transport.ask("GET", "/api/v1/auth/events", gives=_LIST_OF_SECURITYEVENT.validate_json)

    def sign_in_end(self, *, sign_in_id: UUID) -> None:
        """End one of your sign-ins. One that is over, or not yours, gets the same answer."""
        return self._transport.ask(
            "POST", "/api/v1/auth/sign-ins/{sign_in_id}/end", path_values={"sign_in_id": sign_in_id}, gives=nothing
        )

    def sign_ins(self) -> list[models.SignIn]:
        """Where you are signed in, the one used last first: up to fifty browsers and fifty programs."""
        return self._transport.ask("GET", "/api/v1/auth/sign-ins", gives=_LIST_OF_SIGNIN.validate_json)

    def sign_out(self) -> None:
        """End the sign-in whose token is shown, with all tokens of it."""
        return self._transport.ask("POST", "/api/v1/auth/logout", gives=nothing)

    def sign_out_everywhere(self) -> None:
        """End every sign-in of yours: this one, other programs, and browsers."""
        return self._transport.ask("POST", "/api/v1/auth/logout-everywhere", gives=nothing)


class Auth(Group):
    """Signing in."""

    def ask_for_link(self, *, email: str) -> models.AskedLink:
        """Have a code mailed to an address, if somebody lives there. Three mails within a quarter of an hour."""
        return self._transport.ask(
            "POST", "/api/v1/auth/link", body={"email": email}, gives=models.AskedLink.model_validate_json
        )

    def refresh_tokens(self, *, refresh_token: str) -> models.Tokens:
        """Exchange a refresh token for the next pair. One that was used before ends everything the person has
        open.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/auth/refresh",
            body={"refresh_token": refresh_token},
            gives=models.Tokens.model_validate_json,
        )

    def revoke(self, *, token: str) -> None:
        """Make a token void at once, whoever shows it. What is no token of ours gets the same answer."""
        return self._transport.ask("POST", "/api/v1/auth/revoke", body={"token": token}, gives=nothing)

    def second_factor(self, *, ticket: str, code: str, program: str | None = None) -> models.Tokens:
        """Show the second factor with the ticket of the first. Five tries of a person within a quarter of an hour."""
        return self._transport.ask(
            "POST",
            "/api/v1/auth/second-factor",
            body={"ticket": ticket, "code": code, "program": program},
            gives=models.Tokens.model_validate_json,
        )

    def sign_in_code(
        self, *, request: str, code: str, program: str | None = None
    ) -> models.Tokens | models.SecondFactorWanted:
        """Sign a program in with the code of a mail, once, within ten minutes and five tries."""
        return self._transport.ask(
            "POST",
            "/api/v1/auth/link/confirm",
            body={"request": request, "code": code, "program": program},
            gives=_TOKENS_OR_SECONDFACTORWANTED.validate_json,
        )

    def sign_in_password(
        self, *, email: str, password: str, program: str | None = None
    ) -> models.Tokens | models.SecondFactorWanted:
        """Sign a program in with address and password. Five tries on an address within a quarter of an hour."""
        return self._transport.ask(
            "POST",
            "/api/v1/auth/password",
            body={"email": email, "password": password, "program": program},
            gives=_TOKENS_OR_SECONDFACTORWANTED.validate_json,
        )


class Creator(Group):
    """Creators: your money; Creators: your clips and channels; Creators: doubts about your clips."""

    def analytics(self, *, clip_id: int) -> models.AskedAnalytics:
        """Whether we asked for the analytics of your clip, and what you showed. Nothing follows from no answer."""
        return self._transport.ask(
            "GET",
            "/api/v1/clips/{clip_id}/analytics",
            path_values={"clip_id": clip_id},
            gives=models.AskedAnalytics.model_validate_json,
        )

    def appeal(
        self, *, case_id: int, text: str, file: File | None = None, idempotency_key: str = ""
    ) -> models.Appealed:
        """Appeal, once against each decision; with a picture, a PDF or a table (CSV) of two megabytes at most.

        Another person answers within 72 hours; if nobody does, you are right.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/doubts/{case_id}/appeal",
            path_values={"case_id": case_id},
            form={"text": text, "file": file},
            key=idempotency_key or new_key(),
            gives=models.Appealed.model_validate_json,
        )

    def balance(self) -> list[models.Balance]:
        """Your money in each currency, with a reason for everything that is not paid on the next payday."""
        return self._transport.ask("GET", "/api/v1/balance", gives=_LIST_OF_BALANCE.validate_json)

    def bank_disown(self) -> models.Done:
        """Say that somebody else changed your bank account: nothing goes out until our staff has spoken with you."""
        return self._transport.ask("POST", "/api/v1/payouts/not-me", gives=models.Done.model_validate_json)

    def channel_add(self, *, platform: Literal["tiktok", "instagram", "youtube"], profile: str) -> models.Channel:
        """Add a channel; its code is to be put into its bio. Adding one twice changes nothing."""
        return self._transport.ask(
            "POST",
            "/api/v1/channels",
            body={"platform": platform, "profile": profile},
            gives=models.Channel.model_validate_json,
        )

    def channel_check(self, *, channel_id: int) -> models.Asked:
        """Have the profile read for its code, or get a new code if the old one has expired."""
        return self._transport.ask(
            "POST",
            "/api/v1/channels/{channel_id}/check",
            path_values={"channel_id": channel_id},
            gives=models.Asked.model_validate_json,
        )

    def channel_remove(self, *, channel_id: int) -> None:
        """Take a channel off your list that was never proved."""
        return self._transport.ask(
            "POST", "/api/v1/channels/{channel_id}/remove", path_values={"channel_id": channel_id}, gives=nothing
        )

    def channels(self) -> list[models.Channel]:
        """Your channels, the proved ones first."""
        return self._transport.ask("GET", "/api/v1/channels", gives=_LIST_OF_CHANNEL.validate_json)

    def clip(self, *, clip_id: int) -> models.ClipDetail:
        """One of your clips, and how it fares under each rule of its terms."""
        return self._transport.ask(
            "GET",
            "/api/v1/clips/{clip_id}",
            path_values={"clip_id": clip_id},
            gives=models.ClipDetail.model_validate_json,
        )

    def clip_resubmit(self, *, clip_id: int, note: str) -> models.ClipDetail:
        """Answer a refusal: the clip goes back into the queue, three times at most, and the platform is asked
        again.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/clips/{clip_id}/resubmit",
            path_values={"clip_id": clip_id},
            body={"note": note},
            gives=models.ClipDetail.model_validate_json,
        )

    def clips(self, *, before: int | None = None) -> models.Clips:
        """Your clips, newest first."""
        return self._transport.ask(
            "GET", "/api/v1/clips", query={"before": before}, gives=models.Clips.model_validate_json
        )

    def clips_all(self) -> Iterator[models.Clip]:
        """All of `clips`, one after the other: the next page is asked for when it is needed."""
        page = self.clips()
        yield from page.clips
        while page.next_before:
            page = self.clips(before=page.next_before)
            yield from page.clips

    def clips_check(self, *, campaign: int, urls: Sequence[str]) -> models.Checked:
        """How links would fare under each rule of a campaign, before you submit them. Nothing is kept of them.

        Thirty times an hour.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/clips/check",
            body={"campaign": campaign, "urls": urls},
            gives=models.Checked.model_validate_json,
        )

    def clips_submit(self, *, campaign: int, urls: Sequence[str], idempotency_key: str = "") -> models.Submitted:
        """Submit up to fifty links; one result for each. `Idempotency-Replayed` tells an answer that was given
        before.

        Thirty times an hour.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/clips",
            body={"campaign": campaign, "urls": urls},
            key=idempotency_key or new_key(),
            gives=models.Submitted.model_validate_json,
        )

    def doubts(self, *, clip_id: int) -> models.OwnDoubts:
        """Why money of your clip is or was held, of which views, how much, until when, and whether you can appeal."""
        return self._transport.ask(
            "GET",
            "/api/v1/clips/{clip_id}/doubts",
            path_values={"clip_id": clip_id},
            gives=models.OwnDoubts.model_validate_json,
        )

    def doubts_all(self) -> models.OwnDoubts:
        """The doubts about your clips against which you can say something now, what ends first at the top."""
        return self._transport.ask("GET", "/api/v1/doubts", gives=models.OwnDoubts.model_validate_json)

    def give(
        self, *, clip_id: int, file: File, text: str | None = None, idempotency_key: str = ""
    ) -> models.GivenAnalytics:
        """Show the analytics that we asked for, once: a picture, a PDF or a table (CSV) of two megabytes at most."""
        return self._transport.ask(
            "POST",
            "/api/v1/clips/{clip_id}/analytics",
            path_values={"clip_id": clip_id},
            form={"file": file, "text": text},
            key=idempotency_key or new_key(),
            gives=models.GivenAnalytics.model_validate_json,
        )

    def payout(self, *, batch_id: int, currency: str) -> models.Payout:
        """One of your payouts, with its way to your bank."""
        return self._transport.ask(
            "GET",
            "/api/v1/payouts/{batch_id}-{currency}",
            path_values={"batch_id": batch_id, "currency": currency},
            gives=models.Payout.model_validate_json,
        )

    def payouts(self, *, before: int | None = None) -> models.Payouts:
        """Your payouts, newest first."""
        return self._transport.ask(
            "GET", "/api/v1/payouts", query={"before": before}, gives=models.Payouts.model_validate_json
        )

    def payouts_all(self) -> Iterator[models.Payout]:
        """All of `payouts`, one after the other: the next page is asked for when it is needed."""
        page = self.payouts()
        yield from page.payouts
        while page.next_before:
            page = self.payouts(before=page.next_before)
            yield from page.payouts


class Public(Group):
    """Everybody."""

    def fairness(self) -> models.Fairness:
        """What was held, what came back, how long it took and who was right, in the last ninety days."""
        return self._transport.ask("GET", "/api/v1/fairness", gives=models.Fairness.model_validate_json)


class YourFiles(Group):
    """Your files."""

    def file(self, *, file_id: UUID) -> models.FileNow:
        """How far a file is that you asked to bring."""
        return self._transport.ask(
            "GET", "/api/v1/files/{file_id}", path_values={"file_id": file_id}, gives=models.FileNow.model_validate_json
        )

    def file_arrived(self, *, file_id: UUID) -> models.FileNow:
        """Say that you have sent it, so that it is looked at now; a minute later it would be found anyhow."""
        return self._transport.ask(
            "POST",
            "/api/v1/files/{file_id}/arrived",
            path_values={"file_id": file_id},
            gives=models.FileNow.model_validate_json,
        )


class Sponsor(Group):
    """Sponsors: your wallet; Sponsors: views in doubt; Sponsors: your organisation."""

    def campaign_doubts(self, *, campaign_id: int) -> models.CampaignDoubts:
        """Which views of a campaign are held and until when, which were left out, and what was credited."""
        return self._transport.ask(
            "GET",
            "/api/v1/sponsor/campaigns/{campaign_id}/doubts",
            path_values={"campaign_id": campaign_id},
            gives=models.CampaignDoubts.model_validate_json,
        )

    def cover(
        self,
        *,
        campaign_id: int,
        content_type: str,
        size_bytes: int,
        name: str | None = None,
        idempotency_key: str = "",
    ) -> models.Leave:
        """Bring a picture of a campaign of yours: answers where to send it, within a quarter of an hour. It is
        looked at, and shown once it was found to be one; until then nobody sees it.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/campaigns/{campaign_id}/cover",
            path_values={"campaign_id": campaign_id},
            body={"content_type": content_type, "size_bytes": size_bytes, "name": name},
            key=idempotency_key or new_key(),
            gives=models.Leave.model_validate_json,
        )

    def cover_remove(self, *, campaign_id: int) -> None:
        """Show no picture of a campaign of yours any more."""
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/campaigns/{campaign_id}/cover/remove",
            path_values={"campaign_id": campaign_id},
            gives=nothing,
        )

    def credit_note(self, *, note_id: int) -> models.WholeCreditNote:
        """One credit note with the entries that it is about."""
        return self._transport.ask(
            "GET",
            "/api/v1/sponsor/credit-notes/{note_id}",
            path_values={"note_id": note_id},
            gives=models.WholeCreditNote.model_validate_json,
        )

    def credit_notes(self, *, before: int | None = None, campaign: int | None = None) -> models.CreditNotes:
        """Your credit notes, newest first."""
        return self._transport.ask(
            "GET",
            "/api/v1/sponsor/credit-notes",
            query={"before": before, "campaign": campaign},
            gives=models.CreditNotes.model_validate_json,
        )

    def credit_notes_all(self, *, campaign: int | None = None) -> Iterator[models.CreditNote]:
        """All of `credit_notes`, one after the other: the next page is asked for when it is needed."""
        page = self.credit_notes(campaign=campaign)
        yield from page.notes
        while page.next_before:
            page = self.credit_notes(campaign=campaign, before=page.next_before)
            yield from page.notes

    def documents(self, *, before: int | None = None) -> models.Documents:
        """Your receipts, notes and invoices, newest first, and where to read each as PDF."""
        return self._transport.ask(
            "GET", "/api/v1/sponsor/documents", query={"before": before}, gives=models.Documents.model_validate_json
        )

    def documents_all(self) -> Iterator[models.Document]:
        """All of `documents`, one after the other: the next page is asked for when it is needed."""
        page = self.documents()
        yield from page.documents
        while page.next_before:
            page = self.documents(before=page.next_before)
            yield from page.documents

    def invite(self, *, email: str, role: Literal["owner", "finance", "reviewer"], idempotency_key: str = "") -> None:
        """Mail somebody a way into the organisation. An open invitation of the same address is replaced."""
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/organisation/invitations",
            body={"email": email, "role": role},
            key=idempotency_key or new_key(),
            gives=nothing,
        )

    def member_remove(self, *, member_id: int) -> None:
        """Part a member from the organisation; all that they have open ends."""
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/organisation/members/{member_id}/remove",
            path_values={"member_id": member_id},
            gives=nothing,
        )

    def member_role(self, *, member_id: int, role: Literal["owner", "finance", "reviewer"]) -> None:
        """Give a member another role, from the next request on."""
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/organisation/members/{member_id}/role",
            path_values={"member_id": member_id},
            body={"role": role},
            gives=nothing,
        )

    def organisation(self) -> models.Organisation:
        """Who belongs to your organisation, and who is invited."""
        return self._transport.ask("GET", "/api/v1/sponsor/organisation", gives=models.Organisation.model_validate_json)

    def refund(self, *, amount: models.MoneyOrder, idempotency_key: str = "") -> models.Refunds:
        """Give money of a wallet back to where it was paid from, if you proved lately that it is you. Answers its
        parts.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/wallets/refund",
            body={"amount": amount},
            key=idempotency_key or new_key(),
            gives=models.Refunds.model_validate_json,
        )

    def refunds(self, *, before: int | None = None) -> models.Refunds:
        """What was asked back, one part for each payment, newest first."""
        return self._transport.ask(
            "GET", "/api/v1/sponsor/refunds", query={"before": before}, gives=models.Refunds.model_validate_json
        )

    def refunds_all(self) -> Iterator[models.Refund]:
        """All of `refunds`, one after the other: the next page is asked for when it is needed."""
        page = self.refunds()
        yield from page.refunds
        while page.next_before:
            page = self.refunds(before=page.next_before)
            yield from page.refunds

    def wallet_entries(self, *, currency: str, before: int | None = None) -> models.WalletLines:
        """Every line of a wallet in the books, newest first."""
        return self._transport.ask(
            "GET",
            "/api/v1/sponsor/wallets/{currency}/entries",
            path_values={"currency": currency},
            query={"before": before},
            gives=models.WalletLines.model_validate_json,
        )

    def wallet_entries_all(self, *, currency: str) -> Iterator[models.WalletLine]:
        """All of `wallet_entries`, one after the other: the next page is asked for when it is needed."""
        page = self.wallet_entries(currency=currency)
        yield from page.entries
        while page.next_before:
            page = self.wallet_entries(currency=currency, before=page.next_before)
            yield from page.entries

    def wallets(self) -> list[models.Wallet]:
        """Your money in each currency: what is free, what is in campaigns, what can go back, and why the rest
        cannot.
        """
        return self._transport.ask("GET", "/api/v1/sponsor/wallets", gives=_LIST_OF_WALLET.validate_json)

    def withdraw(self, *, invitation_id: int) -> None:
        """Make an open invitation void. One that is over, or not yours, gets the same answer."""
        return self._transport.ask(
            "POST",
            "/api/v1/sponsor/organisation/invitations/{invitation_id}/withdraw",
            path_values={"invitation_id": invitation_id},
            gives=nothing,
        )


class Earnings(Group):
    """Staff: earnings."""

    def clip_money(self, *, clip_id: int, before: int | None = None) -> models.ClipMoney:
        """One clip's money: each entry with its readings, its stage, and its names in the books."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/earnings/clips/{clip_id}",
            path_values={"clip_id": clip_id},
            query={"before": before},
            gives=models.ClipMoney.model_validate_json,
        )

    def clip_money_all(self, *, clip_id: int) -> Iterator[models.EarningEntry]:
        """All of `clip_money`, one after the other: the next page is asked for when it is needed."""
        page = self.clip_money(clip_id=clip_id)
        yield from page.entries
        while page.next_before:
            page = self.clip_money(clip_id=clip_id, before=page.next_before)
            yield from page.entries

    def extend_holds(
        self, *, clip_id: int, holds: Sequence[int], note: str, until: datetime, idempotency_key: str = ""
    ) -> models.Moved:
        """Let holds of a clip end later; the creator is told why."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/earnings/clips/{clip_id}/extend",
            path_values={"clip_id": clip_id},
            body={"holds": holds, "note": note, "until": until},
            key=idempotency_key or new_key(),
            gives=models.Moved.model_validate_json,
        )

    def hold(
        self,
        *,
        clip_id: int,
        entries: Sequence[int],
        reason: models.HoldReason,
        note: str,
        until: datetime,
        idempotency_key: str = "",
    ) -> models.Moved:
        """Keep unpaid entries of a clip apart until a moment; the creator is told why."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/earnings/clips/{clip_id}/hold",
            path_values={"clip_id": clip_id},
            body={"entries": entries, "reason": reason, "note": note, "until": until},
            key=idempotency_key or new_key(),
            gives=models.Moved.model_validate_json,
        )

    def holds(self, *, after: str | None = None) -> models.HeldPage:
        """What is held, what ends first at the top."""
        return self._transport.ask(
            "GET", "/api/v1/staff/earnings/holds", query={"after": after}, gives=models.HeldPage.model_validate_json
        )

    def holds_all(self) -> Iterator[models.Held]:
        """All of `holds`, one after the other: the next page is asked for when it is needed."""
        page = self.holds()
        yield from page.held
        while page.next_after:
            page = self.holds(after=page.next_after)
            yield from page.held

    def release_holds(
        self, *, clip_id: int, holds: Sequence[int], note: str, idempotency_key: str = ""
    ) -> models.Moved:
        """Let holds of a clip go: the money is back where it was, and the creator is told."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/earnings/clips/{clip_id}/release",
            path_values={"clip_id": clip_id},
            body={"holds": holds, "note": note},
            key=idempotency_key or new_key(),
            gives=models.Moved.model_validate_json,
        )

    def reversal_preview(self, *, clip_id: int, entries: str | None = None) -> models.Preview:
        """What reversing these entries would take from where. Nothing is written."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/earnings/clips/{clip_id}/reversal",
            path_values={"clip_id": clip_id},
            query={"entries": entries},
            gives=models.Preview.model_validate_json,
        )

    def reverse(
        self,
        *,
        clip_id: int,
        entries: Sequence[int],
        reason: models.ReversalReason,
        note: str,
        claw_back: bool | None = None,
        expected: models.Reversed | None = None,
        idempotency_key: str = "",
    ) -> models.Reversed:
        """Reverse entries of a clip: what is unpaid is voided, with `claw_back` what was paid is taken back, too."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/earnings/clips/{clip_id}/reverse",
            path_values={"clip_id": clip_id},
            body={"entries": entries, "reason": reason, "note": note, "claw_back": claw_back, "expected": expected},
            key=idempotency_key or new_key(),
            gives=models.Reversed.model_validate_json,
        )


class Payday(Group):
    """Staff: payday."""

    def alarms(self) -> list[models.Alarm]:
        """What about payday a person must see now, the oldest first."""
        return self._transport.ask("GET", "/api/v1/staff/payday/alarms", gives=_LIST_OF_ALARM.validate_json)

    def bank_payouts(self, *, week: str, state: str | None = None, after: int | None = None) -> models.Items:
        """A run's payouts to banks, every attempt an item; of one state where given."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/payday/batches/{week}/payouts",
            path_values={"week": week},
            query={"state": state, "after": after},
            gives=models.Items.model_validate_json,
        )

    def bank_payouts_all(self, *, week: str, state: str | None = None) -> Iterator[models.Item]:
        """All of `bank_payouts`, one after the other: the next page is asked for when it is needed."""
        page = self.bank_payouts(week=week, state=state)
        yield from page.items
        while page.next_after:
            page = self.bank_payouts(week=week, state=state, after=page.next_after)
            yield from page.items

    def batch(self, *, week: str) -> models.BatchDetail:
        """A week's run: its money, its items by state, its alarms, and what the staff did to it."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/payday/batches/{week}",
            path_values={"week": week},
            gives=models.BatchDetail.model_validate_json,
        )

    def batches(self, *, before: int | None = None) -> models.Batches:
        """All runs, newest first."""
        return self._transport.ask(
            "GET", "/api/v1/staff/payday/batches", query={"before": before}, gives=models.Batches.model_validate_json
        )

    def batches_all(self) -> Iterator[models.Batch]:
        """All of `batches`, one after the other: the next page is asked for when it is needed."""
        page = self.batches()
        yield from page.batches
        while page.next_before:
            page = self.batches(before=page.next_before)
            yield from page.batches

    def changed_banks(self, *, creator_id: int) -> list[models.ChangedBank]:
        """A creator's bank accounts that lately took another's place, and until when nothing goes there."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/payday/creators/{creator_id}/changed-banks",
            path_values={"creator_id": creator_id},
            gives=_LIST_OF_CHANGEDBANK.validate_json,
        )

    def hold_lift(self, *, creator_id: int, reason: str, bank_id: str, idempotency_key: str = "") -> models.Done:
        """Let payouts to a new bank account begin before its 72 hours are over. Prove first that it is you."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/creators/{creator_id}/lift-hold",
            path_values={"creator_id": creator_id},
            body={"reason": reason, "bank_id": bank_id},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def look_again(self, *, reversal_id: int) -> models.Done:
        """Have a reversal in review looked up anew, at Stripe and in the books."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/reversals/{reversal_id}/look-again",
            path_values={"reversal_id": reversal_id},
            gives=models.Done.model_validate_json,
        )

    def pause(
        self, *, creator_id: int, reason: models.PauseReason, note: str, idempotency_key: str = ""
    ) -> models.Done:
        """Pause one creator's payouts; the creator is told why and what to do."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/creators/{creator_id}/pause",
            path_values={"creator_id": creator_id},
            body={"reason": reason, "note": note},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def plan_again(self, *, week: str, idempotency_key: str = "") -> models.Done:
        """Have the week of a run that was sent back planned once more: by a job, within some minutes."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/batches/{week}/plan-again",
            path_values={"week": week},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def proof(self, *, week: str) -> models.Proof:
        """A run beside the books and Stripe, which is asked."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/payday/batches/{week}/proof",
            path_values={"week": week},
            gives=models.Proof.model_validate_json,
        )

    def rehearsal(self) -> models.Rehearsal:
        """The next Monday as it would be now, by the code that will do it. Nothing is written; Stripe is asked for
        cash.
        """
        return self._transport.ask("GET", "/api/v1/staff/payday/rehearsal", gives=models.Rehearsal.model_validate_json)

    def release(self, *, week: str, idempotency_key: str = "") -> models.Done:
        """Say that a run above the limit may go. It goes with the second person's word. Prove first that it is
        you.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/batches/{week}/release",
            path_values={"week": week},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def resume(self, *, week: str, idempotency_key: str = "") -> models.Done:
        """Let a stopped run go on."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/batches/{week}/resume",
            path_values={"week": week},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def send_back(self, *, week: str, reason: str, idempotency_key: str = "") -> models.Done:
        """Take back a run that waits to be released: nothing was sent, and all of it is payable again."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/batches/{week}/send-back",
            path_values={"week": week},
            body={"reason": reason},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def settle(self, *, reversal_id: int, reason: str, idempotency_key: str = "") -> models.Done:
        """Say that what was taken back was sent to the account again at Stripe. The second person's word books it."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/reversals/{reversal_id}/settle",
            path_values={"reversal_id": reversal_id},
            body={"reason": reason},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def stop(self, *, week: str, reason: str, idempotency_key: str = "") -> models.Done:
        """Send nothing more of a run until somebody lets it go on."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/batches/{week}/stop",
            path_values={"week": week},
            body={"reason": reason},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def take_back(self, *, transfer_id: int, reason: str, idempotency_key: str = "") -> models.Done:
        """Have what is left of a sent transfer taken back from Stripe, as long as it has gone on to no bank."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/transfers/{transfer_id}/take-back",
            path_values={"transfer_id": transfer_id},
            body={"reason": reason},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )

    def transfers(self, *, week: str, state: str | None = None, after: int | None = None) -> models.Items:
        """A run's transfers, in the order of planning; of one state where given."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/payday/batches/{week}/transfers",
            path_values={"week": week},
            query={"state": state, "after": after},
            gives=models.Items.model_validate_json,
        )

    def transfers_all(self, *, week: str, state: str | None = None) -> Iterator[models.Item]:
        """All of `transfers`, one after the other: the next page is asked for when it is needed."""
        page = self.transfers(week=week, state=state)
        yield from page.items
        while page.next_after:
            page = self.transfers(week=week, state=state, after=page.next_after)
            yield from page.items

    def unpause(self, *, creator_id: int, idempotency_key: str = "") -> models.Done:
        """Let one creator's payouts go on."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/payday/creators/{creator_id}/resume",
            path_values={"creator_id": creator_id},
            key=idempotency_key or new_key(),
            gives=models.Done.model_validate_json,
        )


class People(Group):
    """Staff: people."""

    def employ(
        self,
        *,
        reason: str,
        role: Literal["support", "risk", "finance", "admin"],
        email: str,
        name: str,
        idempotency_key: str = "",
    ) -> models.WholePerson:
        """Enter somebody of the staff, in a first role."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/people",
            body={"reason": reason, "role": role, "email": email, "name": name},
            key=idempotency_key or new_key(),
            gives=models.WholePerson.model_validate_json,
        )

    def people(self, *, q: str | None = None) -> list[models.Person]:
        """Everybody of the staff; with `q` up to fifty people whose address or name begins so."""
        return self._transport.ask("GET", "/api/v1/staff/people", query={"q": q}, gives=_LIST_OF_PERSON.validate_json)

    def person(self, *, user_id: int) -> models.WholePerson:
        """Somebody, with where they are signed in, and what was done to their account."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/people/{user_id}",
            path_values={"user_id": user_id},
            gives=models.WholePerson.model_validate_json,
        )

    def person_sign_out(self, *, user_id: int, reason: str, idempotency_key: str = "") -> models.WholePerson:
        """End all that a person has open; of staff for an admin alone."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/people/{user_id}/sign-out",
            path_values={"user_id": user_id},
            body={"reason": reason},
            key=idempotency_key or new_key(),
            gives=models.WholePerson.model_validate_json,
        )

    def person_switch(
        self, *, user_id: int, way: Literal["on", "off"], reason: str, idempotency_key: str = ""
    ) -> models.WholePerson:
        """Let nobody in as this person (off), or let them in again (on); of staff for an admin alone."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/people/{user_id}/switch/{way}",
            path_values={"user_id": user_id, "way": way},
            body={"reason": reason},
            key=idempotency_key or new_key(),
            gives=models.WholePerson.model_validate_json,
        )

    def role_grant(
        self,
        *,
        user_id: int,
        reason: str,
        role: Literal["support", "risk", "finance", "admin"],
        idempotency_key: str = "",
    ) -> models.WholePerson:
        """Give one of the staff a role, from their next request on. Never one's own."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/people/{user_id}/roles/give",
            path_values={"user_id": user_id},
            body={"reason": reason, "role": role},
            key=idempotency_key or new_key(),
            gives=models.WholePerson.model_validate_json,
        )

    def role_withdraw(
        self,
        *,
        user_id: int,
        reason: str,
        role: Literal["support", "risk", "finance", "admin"],
        idempotency_key: str = "",
    ) -> models.WholePerson:
        """Take a role from one of the staff, from their next request on. There is always an admin."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/people/{user_id}/roles/take",
            path_values={"user_id": user_id},
            body={"reason": reason, "role": role},
            key=idempotency_key or new_key(),
            gives=models.WholePerson.model_validate_json,
        )


class Risk(Group):
    """Staff: risk."""

    def analytics_file(self, *, request_id: int) -> bytes:
        """The analytics that a creator showed, to be saved."""
        return self._transport.ask(
            "GET", "/api/v1/staff/risk/analytics/{request_id}/file", path_values={"request_id": request_id}, gives=bytes
        )

    def appeal_answer(self, *, appeal_id: int, note: str, granted: bool, idempotency_key: str = "") -> models.Appealed:
        """Answer an appeal against what somebody else decided."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/appeals/{appeal_id}/answer",
            path_values={"appeal_id": appeal_id},
            body={"note": note, "granted": granted},
            key=idempotency_key or new_key(),
            gives=models.Appealed.model_validate_json,
        )

    def appeal_file(self, *, appeal_id: int) -> bytes:
        """The file that came with an appeal, to be saved and never shown by the browser as a page of ours."""
        return self._transport.ask(
            "GET", "/api/v1/staff/risk/appeals/{appeal_id}/file", path_values={"appeal_id": appeal_id}, gives=bytes
        )

    def appeals(self) -> models.WaitingAppeals:
        """Appeals that nobody answered yet."""
        return self._transport.ask("GET", "/api/v1/staff/risk/appeals", gives=models.WaitingAppeals.model_validate_json)

    def risk_against(self, *, case_id: int, note: str, idempotency_key: str = "") -> models.CaseNow:
        """Decide against the clip: nothing is taken before its creator could appeal."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/cases/{case_id}/against",
            path_values={"case_id": case_id},
            body={"note": note},
            key=idempotency_key or new_key(),
            gives=models.CaseNow.model_validate_json,
        )

    def risk_ask(self, *, case_id: int, note: str, idempotency_key: str = "") -> models.CaseNow:
        """Ask the creator for what their account's own analytics show."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/cases/{case_id}/ask",
            path_values={"case_id": case_id},
            body={"note": note},
            key=idempotency_key or new_key(),
            gives=models.CaseNow.model_validate_json,
        )

    def risk_case(self, *, case_id: int) -> models.WholeCase:
        """One case with all that it rests on."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/risk/cases/{case_id}",
            path_values={"case_id": case_id},
            gives=models.WholeCase.model_validate_json,
        )

    def risk_cases(
        self,
        *,
        after: str | None = None,
        effect: Literal["", "hold", "shadow", "bypass"] | None = None,
        under_way: bool | None = None,
    ) -> models.CaseQueue:
        """Cases by score times what is at stake: those under way, or those that are over."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/risk/cases",
            query={"after": after, "effect": effect, "under_way": under_way},
            gives=models.CaseQueue.model_validate_json,
        )

    def risk_cases_all(
        self, *, effect: Literal["", "hold", "shadow", "bypass"] | None = None, under_way: bool | None = None
    ) -> Iterator[models.CaseInQueue]:
        """All of `risk_cases`, one after the other: the next page is asked for when it is needed."""
        page = self.risk_cases(effect=effect, under_way=under_way)
        yield from page.cases
        while page.next_after:
            page = self.risk_cases(effect=effect, under_way=under_way, after=page.next_after)
            yield from page.cases

    def risk_evidence(self, *, case_id: int) -> models.CaseEvidence:
        """What a case holds, entry by entry, what a decision against it would take, and who and what is linked to
        it.
        """
        return self._transport.ask(
            "GET",
            "/api/v1/staff/risk/cases/{case_id}/evidence",
            path_values={"case_id": case_id},
            gives=models.CaseEvidence.model_validate_json,
        )

    def risk_extend(self, *, case_id: int, note: str, days: int, idempotency_key: str = "") -> models.CaseNow:
        """Hold longer, by thirty days at most; the creator is told why."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/cases/{case_id}/extend",
            path_values={"case_id": case_id},
            body={"note": note, "days": days},
            key=idempotency_key or new_key(),
            gives=models.CaseNow.model_validate_json,
        )

    def risk_history(self) -> models.PolicyHistory:
        """The versions of the policy: who made them, why, and what changed."""
        return self._transport.ask(
            "GET", "/api/v1/staff/risk/policy/history", gives=models.PolicyHistory.model_validate_json
        )

    def risk_note(self, *, case_id: int, note: str, idempotency_key: str = "") -> models.CaseNow:
        """Write something down for the others of the staff."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/cases/{case_id}/note",
            path_values={"case_id": case_id},
            body={"note": note},
            key=idempotency_key or new_key(),
            gives=models.CaseNow.model_validate_json,
        )

    def risk_policy(self) -> models.PolicyInForce:
        """The policy in force."""
        return self._transport.ask("GET", "/api/v1/staff/risk/policy", gives=models.PolicyInForce.model_validate_json)

    def risk_policy_preview(
        self,
        *,
        modes: Mapping[str, Literal["off", "shadow", "live"]],
        analytics_above_minor: Mapping[str, int] | None = None,
        appeal_days: int | None = None,
        bypass_basis_points: int | None = None,
        clawback_max_minor: Mapping[str, int] | None = None,
        credit_max_minor: Mapping[str, int] | None = None,
        credit_window_days: int | None = None,
        hold_days: int | None = None,
        hold_from_milli: int | None = None,
        live_from_percent: int | None = None,
        peer_table: int | None = None,
        probe_percent: int | None = None,
        release_below_milli: int | None = None,
        review_above_minor: Mapping[str, int] | None = None,
    ) -> models.RiskPolicyPreview:
        """What a policy would have held of the last thirty days, beside the one in force. Nothing is written."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/policy/preview",
            body={
                "modes": modes,
                "analytics_above_minor": analytics_above_minor,
                "appeal_days": appeal_days,
                "bypass_basis_points": bypass_basis_points,
                "clawback_max_minor": clawback_max_minor,
                "credit_max_minor": credit_max_minor,
                "credit_window_days": credit_window_days,
                "hold_days": hold_days,
                "hold_from_milli": hold_from_milli,
                "live_from_percent": live_from_percent,
                "peer_table": peer_table,
                "probe_percent": probe_percent,
                "release_below_milli": release_below_milli,
                "review_above_minor": review_above_minor,
            },
            gives=models.RiskPolicyPreview.model_validate_json,
        )

    def risk_policy_save(
        self,
        *,
        modes: Mapping[str, Literal["off", "shadow", "live"]],
        after: int,
        reason: str,
        analytics_above_minor: Mapping[str, int] | None = None,
        appeal_days: int | None = None,
        bypass_basis_points: int | None = None,
        clawback_max_minor: Mapping[str, int] | None = None,
        credit_max_minor: Mapping[str, int] | None = None,
        credit_window_days: int | None = None,
        despite_bar: Sequence[str] | None = None,
        hold_days: int | None = None,
        hold_from_milli: int | None = None,
        live_from_percent: int | None = None,
        peer_table: int | None = None,
        probe_percent: int | None = None,
        release_below_milli: int | None = None,
        review_above_minor: Mapping[str, int] | None = None,
        idempotency_key: str = "",
    ) -> models.SavedPolicy:
        """Save the next version of the policy, with the preview of what it would have done."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/policy/versions",
            body={
                "modes": modes,
                "after": after,
                "reason": reason,
                "analytics_above_minor": analytics_above_minor,
                "appeal_days": appeal_days,
                "bypass_basis_points": bypass_basis_points,
                "clawback_max_minor": clawback_max_minor,
                "credit_max_minor": credit_max_minor,
                "credit_window_days": credit_window_days,
                "despite_bar": despite_bar,
                "hold_days": hold_days,
                "hold_from_milli": hold_from_milli,
                "live_from_percent": live_from_percent,
                "peer_table": peer_table,
                "probe_percent": probe_percent,
                "release_below_milli": release_below_milli,
                "review_above_minor": review_above_minor,
            },
            key=idempotency_key or new_key(),
            gives=models.SavedPolicy.model_validate_json,
        )

    def risk_queue(
        self,
        *,
        band: Literal["", "review", "hold", "watch", "pass", "evidence", "shadow", "bypass"] | None = None,
        state: Literal["under_way", "open", "voiding", "appealed", "over", "released", "voided", "expired", "all"]
        | None = None,
        platform: str | None = None,
        signal: str | None = None,
        campaign: int | None = None,
        sort: Literal["worth", "held", "score", "ends", "newest", "oldest"] | None = None,
        after: str | None = None,
    ) -> models.RiskQueue:
        """Cases with the money that they hold now, by score times that money unless another order is asked for."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/risk/queue",
            query={
                "band": band,
                "state": state,
                "platform": platform,
                "signal": signal,
                "campaign": campaign,
                "sort": sort,
                "after": after,
            },
            gives=models.RiskQueue.model_validate_json,
        )

    def risk_queue_all(
        self,
        *,
        band: Literal["", "review", "hold", "watch", "pass", "evidence", "shadow", "bypass"] | None = None,
        state: Literal["under_way", "open", "voiding", "appealed", "over", "released", "voided", "expired", "all"]
        | None = None,
        platform: str | None = None,
        signal: str | None = None,
        campaign: int | None = None,
        sort: Literal["worth", "held", "score", "ends", "newest", "oldest"] | None = None,
    ) -> Iterator[models.QueuedCase]:
        """All of `risk_queue`, one after the other: the next page is asked for when it is needed."""
        page = self.risk_queue(band=band, state=state, platform=platform, signal=signal, campaign=campaign, sort=sort)
        yield from page.cases
        while page.next_after:
            page = self.risk_queue(
                band=band,
                state=state,
                platform=platform,
                signal=signal,
                campaign=campaign,
                sort=sort,
                after=page.next_after,
            )
            yield from page.cases

    def risk_release(self, *, case_id: int, note: str, idempotency_key: str = "") -> models.CaseNow:
        """Decide for the clip: what is held goes back within a minute."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/risk/cases/{case_id}/release",
            path_values={"case_id": case_id},
            body={"note": note},
            key=idempotency_key or new_key(),
            gives=models.CaseNow.model_validate_json,
        )

    def risk_signals(self) -> models.SignalsWithMoney:
        """The scorecard with the money that each signal held, let go and voided; and the sample that is never
        held.
        """
        return self._transport.ask(
            "GET", "/api/v1/staff/risk/signals", gives=models.SignalsWithMoney.model_validate_json
        )

    def scorecard(self) -> models.Scorecard:
        """How right each signal was in the last ninety days, by what people decided."""
        return self._transport.ask("GET", "/api/v1/staff/risk/scorecard", gives=models.Scorecard.model_validate_json)


class Tracking(Group):
    """Staff: tracking."""

    def call(self, *, call_id: int) -> models.CallWithClips:
        """One call, and what came of each clip that it was asked for."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/tracking/calls/{call_id}",
            path_values={"call_id": call_id},
            gives=models.CallWithClips.model_validate_json,
        )

    def calls(
        self, *, platform: str | None = None, state: str | None = None, before: int | None = None
    ) -> models.Calls:
        """All calls to vendors, newest first; of one platform and result where given."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/tracking/calls",
            query={"platform": platform, "state": state, "before": before},
            gives=models.Calls.model_validate_json,
        )

    def calls_all(self, *, platform: str | None = None, state: str | None = None) -> Iterator[models.Call]:
        """All of `calls`, one after the other: the next page is asked for when it is needed."""
        page = self.calls(platform=platform, state=state)
        yield from page.calls
        while page.next_before:
            page = self.calls(platform=platform, state=state, before=page.next_before)
            yield from page.calls

    def canaries(self) -> models.Canaries:
        """The control videos that ride along, each with what its last call said."""
        return self._transport.ask("GET", "/api/v1/staff/tracking/canaries", gives=models.Canaries.model_validate_json)

    def canary_add(self, *, url: str, views: int, why: str, growth_per_day: int | None = None) -> models.CanaryAdded:
        """Let a video whose count is known ride along with calls; one that rides already is no second."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/tracking/canaries",
            body={"url": url, "views": views, "why": why, "growth_per_day": growth_per_day},
            gives=models.CanaryAdded.model_validate_json,
        )

    def clear_call(self, *, call_id: int, why: str, idempotency_key: str = "") -> models.Wanted:
        """End a call's quarantine: what it said stays unbelieved, and its clips are read at the next tick."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/tracking/calls/{call_id}/clear",
            path_values={"call_id": call_id},
            body={"why": why},
            key=idempotency_key or new_key(),
            gives=models.Wanted.model_validate_json,
        )

    def clip_turn(self, *, clip_id: int) -> models.ClipTurn:
        """Why a clip is read when it is, in a sentence and in figures."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/tracking/clips/{clip_id}",
            path_values={"clip_id": clip_id},
            gives=models.ClipTurn.model_validate_json,
        )

    def costs(
        self, *, since: date | None = None, until: date | None = None, after: str | None = None
    ) -> models.CostLedger:
        """What vendors billed by day, and by campaign beside what it earned; the last thirty days where none are
        given.
        """
        return self._transport.ask(
            "GET",
            "/api/v1/staff/tracking/costs",
            query={"since": since, "until": until, "after": after},
            gives=models.CostLedger.model_validate_json,
        )

    def prices(self, *, vendor: str | None = None, days: int | None = None) -> models.Prices:
        """What a poll had to be worth, step by step, beside what was spent and planned; the latest first."""
        return self._transport.ask(
            "GET",
            "/api/v1/staff/tracking/prices",
            query={"vendor": vendor, "days": days},
            gives=models.Prices.model_validate_json,
        )

    def quarantine(self) -> models.Quarantine:
        """The calls of which nothing is believed, because a canary was wrong."""
        return self._transport.ask(
            "GET", "/api/v1/staff/tracking/quarantine", gives=models.Quarantine.model_validate_json
        )

    def read_all(self, *, campaign_id: int, why: str, idempotency_key: str = "") -> models.Wanted:
        """Have a campaign's clips read at the next tick, those that were not for longest first."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/tracking/campaigns/{campaign_id}/read-again",
            path_values={"campaign_id": campaign_id},
            body={"why": why},
            key=idempotency_key or new_key(),
            gives=models.Wanted.model_validate_json,
        )

    def read_clip(self, *, clip_id: int, why: str, idempotency_key: str = "") -> models.Wanted:
        """Have a clip read at the next tick."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/tracking/clips/{clip_id}/read-again",
            path_values={"clip_id": clip_id},
            body={"why": why},
            key=idempotency_key or new_key(),
            gives=models.Wanted.model_validate_json,
        )

    def retire(self, *, canary_id: int, why: str) -> models.CanaryRetired:
        """Let a canary ride no more; once more changes nothing."""
        return self._transport.ask(
            "POST",
            "/api/v1/staff/tracking/canaries/{canary_id}/retire",
            path_values={"canary_id": canary_id},
            body={"why": why},
            gives=models.CanaryRetired.model_validate_json,
        )

    def taken_back(self, *, platform: str | None = None, state: str | None = None) -> models.TakenBack:
        """Clips of which more became money than stands, those that lack most first; not decided ones where no
        state is given.
        """
        return self._transport.ask(
            "GET",
            "/api/v1/staff/tracking/taken-back",
            query={"platform": platform, "state": state},
            gives=models.TakenBack.model_validate_json,
        )

    def tracking_health(self) -> models.Health:
        """What is due and overdue, how vendors do, what came of today's calls, and what they cost."""
        return self._transport.ask("GET", "/api/v1/staff/tracking/health", gives=models.Health.model_validate_json)


class Webhooks(Group):
    """Webhooks."""

    def deliveries(
        self, *, endpoint_id: UUID, before: int | None = None, state: str | None = None, type: str | None = None
    ) -> models.Deliveries:
        """The log of an endpoint, the newest first, of one state or kind or all."""
        return self._transport.ask(
            "GET",
            "/api/v1/webhooks/endpoints/{endpoint_id}/deliveries",
            path_values={"endpoint_id": endpoint_id},
            query={"before": before, "state": state, "type": type},
            gives=models.Deliveries.model_validate_json,
        )

    def deliveries_all(
        self, *, endpoint_id: UUID, state: str | None = None, type: str | None = None
    ) -> Iterator[models.Delivery]:
        """All of `deliveries`, one after the other: the next page is asked for when it is needed."""
        page = self.deliveries(endpoint_id=endpoint_id, state=state, type=type)
        yield from page.deliveries
        while page.next_before:
            page = self.deliveries(endpoint_id=endpoint_id, state=state, type=type, before=page.next_before)
            yield from page.deliveries

    def delivery(self, *, endpoint_id: UUID, delivery_id: int) -> models.DeliveryFile:
        """One letter: its body as it goes out, and what each try brought."""
        return self._transport.ask(
            "GET",
            "/api/v1/webhooks/endpoints/{endpoint_id}/deliveries/{delivery_id}",
            path_values={"endpoint_id": endpoint_id, "delivery_id": delivery_id},
            gives=models.DeliveryFile.model_validate_json,
        )

    def delivery_send_again(self, *, endpoint_id: UUID, delivery_id: int) -> models.DeliveryRef:
        """Send one letter again, under its old id."""
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/deliveries/{delivery_id}/send-again",
            path_values={"endpoint_id": endpoint_id, "delivery_id": delivery_id},
            gives=models.DeliveryRef.model_validate_json,
        )

    def endpoint(self, *, endpoint_id: UUID) -> models.Endpoint:
        """One of your endpoints."""
        return self._transport.ask(
            "GET",
            "/api/v1/webhooks/endpoints/{endpoint_id}",
            path_values={"endpoint_id": endpoint_id},
            gives=models.Endpoint.model_validate_json,
        )

    def endpoint_change(
        self, *, endpoint_id: UUID, url: str, events: Sequence[str], description: str | None = None
    ) -> models.Endpoint:
        """Say anew where it is and what it is told of. For another address prove first that it is you."""
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/change",
            path_values={"endpoint_id": endpoint_id},
            body={"url": url, "events": events, "description": description},
            gives=models.Endpoint.model_validate_json,
        )

    def endpoint_make(
        self,
        *,
        url: str,
        events: Sequence[str],
        description: str | None = None,
        face: Literal["sponsor", "creator"] | None = None,
        idempotency_key: str = "",
    ) -> models.MadeEndpoint:
        """Make an endpoint. Its secret is in this answer, and in that to the same request again, and nowhere else.

        Prove first that it is you. An organisation's are made by its owners.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints",
            body={"url": url, "events": events, "description": description, "face": face},
            key=idempotency_key or new_key(),
            gives=models.MadeEndpoint.model_validate_json,
        )

    def endpoint_remove(self, *, endpoint_id: UUID) -> None:
        """Send nothing there any more, for good."""
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/remove",
            path_values={"endpoint_id": endpoint_id},
            gives=nothing,
        )

    def endpoint_secret(
        self, *, endpoint_id: UUID, overlap_hours: Literal[0, 1, 24, 72] | None = None
    ) -> models.Secret:
        """Make a new secret. It is in this answer and nowhere else: if the answer was lost, make another.

        Prove first that it is you.
        """
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/secret",
            path_values={"endpoint_id": endpoint_id},
            body={"overlap_hours": overlap_hours},
            gives=models.Secret.model_validate_json,
        )

    def endpoint_send_again(
        self, *, endpoint_id: UUID, since: datetime, delivered_too: bool | None = None
    ) -> models.SentAgain:
        """Send again what did not arrive since a moment, 10,000 letters at most. Ids stay as they were."""
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/send-again",
            path_values={"endpoint_id": endpoint_id},
            body={"since": since, "delivered_too": delivered_too},
            gives=models.SentAgain.model_validate_json,
        )

    def endpoint_switch(self, *, endpoint_id: UUID, on: bool) -> models.Endpoint:
        """Switch an endpoint on or off."""
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/switch",
            path_values={"endpoint_id": endpoint_id},
            body={"on": on},
            gives=models.Endpoint.model_validate_json,
        )

    def endpoint_test(self, *, endpoint_id: UUID) -> models.DeliveryRef:
        """Send a test, whatever the endpoint asked for; its line in the log says soon what came back."""
        return self._transport.ask(
            "POST",
            "/api/v1/webhooks/endpoints/{endpoint_id}/test",
            path_values={"endpoint_id": endpoint_id},
            gives=models.DeliveryRef.model_validate_json,
        )

    def endpoints(self) -> list[models.Endpoint]:
        """Your endpoints, and those of your organisation."""
        return self._transport.ask("GET", "/api/v1/webhooks/endpoints", gives=_LIST_OF_ENDPOINT.validate_json)

    def event_kinds(self) -> list[models.EventKind]:
        """What endpoints can be told of, with a letter of each kind."""
        return self._transport.ask("GET", "/api/v1/webhooks/events", gives=_LIST_OF_EVENTKIND.validate_json)


class Groups:
    """Everything that can be asked for, by whom it is for."""

    def __init__(self, transport: Transport) -> None:
        """Ask by this."""
        self.you = You(transport)
        self.auth = Auth(transport)
        self.creator = Creator(transport)
        self.public = Public(transport)
        self.your_files = YourFiles(transport)
        self.sponsor = Sponsor(transport)
        self.earnings = Earnings(transport)
        self.payday = Payday(transport)
        self.people = People(transport)
        self.risk = Risk(transport)
        self.tracking = Tracking(transport)
        self.webhooks = Webhooks(transport)
