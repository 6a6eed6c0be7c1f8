"""Every address of the site; wiring only."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver

from guildhall.api.urls import urlpatterns as machines
from guildhall.web.urls import urlpatterns as pages

urlpatterns: list[URLPattern | URLResolver] = [
    *machines,
    *i18n_patterns(*pages, prefix_default_language=False),
]

handler400 = "guildhall.web.views.errors.bad_request"
handler403 = "guildhall.web.views.errors.forbidden"
handler404 = "guildhall.web.views.errors.not_found"
handler500 = "guildhall.web.views.errors.our_mistake"
