"""Every address of the house, room by room."""

from django.urls import path, register_converter
from django.views.generic import TemplateView

from cliphaven.backoffice.pages import (
    corrections,
    invariants,
    ledger,
    money_in,
    overview,
    reconciliation,
    risk,
    risk_policy,
    status,
    taken_back,
    tracking,
)
from cliphaven.campaigns import pages as campaigns
from cliphaven.campaigns.pages import covers, wallet
from cliphaven.clips import pages as clips
from cliphaven.clips.pages import youtube
from cliphaven.config import converters, health
from cliphaven.config.api import api
from cliphaven.deliveries import pages as hooks
from cliphaven.earnings import pages as earnings
from cliphaven.earnings.pages import clip_money
from cliphaven.earnings.pages import clips as clip_pages
from cliphaven.earnings.pages import credits as credit_pages
from cliphaven.earnings.pages import holds as held
from cliphaven.earnings.pages import public as public_pages
from cliphaven.files import pages as files
from cliphaven.fraud import pages as reviewing
from cliphaven.identity import pages as identity
from cliphaven.identity.pages import addresses, inbox, keys, organisations, passkeys, proving
from cliphaven.identity.pages import security as own_security
from cliphaven.identity.pages import staff as people
from cliphaven.insights import pages as insights
from cliphaven.payouts import pages as payouts
from cliphaven.payouts.pages import payday, statements
from cliphaven.payouts.pages import transfers as money_out
from cliphaven.webhooks import pages as webhooks

register_converter(converters.Week, "week")
register_converter(converters.MoneyItem, "money_item")
register_converter(converters.MoneyIn, "money_in")
register_converter(converters.Switch, "switch")

handler500 = "cliphaven.config.outage.server_error"

urlpatterns = [
    path("", campaigns.landing, name="landing"),
    path("campaigns/", campaigns.public_campaigns, name="public_campaigns"),
    path("fairness/", public_pages.fairness_page, name="fairness"),
    path("status/", status.status, name="status"),
    path("design/", TemplateView.as_view(template_name="design.html"), name="design"),
    path("healthz/", health.healthz, name="healthz"),
    path("livez/", health.livez, name="livez"),
    path("api/v1/", api.urls),
    # identity
    path("home/", identity.home, name="home"),
    path("sign-in/", identity.sign_in, name="sign_in"),
    path("sign-in/password/", identity.sign_in_password, name="sign_in_password"),
    path("sign-in/code/", identity.sign_in_code, name="sign_in_code"),
    path("sign-in/link/<str:token>/", identity.magic_confirm, name="magic_confirm"),
    path("sign-out/", identity.sign_out, name="sign_out"),
    path("account/", identity.account, name="account"),
    path("account/sign-ins/<uuid:sign_in_id>/end/", identity.sign_in_end, name="sign_in_end"),
    path("account/measuring/", insights.measuring, name="measuring"),
    path("account/keys/", keys.key_list, name="keys"),
    path("account/keys/make/", keys.key_make, name="key_make"),
    path("account/keys/<uuid:key_id>/revoke/", keys.key_revoke, name="key_revoke"),
    path("account/webhooks/", hooks.endpoint_list, name="webhooks"),
    path("account/webhooks/make/", hooks.endpoint_make, name="webhook_make"),
    path("account/webhooks/<uuid:endpoint_id>/", hooks.endpoint, name="webhook"),
    path("account/webhooks/<uuid:endpoint_id>/change/", hooks.endpoint_change, name="webhook_change"),
    path("account/webhooks/<uuid:endpoint_id>/secret/", hooks.endpoint_secret, name="webhook_secret"),
    path("account/webhooks/<uuid:endpoint_id>/switch/<switch:way>/", hooks.endpoint_switch, name="webhook_switch"),
    path("account/webhooks/<uuid:endpoint_id>/remove/", hooks.endpoint_remove, name="webhook_remove"),
    path("account/webhooks/<uuid:endpoint_id>/test/", hooks.endpoint_test, name="webhook_test"),
    path("account/webhooks/<uuid:endpoint_id>/send-again/", hooks.endpoint_send_again, name="webhook_send_again"),
    path("account/webhooks/<uuid:endpoint_id>/<int:delivery_id>/", hooks.delivery, name="webhook_delivery"),
    path(
        "account/webhooks/<uuid:endpoint_id>/<int:delivery_id>/send-again/",
        hooks.delivery_send_again,
        name="webhook_delivery_send_again",
    ),
    path("account/create/", identity.begin_creating, name="begin_creating"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/bell/", inbox.inbox_bell, name="inbox_bell"),
    path("inbox/read/", inbox.inbox_read, name="inbox_read"),
    path("account/notifications/", inbox.notifications, name="notifications"),
    path("account/notifications/mail-again/", inbox.mail_again, name="mail_again"),
    path("unsubscribe/<str:token>/", inbox.unsubscribe, name="unsubscribe"),
    path("account/sign-out-everywhere/", identity.sign_out_everywhere, name="sign_out_everywhere"),
    path("sign-in/second/", proving.second_factor, name="second_factor"),
    path("sign-in/passkey/begin/", passkeys.passkey_sign_in_begin, name="passkey_sign_in_begin"),
    path("sign-in/passkey/", passkeys.passkey_sign_in, name="passkey_sign_in"),
    path("account/prove/", proving.prove, name="prove"),
    path("account/prove/mail/", proving.prove_mail, name="prove_mail"),
    path("account/prove/passkey/begin/", passkeys.passkey_prove_begin, name="passkey_prove_begin"),
    path("account/prove/passkey/", passkeys.passkey_prove, name="passkey_prove"),
    path("account/security/", own_security.security, name="account_security"),
    path("account/address/", addresses.address_ask, name="address_ask"),
    path("account/address/undo/<str:token>/", addresses.address_undo, name="address_undo"),
    path("account/address/<str:token>/", addresses.address_confirm, name="address_confirm"),
    path("account/security/password/", own_security.password_set, name="password_set"),
    path("account/security/password/remove/", own_security.password_remove, name="password_remove"),
    path("account/security/app/", own_security.app_enrol, name="app_enrol"),
    path("account/security/app/begin/", own_security.app_begin, name="app_begin"),
    path("account/security/app/remove/", own_security.app_remove, name="app_remove"),
    path("account/security/recovery-codes/", own_security.recovery_renew, name="recovery_renew"),
    path("account/security/passkeys/", passkeys.passkey_add, name="passkey_add"),
    path("account/security/passkeys/begin/", passkeys.passkey_begin, name="passkey_begin"),
    path("account/security/passkeys/<uuid:passkey_id>/rename/", passkeys.passkey_rename, name="passkey_rename"),
    path("account/security/passkeys/<uuid:passkey_id>/remove/", passkeys.passkey_remove, name="passkey_remove"),
    # sponsors
    path("invitations/<str:token>/", organisations.invitation, name="invitation"),
    path("sponsor/organisation/", organisations.organisation, name="organisation"),
    path("sponsor/organisation/invite/", organisations.member_invite, name="member_invite"),
    path(
        "sponsor/organisation/invitations/<int:invitation_id>/withdraw/",
        organisations.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("sponsor/organisation/members/<int:member_id>/role/", organisations.member_role, name="member_role"),
    path("sponsor/organisation/members/<int:member_id>/remove/", organisations.member_remove, name="member_remove"),
    path("sponsor/", earnings.sponsor_home, name="sponsor_home"),
    path("sponsor/wallet/", wallet.wallet_page, name="wallet"),
    path("sponsor/wallet/top-up/", wallet.wallet_top_up, name="wallet_top_up"),
    path("sponsor/wallet/refund/", wallet.wallet_refund, name="wallet_refund"),
    path("sponsor/documents/<int:document_id>/", wallet.document, name="document"),
    path("sponsor/campaigns/new/", campaigns.campaign_create, name="campaign_create"),
    path("sponsor/campaigns/<int:campaign_id>/", earnings.campaign, name="campaign"),
    path("sponsor/campaigns/<int:campaign_id>/rules/", campaigns.campaign_rules, name="campaign_rules"),
    path("sponsor/campaigns/<int:campaign_id>/cover/", covers.campaign_cover, name="campaign_cover"),
    path(
        "sponsor/campaigns/<int:campaign_id>/cover/remove/", covers.campaign_cover_remove, name="campaign_cover_remove"
    ),
    path("files/covers/<int:campaign_id>/<uuid:file_id>/", covers.cover_file, name="cover_file"),
    path("files/<uuid:file_id>/arrived/", files.file_arrived, name="file_arrived"),
    path("files/<uuid:file_id>/state/", files.file_state, name="file_state"),
    path("sponsor/campaigns/<int:campaign_id>/fund/", campaigns.campaign_fund, name="campaign_fund"),
    path("sponsor/campaigns/<int:campaign_id>/defund/", earnings.campaign_defund, name="campaign_defund"),
    path("sponsor/campaigns/<int:campaign_id>/activate/", campaigns.campaign_activate, name="campaign_activate"),
    path("sponsor/campaigns/<int:campaign_id>/pause/", campaigns.campaign_pause, name="campaign_pause"),
    path("sponsor/campaigns/<int:campaign_id>/end/", campaigns.campaign_end, name="campaign_end"),
    path("sponsor/campaigns/<int:campaign_id>/close/", campaigns.campaign_close, name="campaign_close"),
    path("sponsor/credit-notes/", credit_pages.listing, name="credit_notes"),
    path("sponsor/credit-notes/credit-notes.csv", credit_pages.listing_csv, name="credit_notes_csv"),
    path("sponsor/credit-notes/<int:note_id>/", credit_pages.detail, name="credit_note"),
    path("sponsor/review/", reviewing.review_queue, name="review_queue"),
    path("sponsor/review/<int:clip_id>/approve/", reviewing.clip_approve, name="clip_approve"),
    path("sponsor/review/<int:clip_id>/reject/", reviewing.clip_reject, name="clip_reject"),
    # creators
    path("creator/", payouts.creator_home, name="creator_home"),
    path("creator/submit/", clips.clip_submit, name="clip_submit"),
    path("creator/submit/progress/", clips.clip_progress, name="clip_progress"),
    path("creator/channels/", clips.channels, name="channels"),
    path("creator/channels/add/", clips.channel_add, name="channel_add"),
    path("creator/channels/youtube/", youtube.youtube_start, name="youtube_start"),
    path("creator/channels/youtube/return/", youtube.youtube_return, name="youtube_return"),
    path("creator/channels/<int:channel_id>/check/", clips.channel_check, name="channel_check"),
    path("creator/channels/<int:channel_id>/remove/", clips.channel_remove, name="channel_remove"),
    path("creator/payouts/", payouts.payouts, name="payouts"),
    path("creator/payouts/<week:week>/statement.csv", statements.payouts_statement, name="payouts_statement"),
    path("creator/payouts/<week:week>/statement.pdf", statements.payouts_statement_pdf, name="payouts_statement_pdf"),
    path("creator/payouts/not-me/", payouts.bank_disown, name="bank_disown"),
    path("creator/payouts/onboarding/", payouts.onboarding_start, name="payouts_onboarding"),
    path("creator/payouts/onboarding/return/", payouts.onboarding_return, name="onboarding_return"),
    path("clips/<int:clip_id>/", clip_pages.clip, name="clip"),
    path("clips/<int:clip_id>/evidence.json", clip_pages.clip_evidence, name="clip_evidence"),
    path("clips/<int:clip_id>/doubts/<int:case_id>/appeal/", clip_pages.clip_appeal, name="clip_appeal"),
    path("clips/<int:clip_id>/analytics/", clip_pages.clip_analytics, name="clip_analytics"),
    path("clips/<int:clip_id>/resubmit/", clips.clip_resubmit, name="clip_resubmit"),
    # staff
    path("staff/", overview.staff_overview, name="staff_overview"),
    path("staff/people/", people.people, name="staff_people"),
    path("staff/people/employ/", people.employ, name="staff_employ"),
    path("staff/people/<int:user_id>/", people.person, name="staff_person"),
    path("staff/people/<int:user_id>/roles/give/", people.role_grant, name="role_grant"),
    path("staff/people/<int:user_id>/roles/take/", people.role_withdraw, name="role_withdraw"),
    path("staff/people/<int:user_id>/sign-out/", people.person_sign_out, name="person_sign_out"),
    path("staff/people/<int:user_id>/switch/<switch:way>/", people.person_switch, name="person_switch"),
    path("staff/invariants/", invariants.invariants, name="staff_invariants"),
    path("staff/risk/", risk.queue, name="staff_risk"),
    path("staff/risk/cases.csv", risk.queue_csv, name="staff_risk_csv"),
    path("staff/risk/cases/<int:case_id>/", risk.case, name="staff_risk_case"),
    path("staff/risk/cases/<int:case_id>/release/", risk.release, name="risk_release"),
    path("staff/risk/cases/<int:case_id>/void/", risk.void, name="risk_void"),
    path("staff/risk/cases/<int:case_id>/extend/", risk.extend, name="risk_extend"),
    path("staff/risk/cases/<int:case_id>/ask/", risk.ask, name="risk_ask"),
    path("staff/risk/cases/<int:case_id>/note/", risk.note, name="risk_note"),
    path("staff/risk/appeals/<int:appeal_id>/answer/", risk.answer, name="risk_appeal_answer"),
    path("staff/risk/appeals/<int:appeal_id>/file/", risk.appeal_file, name="risk_appeal_file"),
    path("staff/risk/scorecard/", risk_policy.scorecard, name="staff_risk_scorecard"),
    path("staff/risk/policy/", risk_policy.policy, name="staff_risk_policy"),
    path("staff/money-in/", money_in.overview, name="staff_money_in"),
    path("staff/money-in/letters/take-up/", money_in.take_up_letters, name="money_in_letters"),
    path("staff/money-in/pauses/<int:pause_id>/lift/", money_in.lift, name="money_in_lift"),
    path("staff/money-in/<money_in:what>/<int:item_id>/look-again/", money_in.look_again, name="money_in_look_again"),
    path("staff/money-in/<money_in:what>/<int:item_id>/settle/", money_in.settle, name="money_in_settle"),
    path("staff/reconciliation/", reconciliation.overview, name="staff_reconciliation"),
    path("staff/reconciliation/run/", reconciliation.run, name="staff_reconciliation_run"),
    path("staff/ledger/", ledger.search, name="staff_ledger"),
    path("staff/ledger/legs.csv", ledger.search_csv, name="staff_ledger_csv"),
    path("staff/ledger/accounts/<str:account_code>/<str:currency>/", ledger.account, name="staff_account"),
    path("staff/ledger/entries/<str:entry_kind>/<path:external_id>/", ledger.entry, name="staff_entry"),
    path("staff/ledger/corrections/", corrections.listing, name="staff_corrections"),
    path("staff/ledger/corrections/<int:correction_id>/", corrections.detail, name="staff_correction"),
    path("staff/ledger/corrections/<int:correction_id>/book/", corrections.book, name="correction_book"),
    path("staff/ledger/corrections/<int:correction_id>/decline/", corrections.decline, name="correction_decline"),
    path("staff/ledger/corrections/<int:correction_id>/reverse/", corrections.reverse_it, name="correction_reverse"),
    path(
        "staff/ledger/reversals/<str:entry_kind>/<path:external_id>/", corrections.reverse_entry, name="entry_reverse"
    ),
    path("staff/tracking/", tracking.overview, name="staff_tracking"),
    path("staff/tracking/calls/", tracking.call_list, name="staff_calls"),
    path("staff/tracking/calls.csv", tracking.call_list_csv, name="staff_calls_csv"),
    path("staff/tracking/calls/<int:call_id>/", tracking.call, name="staff_call"),
    path("staff/tracking/calls/<int:call_id>/answer.json", tracking.call_answer, name="staff_call_answer"),
    path("staff/tracking/calls/<int:call_id>/clear/", tracking.clear_call, name="call_clear"),
    path("staff/tracking/canaries/", tracking.canary_add, name="canary_add"),
    path("staff/tracking/canaries/<int:canary_id>/retire/", tracking.canary_retire, name="canary_retire"),
    path("staff/tracking/taken-back/", taken_back.listing, name="staff_taken_back"),
    path("staff/tracking/costs/", tracking.cost_page, name="staff_costs"),
    path("staff/tracking/costs.csv", tracking.costs_csv, name="staff_costs_csv"),
    path("staff/tracking/clips/<int:clip_id>/", tracking.clip, name="staff_clip_tracking"),
    path("staff/tracking/clips/<int:clip_id>/read-again/", tracking.read_clip_again, name="clip_read_again"),
    path(
        "staff/tracking/campaigns/<int:campaign_id>/read-again/",
        tracking.read_campaign_again,
        name="campaign_read_again",
    ),
    path("staff/holds/", held.listing, name="staff_holds"),
    path("staff/earnings/creators/<int:creator_id>/", held.creator, name="staff_creator_earnings"),
    path("staff/earnings/clips/<int:clip_id>/", clip_money.detail, name="staff_clip_money"),
    path("staff/earnings/clips/<int:clip_id>/hold/", clip_money.hold, name="staff_clip_hold"),
    path("staff/earnings/clips/<int:clip_id>/reverse/", clip_money.reversal, name="staff_clip_reversal"),
    path("staff/earnings/clips/<int:clip_id>/release/", held.release, name="staff_clip_release"),
    path("staff/earnings/clips/<int:clip_id>/extend/", held.extend, name="staff_clip_extend"),
    path("staff/payday/", payday.payday, name="staff_payday"),
    path("staff/payday/rehearsal/", payday.rehearsal, name="staff_rehearsal"),
    path("staff/payday/creators/<int:creator_id>/", payday.creator, name="staff_creator_payouts"),
    path("staff/payday/creators/<int:creator_id>/pause/", payday.creator_pause, name="creator_payouts_pause"),
    path("staff/payday/creators/<int:creator_id>/lift-hold/", payday.creator_hold_lift, name="creator_hold_lift"),
    path("staff/payday/creators/<int:creator_id>/resume/", payday.creator_resume, name="creator_payouts_resume"),
    path("staff/payday/<week:week>/", payday.batch, name="staff_batch"),
    path("staff/payday/<week:week>/proof/", payday.proof, name="staff_proof"),
    path("staff/payday/<week:week>/release/", payday.batch_release, name="batch_release"),
    path("staff/payday/<week:week>/send-back/", payday.batch_send_back, name="batch_send_back"),
    path("staff/payday/<week:week>/plan-again/", payday.batch_plan_again, name="batch_plan_again"),
    path("staff/payday/<week:week>/stop/", payday.batch_stop, name="batch_stop"),
    path("staff/payday/<week:week>/resume/", payday.batch_resume, name="batch_resume"),
    path("staff/payday/<week:week>/<money_item:kind>/<int:item_id>/look-again/", payday.look_again, name="look_again"),
    path("staff/payday/<week:week>/transfer/<int:item_id>/", money_out.transfer, name="staff_transfer"),
    path(
        "staff/payday/<week:week>/transfer/<int:item_id>/take-back/",
        money_out.transfer_take_back,
        name="transfer_take_back",
    ),
    path(
        "staff/payday/<week:week>/transfer/<int:item_id>/reversals/<int:reversal_id>/look-again/",
        money_out.reversal_look_again,
        name="reversal_look_again",
    ),
    path(
        "staff/payday/<week:week>/transfer/<int:item_id>/reversals/<int:reversal_id>/settle/",
        money_out.reversal_settle,
        name="reversal_settle",
    ),
    # the letterbox
    path("webhooks/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("webhooks/resend/", webhooks.resend_webhook, name="resend_webhook"),
    path("webhooks/stripe/connect/", webhooks.stripe_connect_webhook, name="stripe_connect_webhook"),
]
