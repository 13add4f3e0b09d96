"""Addresses under /staff/."""

from __future__ import annotations

from django.urls import path

from regulars.staff.views import account, audit, keys, links, look, mail, members, second_factor, sign_in

app_name = "staff"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("first/<str:secret>/", links.make_first_owner, name="first"),
    path("join/<str:secret>/", links.join, name="join"),
    path("forgot/", links.forgot, name="forgot"),
    path("reset/<str:secret>/", links.reset, name="reset"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/two-factor/", second_factor.start, name="two_factor"),
    path("account/two-factor/confirm/", second_factor.confirm, name="two_factor_confirm"),
    path("account/two-factor/codes/", second_factor.codes, name="two_factor_codes"),
    path("account/two-factor/off/", second_factor.switch_off, name="two_factor_off"),
    path("account/visits/end-others/", account.end_other_visits, name="end_other_visits"),
    path("account/visits/<int:visit>/end/", account.end_visit, name="end_visit"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<int:member>/", members.member, name="member"),
    path("members/<int:member>/deactivate/", members.deactivate, name="deactivate"),
    path("members/<int:member>/reactivate/", members.reactivate, name="reactivate"),
    path("members/<int:member>/reset-link/", members.reset_link, name="reset_link"),
    path("members/<int:member>/two-factor-off/", members.two_factor_off, name="member_two_factor_off"),
    path("invitations/<int:invitation>/take-back/", members.take_back, name="take_back"),
    path("keys/", keys.keys, name="keys"),
    path("keys/make/", keys.make, name="make_key"),
    path("keys/<int:key>/rotate/", keys.rotate, name="rotate_key"),
    path("keys/<int:key>/revoke/", keys.revoke, name="revoke_key"),
    path("audit/", audit.audit, name="audit"),
    path("mail/", mail.mail_page, name="mail"),
    path("colour.css", look.colour, name="colour"),
    path("logo", look.logo, name="logo"),
]
