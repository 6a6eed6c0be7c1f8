"""The standards desk in a real browser: by keyboard, sums as one types, and fit for everybody."""

from __future__ import annotations

from datetime import date

import pytest

from guildhall.accounts import services as accounts
from guildhall.accounts.models import RoleKind
from guildhall.standards.editions import services
from guildhall.standards.models import Standard
from tests.e2e.conftest import Site
from tests.e2e.test_pages import DESKTOP, PHONE, walk
from tests.unit.standard.made import EXAMPLE, encoded
from tests.world import PASSWORD


@pytest.fixture
def draft(site: Site) -> Standard:
    world = site.town.world
    by = {"actor": world.command, "now": world.now}
    user = accounts.create_user("sun", PASSWORD, **by)
    accounts.grant(user, world.authority, RoleKind.STANDARDS_OFFICER, **by)
    published, _ = services.import_edition(encoded(EXAMPLE), **by)
    return services.draft_next(published, "sample-2", in_force_on=date(2027, 1, 1), **by)


@pytest.mark.parametrize(("language", "width", "scheme"), [("", PHONE, "light"), ("/en", DESKTOP, "dark")])
def test_the_standards_desk_fits_and_can_be_read_by_everybody(
    site: Site, draft: Standard, language: str, width: int, scheme: str
):
    page = site.signed_in("sun", width=width, language=language, color_scheme=scheme, bypass_csp=True)
    own = f"/desk/standards/{draft.pk}"
    places = ("", "/overview", "/items/basic", "/items/5", "/weights")
    published = f"/desk/standards/{draft.revises_id}"
    paths = ["/desk/standards", "/desk/standards/new", published, *(f"{own}{place}" for place in places)]
    assert walk(page, language, paths) == []


def test_the_tree_is_moved_by_keyboard_and_sums_follow_the_typing(site: Site, draft: Standard):
    page = site.signed_in("sun")
    page.goto(f"/en/desk/standards/{draft.pk}/items/5")
    first = page.locator("#at-function-1 textarea[lang=en]")
    first.fill("Wiring, typed before the move")
    first.press("Alt+ArrowDown")
    page.wait_for_url("**#at-function-2")
    assert page.input_value("#at-function-2 textarea[lang=en]") == "Wiring, typed before the move"
    page.wait_for_function("document.activeElement.closest('li')?.id === 'at-function-2'")
    page.goto(f"/en/desk/standards/{draft.pk}/weights")
    form = page.locator("#level-5")
    total = form.locator("[data-sum=skill] span")
    assert (total.inner_text(), total.get_attribute("data-ok")) == ("100", "yes")
    form.locator("input[name='skill|1']").fill("39.5")
    assert (total.inner_text(), total.get_attribute("data-ok")) == ("99.5", "no")
    draft.refresh_from_db()
    assert draft.content["weights"]["5"]["skill"] == {"2": "60", "1": "40"}
