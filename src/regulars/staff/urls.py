"""Addresses under /staff/."""

from __future__ import annotations

from django.urls import path

from regulars.staff.views import look, sign_in

app_name = "staff"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("colour.css", look.colour, name="colour"),
    path("logo", look.logo, name="logo"),
]
