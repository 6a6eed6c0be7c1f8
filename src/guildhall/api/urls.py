"""Addresses without a language: the API, the VC-API, static files, DID documents."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from guildhall.api import case, files, vc
from guildhall.api.register import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    path("vc/credentials/issue", vc.issue),
    path("vc/credentials/status", vc.set_status),
    path("vc/credentials/verify", vc.verify_credential),
    path("vc/presentations/verify", vc.verify_presentation),
    path("ims/case/v1p1/CFDocuments", case.documents),
    path("ims/case/v1p1/<str:kind>/<str:identifier>", case.one),
    path("ims/case/v1p1/<path:rest>", case.nothing),
    re_path(r"^log/(?P<path>checkpoint|tile/[0-9a-z./]{1,80})$", files.log_file),
    path("status/<slug:name>.json", files.status_list),
    path("issuers/<slug:slug>/did.json", files.issuer_did),
    path("authority/did.json", files.authority_did),
    path(".well-known/did.json", files.register_did),
    path("trust.json", files.trust),
    path("healthz", files.healthz),
]
