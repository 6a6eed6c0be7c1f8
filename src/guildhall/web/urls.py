"""Addresses of pages. Included under both languages: Chinese without a prefix, English under ``/en/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from guildhall.web.views import check, public, sign

urlpatterns: list[URLPattern] = [
    path("", public.home, name="home"),
    path("check", check.check, name="check"),
    path("coverage", public.coverage, name="coverage"),
    path("issuers", public.issuer_list, name="issuers"),
    path("issuers/<slug:slug>", public.issuer, name="issuer"),
    path("schemes/<slug:code>", public.scheme, name="scheme"),
    path("log", public.log, name="log"),
    path("how-to-check", public.how_to_check, name="how-to-check"),
    path("privacy", public.privacy, name="privacy"),
    path("sign-in", sign.sign_in, name="sign-in"),
    path("sign-out", sign.sign_out, name="sign-out"),
    path("desk", sign.desk, name="desk"),
]
