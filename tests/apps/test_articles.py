"""The life of an article: saved, submitted, sent back, published by a second person, replaced, withdrawn; folders at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, transaction

from guildhall.accounts.models import AuditEntry, RoleKind, User
from guildhall.accounts.services import Actor, verify_audit_chain
from guildhall.core.errors import ForbiddenError
from guildhall.encyclopedia.articles import selectors, services
from guildhall.encyclopedia.articles.models import Article, Revision, RevisionEvent, State, Subject
from guildhall.encyclopedia.articles.reading import InvalidArticleError, Text
from tests.world import NOW

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.django_db
HEAD = "title: {title}\nsummary: S.\nkind: how-to\nabout: scheme:pcc\n\n{body}\n"
LATER = NOW + timedelta(hours=1)


def editor(name: str) -> Actor:
    return Actor(name, roles=frozenset({(RoleKind.EDITOR, None)}))


ANNA, BO = editor("anna"), editor("bo")


def text(body: str = "Words.", *, language: str = "zh", title: str = "T", **more: object) -> Text:
    return Text("how", language, title, "S.", "how-to", body + "\n", about=("scheme:pcc",), **more)


def file(body: str = "Words.", title: str = "T") -> bytes:
    return HEAD.format(title=title, body=body).encode()


def published(body: str = "Words.", **more: object) -> Revision:
    draft = services.save(text(body, **more), actor=ANNA, now=NOW)
    services.submit(draft, actor=ANNA, now=NOW)
    return services.publish(draft, actor=BO, now=LATER)


def test_from_a_draft_to_the_page(world: World):
    draft = services.save(text(), actor=ANNA, now=NOW)
    assert (draft.number, draft.state) == (1, State.DRAFT)
    with pytest.raises(selectors.UnknownArticleError):
        selectors.published("how")
    services.submit(draft, actor=ANNA, now=NOW)
    with pytest.raises(selectors.UnknownArticleError):
        selectors.published("how")
    services.publish(draft, actor=BO, now=LATER)
    shown = selectors.published("how")["zh"]
    assert (shown.pk, selectors.published_at(shown), selectors.published_by(shown)) == (draft.pk, LATER, "bo")
    assert Subject.objects.get().name == "scheme:pcc"
    assert verify_audit_chain() == []
    assert list(AuditEntry.objects.order_by("id").values_list("deed", flat=True))[-3:] == [
        "save-article", "submit-article", "publish-article",
    ]  # fmt: skip


def test_nobody_publishes_what_they_wrote_or_submitted(world: World):
    draft = services.save(text(), actor=ANNA, now=NOW)
    services.submit(draft, actor=BO, now=NOW)
    for one in (ANNA, BO):
        with pytest.raises(services.SamePersonError):
            services.publish(draft, actor=one, now=NOW)
    services.publish(draft, actor=editor("cai"), now=NOW)


def test_only_editors_write(world: World):
    draft = services.save(text(), actor=ANNA, now=NOW)
    for one in (world.wang, world.li, world.zhou, world.nobody):
        for deed in (
            lambda one=one: services.save(text("Other."), actor=one, now=NOW),
            lambda one=one: services.submit(draft, actor=one, now=NOW),
            lambda one=one: services.publish(draft, actor=one, now=NOW),
            lambda one=one: services.import_articles({"how.zh.md": file()}, actor=one, now=NOW),
            lambda one=one: selectors.at_desk(actor=one),
        ):
            with pytest.raises(ForbiddenError):
                deed()
    assert Revision.objects.count() == 1


def test_the_published_text_stays_until_the_next_is_published(world: World):
    first = published("One.")
    second = services.save(text("Two."), actor=ANNA, now=NOW)
    assert selectors.published("how")["zh"].pk == first.pk
    services.submit(second, actor=ANNA, now=NOW)
    services.publish(second, actor=BO, now=LATER)
    assert selectors.published("how")["zh"].pk == second.pk
    assert [(one.number, one.state) for one in selectors.history("how", "zh")] == [(2, "published"), (1, "former")]


def test_the_same_text_again_is_no_new_revision(world: World):
    first = services.save(text(), actor=ANNA, now=NOW)
    assert services.save(text(), actor=BO, now=LATER).pk == first.pk
    assert services.save(text(title="U"), actor=BO, now=LATER).number == 2


def test_what_was_saved_meanwhile_is_not_overwritten_unseen(world: World):
    services.save(text("One."), actor=ANNA, now=NOW, after=0)
    with pytest.raises(services.RevisionMovedOnError):
        services.save(text("Two."), actor=BO, now=NOW, after=0)
    assert services.save(text("Two."), actor=BO, now=NOW, after=1).number == 2


def test_a_revision_that_is_sent_back_says_why_and_can_come_again(world: World):
    draft = services.save(text(), actor=ANNA, now=NOW)
    services.submit(draft, actor=ANNA, now=NOW)
    services.send_back(draft, "One source is missing.", actor=BO, now=LATER)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT
    assert draft.events.order_by("-id")[0].note == "One source is missing."
    services.submit(draft, actor=ANNA, now=LATER)
    services.publish(draft, actor=BO, now=LATER)


def test_each_deed_has_its_state(world: World):
    draft = services.save(text(), actor=ANNA, now=NOW)
    by = {"actor": BO, "now": NOW}
    for deed in (
        lambda: services.publish(draft, **by),
        lambda: services.send_back(draft, "x", **by),
        lambda: services.withdraw(draft, "x", **by),
    ):
        with pytest.raises(services.RevisionMovedOnError):
            deed()
    services.submit(draft, actor=ANNA, now=NOW)
    with pytest.raises(services.RevisionMovedOnError):
        services.submit(draft, **by)


def test_a_withdrawn_article_is_off_its_page_and_in_the_history(world: World):
    shown = published()
    services.withdraw(shown, "Out of date.", actor=ANNA, now=LATER)
    with pytest.raises(selectors.UnknownArticleError):
        selectors.published("how")
    assert [one.state for one in selectors.history("how", "zh")] == ["withdrawn"]
    assert selectors.entries() == []


def test_drafts_are_in_no_public_history(world: World):
    published("One.")
    services.save(text("Two."), actor=ANNA, now=NOW)
    assert [one.number for one in selectors.history("how", "zh")] == [1]
    with pytest.raises(selectors.UnknownRevisionError):
        selectors.revision("how", "zh", 2)


def test_a_restricted_word_is_kept_with_the_draft_and_stands_in_the_way(world: World):
    draft = services.save(text("本证是岗位合格证。"), actor=ANNA, now=NOW)
    assert [finding["code"] for finding in draft.findings] == ["restricted_wording"]
    assert "人社" in draft.findings[0]["detail"]
    with pytest.raises(InvalidArticleError):
        services.submit(draft, actor=ANNA, now=NOW)
    quoted = services.save(text("本证是岗位合格证。", quotes=("岗位合格证",)), actor=ANNA, now=NOW)
    assert quoted.findings == []
    services.submit(quoted, actor=ANNA, now=NOW)


def test_the_rows_of_a_revision_never_change(world: World):
    shown = published()
    for change in ({"body": "Other."}, {"title": "U"}, {"saved_by": "cai"}, {"number": 7}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Revision.objects.filter(pk=shown.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        RevisionEvent.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        RevisionEvent.objects.update(by="cai")


def test_a_folder_is_published_whole_and_again_changes_nothing(world: World):
    files = {"how.zh.md": file(), "how.en.md": file("Words in English."), "why.zh.md": file("Because.")}
    loaded = services.import_articles(files, actor=world.command, now=NOW)
    assert (loaded.n_files, loaded.n_new, loaded.articles) == (3, 3, ("how", "why"))
    n_audit = AuditEntry.objects.count()
    again = services.import_articles(files, actor=world.command, now=LATER)
    assert (again.n_new, again.n_known, Revision.objects.count(), AuditEntry.objects.count()) == (0, 3, 3, n_audit)
    files["how.zh.md"] = file("Other words.")
    assert services.import_articles(files, actor=world.command, now=LATER).n_new == 1
    assert [one.number for one in selectors.history("how", "zh")] == [2, 1]


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"why.zh.md": b"title: T\n\nx"}, InvalidArticleError),
        ({"why.zh.md": file("<script>")}, InvalidArticleError),
        ({"why.zh.md": file("岗位合格证")}, InvalidArticleError),
        ({"WHY.zh.md": file()}, InvalidArticleError),
        ({"how.en.md": file().replace(b"how-to", b"rule")}, services.TranslationsDifferError),
    ],
)
def test_a_folder_with_one_fault_changes_nothing(world: World, bad: dict[str, bytes], error: type[Exception]):
    with pytest.raises(error):
        services.import_articles({"how.zh.md": file(), **bad}, actor=world.command, now=NOW)
    assert (Article.objects.count(), Revision.objects.count()) == (0, 0)


def test_a_missing_language_is_known_to_be_missing(world: World):
    services.import_articles({"how.zh.md": file()}, actor=world.command, now=NOW)
    (entry,) = selectors.entries()
    assert set(entry.title) == {"zh"}
    assert set(selectors.published("how")) == {"zh"}


def test_articles_are_found_by_subject_field_and_kind(world: World):
    files = {"how.zh.md": file(), "why.zh.md": file().replace(b"scheme:pcc\n", b"scheme:vqc\nfield: 6\n")}
    services.import_articles(files, actor=world.command, now=NOW)
    assert [one.slug for one in selectors.entries(subjects=["scheme:pcc", "scheme:none"])] == ["how"]
    assert [one.slug for one in selectors.entries(subjects=["scheme:pcc", "scheme:vqc"])] == ["how", "why"]
    assert [one.slug for one in selectors.entries(field="6")] == ["why"]
    assert [one.slug for one in selectors.entries(kind="rule")] == []
    assert {one.slug for one in selectors.newest(5)} == {"how", "why"}


def test_the_editors_of_the_demonstration_are_editors(world: World):
    from guildhall.accounts.services import actor_of, create_user, grant

    user: User = create_user("anna", "a password for tests", actor=world.command, now=NOW)
    grant(user, world.authority, RoleKind.EDITOR, actor=world.command, now=NOW)
    services.save(text(), actor=actor_of(user, NOW), now=NOW)
    assert not actor_of(user, NOW).reads()
