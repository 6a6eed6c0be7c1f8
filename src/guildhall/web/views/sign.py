"""Signing in and out, and the way to one's own desk."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from guildhall.web.access import actor, home_desk
from guildhall.web.forms import SignInForm
from guildhall.web.limits import limited
from guildhall.web.pages import crumb, page


@sensitive_post_parameters("password")
@never_cache
@csrf_protect
@limited("sign-in")
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign a person in by name and password."""
    target = _safe_target(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(target)
    return page(request, "sign_in", crumb(_("Sign in")), form=form, next=target)


def _safe_target(request: HttpRequest) -> str:
    """Return where to go after signing in: never to another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = {request.get_host()}
    secure = settings.SESSION_COOKIE_SECURE
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=allowed, require_https=secure):
        return wanted
    return reverse("desk")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign the person out."""
    logout(request)
    return redirect("home")


@login_required
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """Lead a person to the desk that is theirs."""
    own = home_desk(actor(request))
    if not own:
        raise PermissionDenied
    return redirect(own)
