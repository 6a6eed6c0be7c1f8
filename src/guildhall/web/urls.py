"""Addresses of pages. Included under both languages: Chinese without a prefix, English under ``/en/``."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter

from guildhall.web.negotiating import routes
from guildhall.web.views import (
    articles_desk,
    authority,
    awards,
    batches,
    certificate,
    check,
    college,
    eligibility,
    encyclopedia,
    encyclopedia_articles,
    encyclopedia_search,
    encyclopedia_standards,
    feeds,
    imports,
    issuer,
    learner,
    learner_plan,
    learner_posts,
    learner_way,
    programmes,
    public,
    sign,
    standards_desk,
    standards_files,
)


class Token:
    """22 characters of base64url: 128 bits (``credentials.naming``)."""

    regex = "[A-Za-z0-9_-]{22}"

    def to_python(self, value: str) -> str:
        """Return the token."""
        return value

    def to_url(self, value: str) -> str:
        """Return the token."""
        return value


class Slug:
    """A slug of an article."""

    regex = "[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> str:
        """Return the slug."""
        return value

    def to_url(self, value: str) -> str:
        """Return the slug."""
        return value


class Code(Slug):
    """A code of a classification, an occupation or an edition: letters, digits, dots, hyphens."""

    regex = "[0-9A-Za-z][0-9A-Za-z.-]*"


register_converter(Token, "token")
register_converter(Slug, "article")
register_converter(Code, "code")

urlpatterns: list[URLPattern] = [
    path("", public.home, name="home"),
    path("check", check.check, name="check"),
    path("check/receipt", check.receipt, name="receipt"),
    path("q/<token:token>", certificate.certificate, name="certificate"),
    path("q/<token:token>.json", certificate.bundle, name="certificate-bundle"),
    path("q/<token:token>.pdf", certificate.pdf, name="certificate-pdf"),
    path("q/<token:token>/receipt", certificate.receipt, name="certificate-receipt"),
    path("eligibility", eligibility.eligibility, name="eligibility"),
    path("coverage", public.coverage, name="coverage"),
    path("issuers", public.issuer_list, name="issuers"),
    *routes("issuers/<slug:slug>", public.issuer, "issuer"),
    *routes("schemes/<slug:code>", public.scheme, "scheme"),
    path("log", public.log, name="log"),
    path("log/files.txt", public.log_files, name="log-files"),
    path("how-to-check", public.how_to_check, name="how-to-check"),
    path("privacy", public.privacy, name="privacy"),
    path("programmes", programmes.programmes, name="programmes"),
    path(
        "programmes/<slug:college>/<code:code>/<code:edition>.csv",
        programmes.programme,
        {"form": "csv"},
        name="programme-csv",
    ),
    path("programmes/<slug:college>/<code:code>/<code:edition>", programmes.programme, name="programme"),
    path(
        "encyclopedia/standards/<code:classification>/<code:code>/<code:edition>/programmes-since/<code:since>",
        programmes.touched,
        name="programmes-touched",
    ),
    path("encyclopedia/search", encyclopedia_search.search, name="encyclopedia-search"),
    path("encyclopedia/suggest", encyclopedia_search.suggest, name="encyclopedia-suggest"),
    *routes("encyclopedia/fields/<slug:code>", encyclopedia.field, "encyclopedia-field"),
    *routes("encyclopedia/occupations/<code:classification>/<code:code>", encyclopedia.occupation, "occupation"),
    *routes(
        "encyclopedia/certificates/<slug:scheme>/<code:occupation>", encyclopedia.certificate_type, "certificate-type"
    ),
    *routes(
        "encyclopedia/certificates/<slug:scheme>/<code:occupation>/<slug:level>",
        encyclopedia.certificate,
        "certificate-level",
    ),
    *routes(
        "encyclopedia/standards/<code:classification>/<code:code>/<code:edition>",
        encyclopedia_standards.standard,
        "standard",
    ),
    path(
        "encyclopedia/standards/<code:classification>/<code:code>/<code:edition>/since/<code:since>",
        encyclopedia_standards.changes,
        name="standard-changes",
    ),
    *routes("encyclopedia/articles", encyclopedia_articles.article_list, "articles"),
    *routes("encyclopedia/articles/<article:slug>", encyclopedia_articles.article, "article"),
    path("encyclopedia/articles/<article:slug>/history", encyclopedia_articles.history, name="article-history"),
    path(
        "encyclopedia/articles/<article:slug>/history/<int:number>",
        encyclopedia_articles.revision,
        name="article-revision",
    ),
    path("encyclopedia/<slug:name>.atom", feeds.feed, name="feed"),
    *routes("encyclopedia", encyclopedia.front, "encyclopedia"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("sign-in", sign.sign_in, name="sign-in"),
    path("sign-out", sign.sign_out, name="sign-out"),
    path("desk", sign.desk, name="desk"),
    path("desk/articles", articles_desk.overview, name="desk-articles"),
    path("desk/articles/new", articles_desk.write, name="desk-article-new"),
    path("desk/articles/<article:slug>/<slug:tongue>", articles_desk.article, name="desk-article"),
    path("desk/articles/<article:slug>/<slug:tongue>/write", articles_desk.write, name="desk-article-write"),
    path(
        "desk/articles/<article:slug>/<slug:tongue>/<int:number>/<slug:name>",
        articles_desk.deed,
        name="desk-article-deed",
    ),
    path("desk/issuer/<slug:slug>", issuer.overview, name="desk-issuer"),
    path("desk/issuer/<slug:slug>/upload", imports.upload, name="desk-upload"),
    path("desk/issuer/<slug:slug>/template.<str:kind>", imports.template, name="desk-template"),
    path("desk/issuer/<slug:slug>/uploads/<str:key>", imports.preview, name="desk-preview"),
    path(
        "desk/issuer/<slug:slug>/uploads/<str:key>/corrections",
        imports.preview_corrections,
        name="desk-preview-corrections",
    ),
    path("desk/issuer/<slug:slug>/uploads/<str:key>/import", imports.import_file, name="desk-import"),
    path("desk/issuer/<slug:slug>/batches", batches.batches, name="desk-batches"),
    path("desk/issuer/<slug:slug>/batches/<uuid:batch_id>", batches.batch, name="desk-batch"),
    path("desk/issuer/<slug:slug>/batches/<uuid:batch_id>/progress", batches.progress, name="desk-progress"),
    path("desk/issuer/<slug:slug>/batches/<uuid:batch_id>/issue", batches.issue, name="desk-issue"),
    path(
        "desk/issuer/<slug:slug>/batches/<uuid:batch_id>/corrections",
        batches.batch_corrections,
        name="desk-batch-corrections",
    ),
    path(
        "desk/issuer/<slug:slug>/batches/<uuid:batch_id>/certificates-<int:part>.pdf",
        batches.batch_pdf,
        name="desk-batch-pdf",
    ),
    path("desk/issuer/<slug:slug>/awards", awards.awards, name="desk-awards"),
    path("desk/issuer/<slug:slug>/awards/<uuid:award_id>", awards.award, name="desk-award"),
    path("desk/issuer/<slug:slug>/awards/<uuid:award_id>/<str:name>", awards.deed, name="desk-deed"),
    path("desk/issuer/<slug:slug>/filings", issuer.filings, name="desk-filings"),
    path("learner", learner.record, name="learner"),
    path("learner/bind", learner.bind, name="learner-bind"),
    path("learner/record.json", learner.record_file, name="learner-record-file"),
    path("learner/done.json", learner.done_file, name="learner-done-file"),
    path("learner/credits", learner.credits, name="learner-credits"),
    path("learner/plan", learner_plan.plan, name="learner-plan"),
    path("learner/plan/apply", learner_plan.apply, name="learner-apply"),
    path("learner/posts", learner_posts.posts, name="learner-posts"),
    path("learner/way", learner_way.way, name="learner-way"),
    path("learner/posts/listing", learner_posts.listing, name="learner-listing"),
    path("learner/posts/work", learner_posts.work, name="learner-work"),
    path("learner/applications/<uuid:application_id>", learner.application, name="learner-application"),
    path("learner/applications/<uuid:application_id>/withdraw", learner.withdraw, name="learner-withdraw"),
    path("learner/applications/<uuid:application_id>/appeal", learner.appeal, name="learner-appeal"),
    path("learner/transcripts/<uuid:transcript_id>", learner.transcript, name="learner-transcript"),
    path("learner/transcripts/<uuid:transcript_id>.json", learner.transcript_bundle, name="learner-transcript-bundle"),
    path("desk/college/<slug:slug>", college.queue, name="desk-college"),
    path("desk/college/<slug:slug>/decided", college.decided, name="desk-college-decided"),
    path("desk/college/<slug:slug>/tasks", college.tasks, name="desk-college-tasks"),
    path("desk/college/<slug:slug>/applications/<uuid:application_id>", college.application, name="desk-application"),
    path(
        "desk/college/<slug:slug>/applications/<uuid:application_id>/annul",
        college.annul,
        name="desk-application-annul",
    ),
    path(
        "desk/college/<slug:slug>/applications/<uuid:application_id>/dismiss",
        college.dismiss,
        name="desk-application-dismiss",
    ),
    path("desk/standards", standards_desk.editions, name="desk-standards"),
    path("desk/standards/new", standards_files.new, name="desk-standard-new"),
    path("desk/standards/template.<str:kind>", standards_files.template, name="desk-standard-template"),
    path("desk/standards/<uuid:standard_id>", standards_desk.edition, name="desk-standard"),
    path("desk/standards/<uuid:standard_id>/overview", standards_desk.overview, name="desk-standard-overview"),
    path("desk/standards/<uuid:standard_id>/items/<str:level>", standards_desk.items, name="desk-standard-items"),
    path("desk/standards/<uuid:standard_id>/weights", standards_desk.weights, name="desk-standard-weights"),
    path("desk/standards/<uuid:standard_id>/file.<str:kind>", standards_files.download, name="desk-standard-file"),
    path("desk/standards/<uuid:standard_id>/deeds/<str:name>", standards_desk.deed, name="desk-standard-deed"),
    path("desk/authority", authority.authority, name="desk-authority"),
    path("desk/authority/issuers", authority.issuer_list, name="desk-issuers"),
    path("desk/authority/issuers/<slug:slug>", authority.issuer, name="desk-issuer-page"),
    path("desk/authority/accreditations", authority.accreditations, name="desk-accreditations"),
    path("desk/authority/accreditations/new", authority.accredit, name="desk-accredit"),
    path("desk/authority/accreditations/<str:number>", authority.filing, name="desk-filing"),
    path("desk/authority/accreditations/<str:number>/<str:deed>", authority.filing_deed, name="desk-filing-deed"),
    path("desk/authority/log", authority.log, name="desk-log"),
    path("desk/authority/log/audit", authority.audit, name="desk-audit"),
    path("desk/authority/audit", authority.trail, name="desk-trail"),
]
