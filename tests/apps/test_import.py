"""Results in: the preview says what the commit does, and nothing wrong becomes an award."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildhall.accounts.models import AuditEntry
from guildhall.assessment import identity, numbers, services
from guildhall.assessment.models import Batch, Holder, NumberCounter, Result
from guildhall.core import results
from guildhall.core.errors import Error, ForbiddenError
from guildhall.core.results import RefusedFileError
from guildhall.issuers.services import suspend_accreditation
from tests.apps import river
from tests.apps.river import together
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


def look(office: World, lines, **other):
    asked = {"issuer": office.national, "actor": office.li, "now": NOW} | other
    return services.preview(river.csv_file(lines), "五月.csv", **asked)


def bring(office: World, lines, digest=None, **other) -> Batch:
    asked = {"issuer": office.national, "actor": office.li, "now": NOW} | other
    return services.import_results(river.csv_file(lines), "五月.csv", preview_digest=digest, **asked)


def codes(office: World, *lines, **other) -> list[str]:
    return [problem.code for problem in look(office, lines, **other).problems]


def guangdong(n: int, **changes: str) -> dict[str, str]:
    return river.row(n, **({"级别": "3"} | changes))


# ── good rows ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_good_rows_become_results_with_numbers_of_the_schemes_layout(office: World) -> None:
    batch = bring(office, river.rows(3))
    assert (batch.n_rows, batch.n_good, batch.n_bad, batch.n_already) == (3, 3, 0, 0)
    found = Result.objects.filter(batch=batch).order_by("line").values_list("number", flat=True)
    # S, institution 0001, province 11, site 000001, year 26, level 4, serial: layout A, domain sheet 1.4
    assert list(found) == ["S000111000001264000001", "S000111000001264000002", "S000111000001264000003"]


def test_serials_go_on_from_file_to_file(office: World) -> None:
    bring(office, river.rows(2))
    bring(office, river.rows(2, 100))
    assert max(Result.objects.values_list("number", flat=True)).endswith("000004")


def test_years_and_levels_have_serials_of_their_own(office: World) -> None:
    bring(office, [river.row(1), river.row(2, 级别="3"), river.row(3, 发证日期="2025-12-20", 考试日期="2025-12-01")])
    assert {number[-7:] for number in Result.objects.values_list("number", flat=True)} == {"4000001", "3000001"}
    assert NumberCounter.objects.count() == 3


def test_a_row_carries_what_the_register_made_of_it(office: World) -> None:
    bring(office, [river.row(5, 工种="", 考点="01", 职业="养老护理员", 工作单位="")])
    result = Result.objects.get()
    assert result.occupation == office.carer
    assert result.accreditation == office.filings["PCC-2025-0001"]
    assert result.site == office.national_site
    assert result.standard is not None
    assert result.standard.edition == "2024"
    assert result.region == "110000"
    assert result.marks == {"theory": "65", "skill": str(60 + 35 % 41)}


def test_the_work_type_is_written_as_the_classification_has_it(office: World) -> None:
    bring(office, [river.row(1, 职业="4-10-01-05", 工种="老年 助浴员")])
    assert Result.objects.get().work_type == "老年助浴员"


# ── rows that come back ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"理论": "59.5"}, "failed_part"),
        ({"技能": ""}, "missing_mark"),
        ({"级别": "2"}, "missing_mark"),  # level 2 has a review besides
        ({"职业": "拆弹专家"}, "occupation_unknown"),
        ({"工种": "拆弹员"}, "work_type_unknown"),
        ({"级别": "学徒工"}, "level_not_in_ladder"),
        ({"级别": "无"}, "level_not_in_ladder"),
        ({"考点": "月球考点"}, "site_unknown"),
        ({"认证体系": "没有的体系"}, "scheme_unknown"),
        ({"认证体系": "vqc"}, "not_accredited"),
        ({"考试日期": "2026-05-21"}, "issued_before_exam"),
        ({"发证日期": "2024-12-31", "考试日期": "2024-12-01"}, "not_accredited"),
        ({"证件号码": "110001196001010021"}, "id_check_digit"),
        ({"证书编号": "S00011100000126400001"}, "number_layout_wrong"),
        ({"证书编号": "Y000111000001264000001"}, "number_issuer_differs"),
        ({"证书编号": "S000111000001263000001"}, "number_level_differs"),
        ({"证书编号": "S000111000001254000001"}, "number_year_differs"),
    ],
)
def test_a_row_that_cannot_be_an_award_comes_back_with_its_reason(office: World, changes, code) -> None:
    assert codes(office, river.row(1, **changes)) == [code]
    batch = bring(office, [river.row(1, **changes), river.row(2)])
    assert (batch.n_good, batch.n_bad) == (1, 1)
    assert Result.objects.count() == 1


def test_each_part_counts_for_itself(office: World) -> None:
    problems = look(office, [river.row(1, 理论="59.99", 技能="100")]).problems
    assert [(p.code, p.params["mark"]) for p in problems] == [("failed_part", "59.99")]


def test_a_mark_of_exactly_the_pass_mark_passes(office: World) -> None:
    assert codes(office, river.row(1, 理论="60", 技能="60.00")) == []


@pytest.mark.parametrize(
    ("changes", "standing", "filing"),
    [
        ({"职业": "6-18-02-04 焊工", "发证日期": "2026-05-20"}, "suspended", "VQC-44-0002"),
        ({"级别": "2", "综合评审": "80"}, "wrong-level", "VQC-44-0001"),
        ({"职业": "4-04-05-05"}, "wrong-occupation", ""),
    ],
)
def test_a_refusal_names_the_standing_and_the_filing(office: World, changes, standing, filing) -> None:
    seen = look(office, [guangdong(1, **changes)], issuer=office.guangdong, actor=office.chen)
    (problem,) = seen.problems
    assert problem.code == "not_accredited"
    assert str(problem.params["reason"]).startswith(standing)
    assert filing in str(problem.params["reason"])


def test_what_was_awarded_in_time_stays_possible_after_a_suspension(office: World) -> None:
    early = guangdong(1, 职业="6-18-02-04 焊工", 发证日期="2026-02-28", 考试日期="2026-02-20")
    assert codes(office, early, issuer=office.guangdong, actor=office.chen) == []


@pytest.mark.parametrize(
    ("changes", "standing"),
    [({"职业": "4-03-02-01"}, "expired"), ({"职业": "6-18-02-04"}, "not-yet")],
)
def test_filings_out_of_time_are_told_apart(office: World, changes, standing) -> None:
    (problem,) = look(office, [guangdong(1, **changes)], issuer=office.shanghai, actor=office.lin).problems
    assert str(problem.params["reason"]).startswith(standing)


def test_all_problems_are_said_at_once(office: World) -> None:
    seen = look(
        office, [river.row(1, 职业="没有", 考点="没有"), river.row(2, 姓名=""), river.row(3), river.row(4, 理论="1")]
    )
    assert [(p.line, p.code) for p in seen.problems] == [
        (2, "occupation_unknown"),
        (2, "site_unknown"),
        (3, "name_missing"),
        (5, "failed_part"),
    ]
    assert [(r.line, r.verdict) for r in seen.rows] == [(2, "bad"), (3, "bad"), (4, "good"), (5, "bad")]
    assert (seen.n_good, seen.n_bad) == (1, 3)


def test_a_problem_names_the_column_as_the_file_writes_it(office: World) -> None:
    seen = look(office, [river.row(1, 职业="没有的职业")])
    assert (seen.problems[0].column, seen.problems[0].value) == ("职业", "没有的职业")


def test_another_issuers_name_in_the_file_is_refused(office: World) -> None:
    data = "姓名,证件号码,职业,级别,发证日期,理论,技能,颁证机构\n" + ",".join(
        ("王伟", river.resident_id(1), "6-31-01-03", "4", "2026-05-20", "80", "80", "上海评价中心")
    )
    seen = services.preview(data.encode(), "x.csv", issuer=office.national, actor=office.li, now=NOW)
    assert [p.code for p in seen.problems] == ["issuer_differs"]


def test_a_known_person_under_another_name_is_refused(office: World) -> None:
    bring(office, [river.row(1)])
    other = river.row(1, 姓名="赵敏", 职业="4-03-02-01", 考试日期="2026-04-01")
    assert codes(office, other) == ["holder_name_differs"]


def test_a_name_with_the_dot_of_another_input_method_is_the_same_name(office: World) -> None:
    bring(office, [river.row(1, 姓名="阿依古丽·买买提")])
    again = river.row(1, 姓名="阿依古丽•买买提", 职业="4-03-02-01")
    assert codes(office, again) == []


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────

GIVEN = "S000111000001264000002"


def test_a_number_used_by_another_candidate_is_said_in_the_preview(office: World) -> None:
    bring(office, [river.row(1, 证书编号=GIVEN)])
    assert codes(office, river.row(2, 证书编号=GIVEN)) == ["number_taken"]


def test_a_given_number_is_kept_as_it_is_looked_up(office: World) -> None:
    bring(office, [river.row(1, 证书编号=" ｓ000111000001264000002 ")])
    assert Result.objects.get().number == GIVEN


def test_serials_pass_over_numbers_that_were_given(office: World) -> None:
    bring(office, [river.row(1, 证书编号=GIVEN)])
    bring(office, river.rows(3, 10))
    taken = sorted(number[-1] for number in Result.objects.values_list("number", flat=True))
    assert taken == ["1", "2", "3", "4"]


def test_serials_pass_over_numbers_that_the_same_file_gives_further_down(office: World) -> None:
    bring(office, [river.row(1), river.row(2), river.row(3, 证书编号=GIVEN)])
    by_person = dict(Result.objects.values_list("line", "number"))
    assert by_person[4] == GIVEN
    assert len(set(by_person.values())) == 3


def test_a_number_twice_in_a_file_keeps_both_rows_out(office: World) -> None:
    assert codes(office, river.row(1, 证书编号=GIVEN), river.row(2, 证书编号=GIVEN)) == ["duplicate_number"] * 2


def test_when_serials_run_out_the_rest_comes_back(office: World) -> None:
    bring(office, [river.row(1)])
    counter = NumberCounter.objects.get()
    counter.last = 999_997
    counter.save()
    rows = river.rows(4, 10)
    seen = look(office, rows)
    assert [(p.line, p.code) for p in seen.problems] == [(4, "numbers_used_up"), (5, "numbers_used_up")]
    batch = bring(office, rows, seen.digest)
    assert (batch.n_good, batch.n_bad) == (2, 2)
    assert Result.objects.filter(number__endswith="999999").exists()


def test_an_issuer_without_parts_of_a_number_must_give_numbers(office: World) -> None:
    office.national.number_parts = {}
    assert numbers.prefix("A", {}, "4", TODAY) is None
    assert numbers.prefix("D", {"D": {}}, "4", TODAY) is None
    assert numbers.prefix("A", {"A": {"body": "S"}}, "4", TODAY) is None


@pytest.mark.parametrize(
    ("layout", "parts", "level", "expected"),
    [
        ("A", {"body": "Y", "institution": "0042", "province": "44", "site": "000007"}, "3", "Y004244000007263000009"),
        ("C", {"authority": "44", "city": "01", "body_type": "1", "body": "001"}, "5", "2644011001500009"),
        (
            "E",
            {"department": "A", "filing": "G", "body": "N", "region": "440100", "institution": "001"},
            "4",
            "AGN44010000126400009",
        ),
    ],
)
def test_numbers_follow_their_layouts(layout, parts, level, expected) -> None:
    start = numbers.prefix(layout, {layout: parts}, level, TODAY)
    assert start is not None
    assert start.number(9) == expected


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_again_changes_nothing(office: World) -> None:
    first = bring(office, river.rows(5))
    n_audited = AuditEntry.objects.count()
    again = bring(office, river.rows(5))
    assert again == first
    assert (Batch.objects.count(), Result.objects.count(), AuditEntry.objects.count()) == (1, 5, n_audited)


def test_the_same_rows_in_another_file_are_there_already(office: World) -> None:
    bring(office, river.rows(5))
    seen = look(office, [*river.rows(5), river.row(77)])
    assert (seen.n_good, seen.n_already) == (1, 5)
    assert [r.number[-1] for r in seen.rows if r.verdict == "already"] == ["1", "2", "3", "4", "5"]


def test_a_corrected_file_brings_in_only_what_is_new(office: World) -> None:
    rows = river.rows(6)
    rows[2]["理论"], rows[4]["职业"] = "30", "电工工工"
    first = bring(office, rows)
    assert (first.n_good, first.n_bad) == (4, 2)
    rows[2]["理论"], rows[4]["职业"] = "80", "电工"
    second = bring(office, rows)
    assert (second.n_good, second.n_bad, second.n_already) == (2, 0, 4)
    assert Result.objects.count() == 6


def test_the_rows_that_came_back_can_be_mended_in_the_file_that_says_why(office: World) -> None:
    rows = river.rows(4)
    rows[1]["技能"] = "40"
    back = services.corrections(bring(office, rows))
    assert "合格线" in back.decode("utf-8-sig")
    mended = back.replace(b",40,", b",90,")
    batch = services.import_results(
        mended, "again.csv", issuer=office.national, preview_digest=None, actor=office.li, now=NOW
    )
    assert (batch.n_rows, batch.n_good, batch.n_bad) == (1, 1, 0)


def test_a_file_without_a_bad_row_has_no_corrections(office: World) -> None:
    assert services.corrections(bring(office, river.rows(2))) == b""


def test_the_same_file_brings_in_what_has_become_possible_since(office: World) -> None:
    from guildhall.issuers.services import accredit

    welder = guangdong(1, 职业="6-18-02-04 焊工")
    by = {"issuer": office.guangdong, "actor": office.chen}
    refused = bring(office, [welder], **by)
    assert refused.n_good == 0
    accredit(
        office.guangdong, "VQC-44-0009", scheme=office.vqc, occupations=["6-18-02-04"], levels=["3"], regions=["440000"],
        starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1), actor=office.wang, now=NOW,
    )  # fmt: skip
    assert bring(office, [welder], **by).n_good == 1


def test_an_issued_row_with_other_facts_is_refused_and_names_the_award(office: World) -> None:
    bring(office, [river.row(1)])
    for changes in ({"理论": "100"}, {"发证日期": "2026-05-25"}, {"证书编号": "S000111000001264000777"}):
        (problem,) = look(office, [river.row(1, **changes)]).problems
        assert (problem.code, problem.params["number"]) == ("already_awarded", "S000111000001264000001")


def test_another_exam_of_the_same_person_is_another_award(office: World) -> None:
    bring(office, [river.row(1)])
    assert codes(office, river.row(1, 考试日期="2026-05-15", 发证日期="2026-05-30")) == []


# ── preview and commit ───────────────────────────────────────────────────────────────────────────────────────────

CHANGES = [
    {},
    {},
    {},
    {"理论": "12"},
    {"职业": "4-03-02-01 中式烹调师"},
    {"职业": "没有"},
    {"级别": "3"},
    {"证书编号": GIVEN},
    {"证书编号": "S000111000001264000004"},
    {"姓名": "欧阳娜娜"},
    {"发证日期": "2030-01-01"},
    {"考点": "01"},
]
LINES = st.lists(
    st.builds(lambda n, changes: river.row(n, **changes), st.integers(0, 6), st.sampled_from(CHANGES)), max_size=9
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=LINES, lines=LINES)
def test_the_commit_does_exactly_what_the_preview_said(office: World, before, lines) -> None:
    with transaction.atomic():
        if before:
            bring(office, before)
        n_before = Result.objects.count()
        seen = look(office, lines)
        batch = bring(office, lines, seen.digest)
        if batch.sha256 != hash_of(before) or seen.n_good:
            assert (batch.n_rows, batch.n_good, batch.n_bad, batch.n_already) == (
                seen.n_rows, seen.n_good, seen.n_bad, seen.n_already,
            )  # fmt: skip
        assert Result.objects.count() == n_before + seen.n_good
        good = sorted(r.line for r in seen.rows if r.verdict == "good")
        if seen.n_good:
            assert sorted(Result.objects.filter(batch=batch).values_list("line", flat=True)) == good
        assert look(office, lines).n_good == 0
        transaction.set_rollback(True)


def hash_of(lines) -> str:
    import hashlib

    return hashlib.sha256(river.csv_file(lines)).hexdigest()


def test_a_preview_that_another_file_has_overtaken_is_not_committed(office: World) -> None:
    seen = look(office, river.rows(3))
    bring(office, river.rows(2))
    with pytest.raises(services.PreviewOutdatedError):
        bring(office, river.rows(3), seen.digest)
    assert Result.objects.count() == 2


def test_a_preview_that_a_suspension_has_overtaken_is_not_committed(office: World) -> None:
    seen = look(office, river.rows(3, 发证日期="2026-06-01"))
    suspend_accreditation(
        office.filings["PCC-2025-0001"], from_on=TODAY, reason={"zh": "检查"}, actor=office.wang, now=NOW
    )
    with pytest.raises(services.PreviewOutdatedError):
        bring(office, river.rows(3, 发证日期="2026-06-01"), seen.digest)
    assert (Batch.objects.count(), Result.objects.count()) == (0, 0)


def test_serials_taken_by_another_file_meanwhile_do_not_outdate_a_preview(office: World) -> None:
    seen = look(office, river.rows(3))
    bring(office, river.rows(3, 50))
    assert bring(office, river.rows(3), seen.digest).n_good == 3


def test_committing_twice_gives_the_first_batch(office: World) -> None:
    seen = look(office, river.rows(3))
    assert bring(office, river.rows(3), seen.digest) == bring(office, river.rows(3), seen.digest)
    assert Batch.objects.count() == 1


def test_a_preview_writes_nothing(office: World) -> None:
    look(office, river.rows(3))
    assert (Batch.objects.count(), Result.objects.count(), Holder.objects.count(), NumberCounter.objects.count()) == (
        0, 0, 0, 0,
    )  # fmt: skip


# ── who may, and what is no results file ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("person", ["chen", "wang", "zhou", "nobody"])
def test_only_the_issuers_own_officer_brings_results_in(office: World, person: str) -> None:
    for service in (look, bring):
        with pytest.raises(ForbiddenError):
            service(office, river.rows(1), actor=getattr(office, person))
    assert Batch.objects.count() == 0


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"<html><table></table></html>", b"PK\x03\x04broken"])
def test_what_is_no_results_file_is_refused_with_a_code(office: World, data: bytes) -> None:
    with pytest.raises(Error) as refusal:
        services.preview(data, "x", issuer=office.national, actor=office.li, now=NOW)
    assert isinstance(refusal.value, RefusedFileError)


def test_a_file_with_a_heading_that_is_not_known_gives_no_row(office: World) -> None:
    batch = services.import_results(
        b"a,b\n1,2\n", "x.csv", issuer=office.national, preview_digest=None, actor=office.li, now=NOW
    )
    assert (batch.n_good, batch.issued_at) == (0, NOW)


def test_the_templates_example_is_no_candidate(office: World) -> None:
    seen = services.preview(results.template("zh"), "x.xlsx", issuer=office.national, actor=office.li, now=NOW)
    assert (seen.n_good, seen.n_bad, seen.n_already) == (0, 0, 0)


# ── identity numbers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_no_identity_number_stands_in_clear_in_the_register(office: World) -> None:
    bring(office, [*river.rows(3), river.row(9, 理论="1")])
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            for found in cursor.fetchall():
                shown = " ".join(str(bytes(v)) if isinstance(v, bytes | memoryview) else str(v) for v in found)
                for n in (0, 1, 2, 9):
                    assert river.resident_id(n) not in shown, table


def test_a_sealed_number_opens_for_the_register_only_beside_its_own_hash(office: World) -> None:
    bring(office, [river.row(3)])
    result = Result.objects.get()
    assert identity.unseal(bytes(result.id_sealed), bytes(result.id_hash)) == river.resident_id(3)
    with pytest.raises(identity.IdentitySecretError):
        identity.unseal(bytes(result.id_sealed), bytes(16))
    changed = bytes(result.id_sealed[:-1]) + bytes([result.id_sealed[-1] ^ 1])
    with pytest.raises(identity.IdentitySecretError):
        identity.unseal(changed, bytes(result.id_hash))


# ── several writers ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_at_once_give_no_number_twice(office: World) -> None:
    given = together([lambda at=at: bring(office, river.rows(10, at * 10)) for at in range(16)])
    assert [batch for batch in given if not isinstance(batch, Batch)] == []
    taken = list(Result.objects.values_list("number", flat=True))
    assert len(taken) == len(set(taken)) == 160
    assert sorted(int(number[-6:]) for number in taken) == list(range(1, 161))


@pytest.mark.django_db(transaction=True)
def test_the_same_file_from_four_writers_at_once_is_one_batch(office: World) -> None:
    given = together([lambda: bring(office, river.rows(20)) for _ in range(4)])
    assert {batch.pk for batch in given} == {Batch.objects.get().pk}
    assert Result.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_previews_committed_at_once_are_kept_or_refused_but_never_something_else(office: World) -> None:
    files = [river.rows(6, start) for start in (0, 3, 6)]
    seen = [look(office, lines) for lines in files]
    given = together([lambda at=at: bring(office, files[at], seen[at].digest) for at in range(3)])
    for at, outcome in enumerate(given):
        if isinstance(outcome, Batch):
            assert (outcome.n_good, outcome.n_bad, outcome.n_already) == (seen[at].n_good, 0, 0)
        else:
            assert isinstance(outcome, services.PreviewOutdatedError), outcome
    assert any(isinstance(outcome, Batch) for outcome in given)
    assert any(isinstance(outcome, services.PreviewOutdatedError) for outcome in given)
