"""Signing in and out."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.apps.web.town import Town, signed_in
from tests.world import PASSWORD


def sign_in(browser: Client, name: str, password: str, **more: str):
    return browser.post("/en/sign-in", {"username": name, "password": password, **more})


def test_name_and_password_open_the_desk(town: Town):
    browser = Client()
    answer = sign_in(browser, "li", PASSWORD)
    assert answer["Location"] == "/en/desk"
    assert browser.get("/en/desk", follow=True).status_code == 200
    assert ">Desk<" in browser.get("/en/").content.decode()


def test_a_wrong_password_and_an_unknown_name_are_told_apart_by_nothing(town: Town):
    wrong, unknown = (
        sign_in(Client(), name, "guess").content.decode().replace(f'value="{name}"', "") for name in ("li", "someone")
    )
    token = 'name="csrfmiddlewaretoken" value="'
    assert wrong.split(token)[0] == unknown.split(token)[0]
    assert "Name and password do not belong together." in wrong


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(town: Town, target: str):
    assert sign_in(Client(), "li", PASSWORD, next=target)["Location"] == "/en/desk"


def test_one_comes_back_to_the_page_that_asked(town: Town):
    browser = Client()
    wanted = "/en/desk/issuer/national-centre/awards"
    asked = browser.get(wanted)["Location"]
    assert browser.get(asked).context["next"] == wanted
    assert sign_in(browser, "li", PASSWORD, next=wanted)["Location"] == wanted


def test_guessing_passwords_is_slow(town: Town, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign-in": (3, 300)}
    browser = Client()
    assert [sign_in(browser, "li", f"guess {n}").status_code for n in range(4)] == [200, 200, 200, 429]
    assert sign_in(browser, "li", PASSWORD).status_code == 429, "nor does the right one get through"
    assert browser.get("/en/sign-in").status_code == 200


def test_signing_out_ends_it_and_needs_a_form(town: Town):
    li = signed_in("li")
    assert li.get("/en/sign-out").status_code == 405
    assert li.post("/en/sign-out").status_code == 302
    assert li.get("/en/desk/issuer/national-centre").status_code == 302


def test_a_role_that_has_ended_opens_nothing(town: Town):
    from guildhall.accounts.models import Role
    from guildhall.accounts.services import end_role
    from tests.apps.web.town import LATER

    li = signed_in("li")
    end_role(Role.objects.get(user__username="li"), actor=town.world.wang, now=LATER)
    assert li.get("/en/desk/issuer/national-centre").status_code == 403
