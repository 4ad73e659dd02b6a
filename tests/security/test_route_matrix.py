"""Every address × everybody who may knock: one table, and a route without a row fails."""

from dataclasses import dataclass
from urllib.parse import quote

import pytest
from django.test import Client

from tests.security.visitors import VISITORS, House, routes

pytestmark = pytest.mark.django_db

SIGN_IN = 302  # strangers are sent to the door
SOME = ("anonymous", "creator", "owner")  # where the answer is the same for everybody
LETTERBOXES = ("stripe_webhook", "stripe_connect_webhook", "resend_webhook")


@dataclass(frozen=True)
class Row:
    """How a route is knocked at, and the status for each visitor in turn."""

    method: str
    statuses: tuple[int, ...]

    @property
    def is_post_only(self) -> bool:
        return self.method == "POST"


def get(*statuses: int) -> Row:
    return Row("GET", statuses)


def post(*statuses: int) -> Row:
    return Row("POST", statuses)


#    anonymous, another creator, another sponsor, staff, creator, reviewer, owner
ROUTES = {
    "landing": get(200, 302, 302, 302, 302, 302, 302),
    "public_campaigns": get(200, 200, 200, 200, 200, 200, 200),
    "fairness": get(200, 200, 200, 200, 200, 200, 200),
    "status": get(200, 200, 200, 200, 200, 200, 200),
    "design": get(200, 200, 200, 200, 200, 200, 200),
    "healthz": get(200, 200, 200, 200, 200, 200, 200),
    "livez": get(200, 200, 200, 200, 200, 200, 200),
    "home": get(302, 302, 302, 302, 302, 302, 302),
    "sign_in": get(200, 302, 302, 302, 302, 302, 302),
    "sign_in_password": post(422, 422, 422, 422, 422, 422, 422),
    "sign_in_code": post(422, 422, 422, 422, 422, 422, 422),
    "magic_confirm": get(200, 200, 200, 200, 200, 200, 200),
    "sign_out": post(302, 302, 302, 302, 302, 302, 302),
    "account": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "inbox": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "inbox_bell": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "inbox_read": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "notifications": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "mail_again": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "unsubscribe": get(404, 404, 404, 404, 404, 404, 404),  # a made-up one
    "sign_in_end": post(SIGN_IN, 302, 302, 302, 302, 302, 302),  # nobody's, and that is not told
    "measuring": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "keys": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "key_make": post(SIGN_IN, 422, 422, 422, 422, 422, 422),
    "key_revoke": post(SIGN_IN, 302, 302, 302, 302, 302, 302),  # nobody's, and that is not told
    "webhooks": get(SIGN_IN, 200, 200, 404, 200, 200, 200),
    "webhook_make": post(SIGN_IN, 422, 422, 404, 422, 403, 422),
    "webhook": get(SIGN_IN, 404, 404, 404, 404, 200, 200),
    "webhook_change": post(SIGN_IN, 404, 404, 404, 404, 403, 422),
    "webhook_secret": post(SIGN_IN, 404, 404, 404, 404, 403, 422),
    "webhook_switch": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "webhook_remove": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "webhook_test": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "webhook_send_again": post(SIGN_IN, 404, 404, 404, 404, 403, 422),
    "webhook_delivery": get(SIGN_IN, 404, 404, 404, 404, 200, 200),
    "webhook_delivery_send_again": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "begin_creating": post(SIGN_IN, 302, 302, 302, 302, 302, 302),  # staff stay staff
    "sign_out_everywhere": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "second_factor": get(200, 302, 302, 302, 302, 302, 302),
    "passkey_sign_in_begin": post(200, 200, 200, 200, 200, 200, 200),
    "passkey_sign_in": post(302, 302, 302, 302, 302, 302, 302),  # nobody's: back to the door
    "prove": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "prove_mail": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "passkey_prove_begin": post(SIGN_IN, 409, 409, 409, 409, 409, 409),  # they have none
    "passkey_prove": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "account_security": get(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "address_ask": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "address_confirm": get(SIGN_IN, 200, 200, 200, 200, 200, 200),  # nobody's, and that is what it says
    "address_undo": get(200, 200, 200, 200, 200, 200, 200),  # a made-up one
    "password_set": post(SIGN_IN, 422, 422, 422, 422, 422, 422),
    "password_remove": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "app_enrol": get(SIGN_IN, 302, 302, 302, 302, 302, 302),  # nothing was begun
    "app_begin": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "app_remove": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "recovery_renew": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "passkey_begin": post(SIGN_IN, 200, 200, 200, 200, 200, 200),
    "passkey_add": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "passkey_rename": post(SIGN_IN, 302, 302, 302, 302, 302, 302),  # nobody's, and that is not told
    "passkey_remove": post(SIGN_IN, 302, 302, 302, 302, 302, 302),
    "invitation": get(SIGN_IN, 200, 200, 200, 200, 200, 200),  # a made-up one, which is over
    "organisation": get(SIGN_IN, 404, 200, 404, 404, 200, 200),
    "member_invite": post(SIGN_IN, 404, 422, 404, 404, 403, 422),
    "invitation_withdraw": post(SIGN_IN, 404, 302, 404, 404, 403, 302),
    "member_role": post(SIGN_IN, 404, 302, 404, 404, 403, 302),
    "member_remove": post(SIGN_IN, 404, 302, 404, 404, 403, 302),  # the last owner stays
    "sponsor_home": get(SIGN_IN, 404, 200, 404, 404, 200, 200),
    "wallet": get(SIGN_IN, 404, 200, 404, 404, 200, 200),
    "wallet_top_up": post(SIGN_IN, 404, 422, 404, 404, 403, 422),
    "wallet_refund": post(SIGN_IN, 404, 422, 404, 404, 403, 422),
    "document": get(SIGN_IN, 404, 404, 404, 404, 200, 200),
    "campaign_create": get(SIGN_IN, 404, 200, 404, 404, 403, 200),
    "campaign": get(SIGN_IN, 404, 404, 404, 404, 200, 200),
    "campaign_rules": get(SIGN_IN, 404, 404, 404, 404, 403, 200),
    "campaign_cover": get(SIGN_IN, 404, 404, 404, 404, 403, 200),
    "campaign_cover_remove": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "cover_file": get(404, 404, 404, 404, 404, 404, 404),  # there is none
    "file_arrived": post(SIGN_IN, 404, 404, 404, 404, 404, 404),  # nobody's
    "file_state": get(SIGN_IN, 404, 404, 404, 404, 404, 404),
    "campaign_fund": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "campaign_activate": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "campaign_pause": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "campaign_end": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "campaign_defund": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "campaign_close": post(SIGN_IN, 404, 404, 404, 404, 403, 302),
    "credit_notes": get(SIGN_IN, 404, 200, 404, 404, 200, 200),
    "credit_notes_csv": get(SIGN_IN, 404, 200, 404, 404, 200, 200),
    "credit_note": get(SIGN_IN, 404, 404, 404, 404, 200, 200),
    "review_queue": get(SIGN_IN, 404, 200, 404, 404, 200, 200),
    "clip_approve": post(SIGN_IN, 404, 404, 404, 404, 302, 302),
    "clip_reject": post(SIGN_IN, 404, 404, 404, 404, 302, 302),
    "creator_home": get(SIGN_IN, 200, 404, 404, 200, 404, 404),
    "clip_submit": get(SIGN_IN, 200, 404, 404, 200, 404, 404),
    "clip_progress": get(SIGN_IN, 200, 404, 404, 200, 404, 404),
    "channels": get(SIGN_IN, 200, 404, 404, 200, 404, 404),
    "channel_add": post(SIGN_IN, 422, 404, 404, 422, 404, 404),
    "youtube_start": post(SIGN_IN, 302, 404, 404, 302, 404, 404),
    "youtube_return": get(SIGN_IN, 302, 404, 404, 302, 404, 404),
    "channel_check": post(SIGN_IN, 404, 404, 404, 302, 404, 404),
    "channel_remove": post(SIGN_IN, 404, 404, 404, 302, 404, 404),
    "payouts": get(SIGN_IN, 200, 404, 404, 200, 404, 404),
    "bank_disown": post(SIGN_IN, 302, 404, 404, 302, 404, 404),
    "payouts_onboarding": post(SIGN_IN, 302, 404, 404, 302, 404, 404),
    "onboarding_return": get(SIGN_IN, 302, 404, 404, 302, 404, 404),
    "clip": get(SIGN_IN, 404, 404, 404, 200, 200, 200),
    "clip_evidence": get(SIGN_IN, 404, 404, 200, 200, 200, 200),
    "clip_appeal": post(SIGN_IN, 404, 404, 404, 422, 404, 404),
    "clip_analytics": post(SIGN_IN, 404, 404, 404, 422, 404, 404),
    "clip_resubmit": post(SIGN_IN, 404, 404, 404, 302, 404, 404),
    "staff_overview": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_people": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_employ": post(SIGN_IN, 404, 404, 422, 404, 404, 404),
    "staff_person": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "role_grant": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "role_withdraw": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "person_sign_out": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "person_switch": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_invariants": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_risk": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_risk_csv": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_risk_case": get(SIGN_IN, 404, 404, 404, 404, 404, 404),  # there is none
    "risk_release": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "risk_void": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "risk_extend": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "risk_ask": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "risk_note": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "risk_appeal_answer": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "risk_appeal_file": get(SIGN_IN, 404, 404, 404, 404, 404, 404),
    "staff_risk_scorecard": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_risk_policy": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_money_in": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "money_in_letters": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "money_in_lift": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "money_in_look_again": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "money_in_settle": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_reconciliation": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_reconciliation_run": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_ledger": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_ledger_csv": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_account": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_entry": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_corrections": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_correction": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "correction_book": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "correction_decline": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "correction_reverse": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "entry_reverse": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_tracking": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_calls": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_calls_csv": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_call": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_call_answer": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "call_clear": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "canary_add": post(SIGN_IN, 404, 404, 422, 404, 404, 404),
    "canary_retire": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_taken_back": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_costs": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_costs_csv": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_clip_tracking": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "clip_read_again": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "campaign_read_again": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_holds": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_creator_earnings": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_clip_money": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_clip_hold": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_clip_reversal": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_clip_release": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_clip_extend": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "payouts_statement": get(SIGN_IN, 404, 404, 404, 200, 404, 404),
    "payouts_statement_pdf": get(SIGN_IN, 404, 404, 404, 200, 404, 404),
    "staff_payday": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_rehearsal": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_creator_payouts": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "creator_payouts_pause": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "creator_hold_lift": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "creator_payouts_resume": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_batch": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "staff_proof": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "batch_release": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "batch_send_back": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "batch_plan_again": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "batch_stop": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "batch_resume": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "look_again": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "staff_transfer": get(SIGN_IN, 404, 404, 200, 404, 404, 404),
    "transfer_take_back": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "reversal_look_again": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "reversal_settle": post(SIGN_IN, 404, 404, 302, 404, 404, 404),
    "resend_webhook": post(400, 400, 400, 400, 400, 400, 400),
    "stripe_webhook": post(400, 400, 400, 400, 400, 400, 400),
    "stripe_connect_webhook": post(400, 400, 400, 400, 400, 400, 400),
}
#    the API: strangers are told so, and nobody else what is there
UNKNOWN = 401
FAULTY = 422  # without an Idempotency-Key
UNREADABLE = 422  # an order without its fields
ROUTES |= {
    "api:api-root": get(404, 404, 404, 404, 404, 404, 404),
    "api:openapi-json": get(200, 200, 200, 200, 200, 200, 200),
    "api:api_sign_in_password": post(*[UNREADABLE] * 7),
    "api:api_ask_for_link": post(*[UNREADABLE] * 7),
    "api:api_sign_in_code": post(*[UNREADABLE] * 7),
    "api:api_refresh_tokens": post(*[UNREADABLE] * 7),
    "api:api_revoke": post(*[UNREADABLE] * 7),
    "api:api_second_factor": post(*[UNREADABLE] * 7),
    "api:api_factors": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_security_events": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_measuring": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_measuring_answer": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_keys": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_key_make": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_key_revoke": post(UNKNOWN, 204, 204, 204, 204, 204, 204),
    "api:api_prove": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_address_ask": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_address_confirm": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_password_set": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_password_remove": post(UNKNOWN, 204, 204, 204, 204, 204, 204),
    "api:api_app_begin": post(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_app_confirm": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_app_remove": post(UNKNOWN, 204, 204, 204, 204, 204, 204),
    "api:api_recovery_renew": post(UNKNOWN, 409, 409, 409, 409, 409, 409),  # there is nothing to recover
    "api:api_passkey_remove": post(UNKNOWN, 204, 204, 204, 204, 204, 204),  # nobody's
    "api:api_sign_out": post(UNKNOWN, 204, 204, 204, 204, 204, 204),
    "api:api_sign_out_everywhere": post(UNKNOWN, 204, 204, 204, 204, 204, 204),
    "api:api_sign_ins": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_sign_in_end": post(UNKNOWN, 204, 204, 204, 204, 204, 204),
    "api:api_inbox": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_inbox_read": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_mail": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_mail_wish": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_me": get(UNKNOWN, 200, 200, 200, 200, 200, 200),
    "api:api_invitation_accept": post(UNKNOWN, *[UNREADABLE] * 6),
    "api:api_organisation": get(UNKNOWN, 404, 200, 404, 404, 200, 200),
    "api:api_invite": post(UNKNOWN, 404, UNREADABLE, 404, 404, 403, UNREADABLE),
    "api:api_withdraw": post(UNKNOWN, 404, 204, 404, 404, 403, 204),
    "api:api_member_role": post(UNKNOWN, 404, UNREADABLE, 404, 404, 403, UNREADABLE),
    "api:api_member_remove": post(UNKNOWN, 404, 404, 404, 404, 403, 409),
    "api:api_event_kinds": get(UNKNOWN, 200, 200, 404, 200, 200, 200),
    "api:api_endpoints": get(UNKNOWN, 200, 200, 404, 200, 200, 200),
    "api:api_endpoint_make": post(UNKNOWN, UNREADABLE, UNREADABLE, 404, *[UNREADABLE] * 3),
    "api:api_endpoint": get(UNKNOWN, 404, 404, 404, 404, 200, 200),
    "api:api_endpoint_change": post(UNKNOWN, UNREADABLE, UNREADABLE, 404, *[UNREADABLE] * 3),
    "api:api_endpoint_secret": post(UNKNOWN, 404, 404, 404, 404, 403, 200),
    "api:api_endpoint_switch": post(UNKNOWN, UNREADABLE, UNREADABLE, 404, *[UNREADABLE] * 3),
    "api:api_endpoint_send_again": post(UNKNOWN, UNREADABLE, UNREADABLE, 404, *[UNREADABLE] * 3),
    "api:api_endpoint_remove": post(UNKNOWN, 404, 404, 404, 404, 403, 204),
    "api:api_endpoint_test": post(UNKNOWN, 404, 404, 404, 404, 403, 202),
    "api:api_deliveries": get(UNKNOWN, 404, 404, 404, 404, 200, 200),
    "api:api_delivery": get(UNKNOWN, 404, 404, 404, 404, 200, 200),
    "api:api_delivery_send_again": post(UNKNOWN, 404, 404, 404, 404, 403, 202),
    "api:api_balance": get(UNKNOWN, 200, 404, 404, 200, 404, 404),
    "api:api_payouts": get(UNKNOWN, 200, 404, 404, 200, 404, 404),
    "api:api_bank_disown": post(UNKNOWN, 409, 404, 404, 409, 404, 404),  # nothing was changed
    "api:api_payout": get(UNKNOWN, 404, 404, 404, 200, 404, 404),
    "api:api_clips": get(UNKNOWN, 200, 404, 404, 200, 404, 404),
    "api:api_clips_submit": post(UNKNOWN, UNREADABLE, 404, 404, UNREADABLE, 404, 404),
    "api:api_clips_check": post(UNKNOWN, UNREADABLE, 404, 404, UNREADABLE, 404, 404),
    "api:api_clip": get(UNKNOWN, 404, 404, 404, 200, 404, 404),
    "api:api_clip_resubmit": post(UNKNOWN, UNREADABLE, 404, 404, UNREADABLE, 404, 404),
    "api:api_channels": get(UNKNOWN, 200, 404, 404, 200, 404, 404),
    "api:api_channel_add": post(UNKNOWN, UNREADABLE, 404, 404, UNREADABLE, 404, 404),
    "api:api_channel_check": post(UNKNOWN, 404, 404, 404, 409, 404, 404),
    "api:api_channel_remove": post(UNKNOWN, 404, 404, 404, 409, 404, 404),
    "api:api_cover": post(UNKNOWN, 404, UNREADABLE, 404, 404, 403, UNREADABLE),
    "api:api_cover_remove": post(UNKNOWN, 404, 404, 404, 404, 403, 204),
    "api:api_file": get(UNKNOWN, 404, 404, 404, 404, 404, 404),  # nobody's
    "api:api_file_arrived": post(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_wallets": get(UNKNOWN, 404, 200, 404, 404, 200, 200),
    "api:api_wallet_entries": get(UNKNOWN, 404, 200, 404, 404, 200, 200),
    "api:api_refunds": get(UNKNOWN, 404, 200, 404, 404, 200, 200),
    "api:api_refund": post(UNKNOWN, 404, UNREADABLE, 404, 404, 403, UNREADABLE),
    "api:api_documents": get(UNKNOWN, 404, 200, 404, 404, 200, 200),
    "api:api_people": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_employ": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_person": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_role_grant": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_role_withdraw": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_person_sign_out": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_person_switch": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_alarms": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_rehearsal": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_batches": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_batch": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_transfers": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_bank_payouts": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_proof": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_holds": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_clip_money": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_reversal_preview": get(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_hold": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_release_holds": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_extend_holds": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_reverse": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_release": post(UNKNOWN, 404, 404, FAULTY, 404, 404, 404),
    "api:api_send_back": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_plan_again": post(UNKNOWN, 404, 404, FAULTY, 404, 404, 404),
    "api:api_stop": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_resume": post(UNKNOWN, 404, 404, FAULTY, 404, 404, 404),
    "api:api_take_back": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_look_again": post(UNKNOWN, 404, 404, 409, 404, 404, 404),  # it does not wait for a person
    "api:api_settle": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_tracking_health": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_calls": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_call": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_costs": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_clip_turn": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_read_clip": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_read_all": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_canaries": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_canary_add": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_retire": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_quarantine": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_clear_call": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_taken_back": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_fairness": get(200, 200, 200, 200, 200, 200, 200),
    "api:api_doubts_all": get(UNKNOWN, 200, 404, 404, 200, 404, 404),
    "api:api_analytics": get(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_give": post(UNKNOWN, FAULTY, 404, 404, FAULTY, 404, 404),
    "api:api_analytics_file": get(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_campaign_doubts": get(UNKNOWN, 404, 404, 404, 404, 200, 200),
    "api:api_credit_notes": get(UNKNOWN, 404, 200, 404, 404, 200, 200),
    "api:api_credit_note": get(UNKNOWN, 404, 404, 404, 404, 200, 200),
    "api:api_doubts": get(UNKNOWN, 404, 404, 404, 200, 404, 404),
    "api:api_appeal": post(UNKNOWN, FAULTY, 404, 404, FAULTY, 404, 404),
    "api:api_risk_queue": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_risk_evidence": get(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_risk_signals": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_risk_history": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_risk_cases": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_risk_case": get(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_risk_release": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_risk_against": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_risk_extend": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_risk_note": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_risk_ask": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_appeals": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_appeal_file": get(UNKNOWN, 404, 404, 404, 404, 404, 404),
    "api:api_appeal_answer": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_scorecard": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_risk_policy": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_risk_policy_preview": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_risk_policy_save": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_prices": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_pause": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_changed_banks": get(UNKNOWN, 404, 404, 200, 404, 404, 404),
    "api:api_hold_lift": post(UNKNOWN, 404, 404, UNREADABLE, 404, 404, 404),
    "api:api_unpause": post(UNKNOWN, 404, 404, FAULTY, 404, 404, 404),
}
# One address each, where the API answers a look and takes an order.
BOTH = (
    "api:api_clips",
    "api:api_clips_submit",
    "api:api_channels",
    "api:api_channel_add",
    "api:api_analytics",
    "api:api_give",
    "api:api_canaries",
    "api:api_canary_add",
    "api:api_people",
    "api:api_employ",
    "api:api_keys",
    "api:api_key_make",
    "api:api_mail",
    "api:api_mail_wish",
    "api:api_measuring",
    "api:api_measuring_answer",
    "api:api_endpoints",
    "api:api_endpoint_make",
)
WITH_FILES = ("api:api_give", "api:api_appeal")
# Where programs come in, nothing is done in the name of a cookie: there is nothing to forge.
PROGRAMS_DOORS = tuple(
    f"api:api_{name}"
    for name in ("sign_in_password", "ask_for_link", "sign_in_code", "second_factor", "refresh_tokens", "revoke")
)
# Whoever has a mail may end mails of its kind: the address itself is the proof, and mail programs bring no cookie.
BY_ADDRESS = ("unsubscribe",)
# What of the API only answers takes no POST at all, and knows no HEAD.
API_ANSWERS = [name for name, row in ROUTES.items() if name.startswith("api:") and not row.is_post_only]
POST_ONLY = sorted(name for name, row in ROUTES.items() if row.is_post_only and name not in BOTH)
# What gets a form past its fields, so that the status tells who may and not what was typed.
FORMS = {
    "campaign_fund": {"amount": "1", "request_key": "the-form-that-was-shown"},
    "campaign_defund": {"amount": "1", "request_key": "the-form-that-was-shown"},
    "clip_reject": {"code": "off_brief", "note": "Show the sole."},
    "clip_resubmit": {"note": "Done"},
}


def knock(client: Client, house: House, name: str, *, method: str = "") -> int:
    ask = (method or ROUTES[name].method).lower()
    # The API reads JSON, pages read forms.
    reads_json = name.startswith("api:") and name not in WITH_FILES
    kind = {"content_type": "application/json"} if reads_json and ask == "post" else {}
    return int(getattr(client, ask)(house.address(name), FORMS.get(name, {}), **kind).status_code)


def test_every_route_has_a_row():
    assert sorted(ROUTES) == sorted(routes())


@pytest.mark.parametrize("name", ROUTES)
def test_everybody_gets_the_answer_of_the_table(name, house):
    answers = {visitor: knock(house.client_of(visitor), house, name) for visitor in VISITORS}

    assert answers == dict(zip(VISITORS, ROUTES[name].statuses, strict=True))


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, row in ROUTES.items()
        if row.statuses[0] == SIGN_IN and name not in ("home", "sign_out", "passkey_sign_in")
    ],
)
def test_strangers_are_sent_to_the_door_and_back_afterwards(name, house):
    answer = getattr(Client(), ROUTES[name].method.lower())(house.address(name))

    assert answer.headers["Location"] == f"/sign-in/?next={quote(house.address(name))}"


@pytest.mark.parametrize("name", POST_ONLY)
def test_looking_never_does_anything(name, house):
    assert [knock(house.client_of(visitor), house, name, method="GET") for visitor in SOME] == [405] * len(SOME)


@pytest.mark.parametrize(
    "name",
    sorted(
        set(ROUTES)
        - set(POST_ONLY)
        - {
            "sign_in",
            "second_factor",
            "prove",
            "app_enrol",
            "magic_confirm",
            "notifications",
            "unsubscribe",
            "invitation",
            "campaign_create",
            "campaign_cover",
            "campaign_rules",
            "measuring",
            "clip_submit",
            "staff_corrections",
            "staff_risk_policy",
            "staff_clip_hold",
            "staff_clip_reversal",
            "address_confirm",
            "address_undo",
        }
        - set(BOTH)
        - {"api:api-root", "api:openapi-json"}  # the library's own, which show the same whatever is sent
    ),
)
def test_pages_that_only_show_take_no_forms(name, house):
    assert [knock(house.client_of(visitor), house, name, method="POST") for visitor in SOME] == [405] * len(SOME)


@pytest.mark.parametrize(
    "name", [name for name in ROUTES if name not in (*LETTERBOXES, *BY_ADDRESS, *API_ANSWERS, *PROGRAMS_DOORS)]
)
def test_a_form_without_its_token_is_refused(name, house):
    clients = [house.client_of(visitor, enforce_csrf_checks=True) for visitor in SOME]

    assert [knock(client, house, name, method="POST") for client in clients] == [403] * len(SOME)


@pytest.mark.parametrize("name", LETTERBOXES)
def test_letters_need_a_signature_and_no_token(name, house):
    assert knock(house.client_of("owner", enforce_csrf_checks=True), house, name) == 400


@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(POST_ONLY) - set(API_ANSWERS) - set(BOTH)))
def test_a_look_at_the_headers_alone_is_answered_like_a_look(name, house):
    expected = dict(zip(VISITORS, ROUTES[name].statuses, strict=True))

    assert [knock(house.client_of(visitor), house, name, method="HEAD") for visitor in SOME] == [
        expected[visitor] for visitor in SOME
    ]
