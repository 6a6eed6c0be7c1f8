"""One table: error code → HTTP status and title in two languages (RFC 9457).

The status follows from the kind of error; a code stands in ``STATUS`` only where it differs from its kind. A title is one
short sentence for a person. ``tests/test_house.py`` holds the table complete.
"""

from __future__ import annotations

from guildhall.core.errors import ConflictError, Error, ForbiddenError, MalformedError, NotFoundError, TooLargeError
from guildhall.core.language import in_language

PROBLEM_TYPE = "https://guildhall.example/problems/"

_KINDS: tuple[tuple[type[Error], int], ...] = (
    (ForbiddenError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (TooLargeError, 413),
    (MalformedError, 400),
    (Error, 422),
)

STATUS: dict[str, int] = {
    "malformed_json": 400,
    "duplicate_key": 400,
    "number_out_of_range": 400,
    "not_signed_in": 401,
    "rate_limited": 429,
    "keystore_missing": 503,
    "wrong_passphrase": 503,
    "keystore_corrupted": 503,
    "log_files_damaged": 503,
    "log_origin_changed": 503,
    "no_authority": 503,
}


def status_of(error: Error) -> int:
    """Return the HTTP status of an error."""
    if error.code in STATUS:
        return STATUS[error.code]
    return next(status for kind, status in _KINDS if isinstance(error, kind))


def title_of(code: str, language: str) -> str:
    """Return the title of a code, in ``language`` or the other one; the code itself where the table has none."""
    zh, en = TITLES.get(code, (code, code))
    return in_language({"zh": zh, "en": en}, language)


def as_problem(error: Error, language: str) -> dict[str, object]:
    """Return an RFC 9457 problem document.

    Shape:  ``type`` a URL that ends in the code, ``title`` in the language, ``status``, ``detail`` (English, exact),
            ``code``, ``params``.
    Source: RFC 9457, section 3.
    """
    return {
        "type": PROBLEM_TYPE + error.code,
        "title": title_of(error.code, language),
        "status": status_of(error),
        "detail": error.detail,
        "code": error.code,
        "params": dict(error.params),
    }


TITLES: dict[str, tuple[str, str]] = {
    # general
    "error": ("请求无法处理", "The request cannot be dealt with"),
    "malformed": ("内容格式不对", "The content is not what it should be"),
    "too_large": ("内容过大", "The content is too large"),
    "not_found": ("没有找到", "Not found"),
    "forbidden": ("您没有这项权限", "You have no role that allows this"),
    "conflict": ("情况已有变化，请重新查看", "The state has moved on: look again"),
    "not_signed_in": ("请先登录", "Sign in first"),
    "rate_limited": ("查询过于频繁，请稍后再试", "Too many requests: try again later"),
    "file_unreadable": ("文件无法读取", "The file cannot be read"),
    "file_damaged": ("文件已损坏或已加密", "The file is damaged or encrypted"),
    "document_too_large": ("文件或图片过大", "The file or picture is too large"),
    # accounts
    "unknown_organisation": ("没有这个机构", "No such organisation"),
    "slug_taken": ("机构简名已被占用", "The short name is taken"),
    "username_taken": ("用户名已被占用", "The user name is taken"),
    "misplaced_role": ("该机构不能设这种角色", "This organisation cannot hold that role"),
    # identity, codes
    "identity_not_readable": ("密封的身份信息无法打开", "The sealed identity cannot be opened"),
    "malformed_code": ("代码格式不对", "Not a code of that kind"),
    # JSON and JSON-LD
    "malformed_json": ("不是合格的 JSON", "Not JSON text in UTF-8"),
    "duplicate_key": ("JSON 中有重名的成员", "Two members of one name"),
    "number_out_of_range": ("数字超出可互通的范围", "A number beyond the exact range"),
    "not_json": ("没有规范的 JSON 形式", "No canonical JSON form"),
    "unknown_context": ("引用了未内置的上下文", "A context that is not bundled"),
    "invalid_jsonld": ("不是合格的 JSON-LD", "Not JSON-LD 1.1"),
    "undefined_term": ("有上下文未定义的成员", "A member that no context defines"),
    "undefined_type": ("有上下文未定义的类型", "A type that no context defines"),
    "relative_iri": ("标识不是绝对地址", "An identifier that is not absolute"),
    "reserved_term": ("使用了保留的名称", "A reserved name"),
    "dropped_value": ("有内容不会被签名覆盖", "A value that would go unsigned"),
    "invalid_language": ("语言标记不合格", "A language tag that is not well-formed"),
    "inexact_number": ("数字写法有歧义", "A number that processors write differently"),
    "noncharacter": ("含有非字符码位", "A code point that is no character"),
    "work_limit": ("文档所需计算超出上限", "The document needs more work than allowed"),
    "malformed_nquads": ("不是合格的 N-Quads", "Not N-Quads"),
    # keys, DIDs, proofs
    "malformed_key": ("公钥格式不对", "Not a usable public key"),
    "malformed_multibase": ("编码格式不对", "Not the multibase encoding it should be"),
    "malformed_did": ("不是合格的 DID", "Not a DID"),
    "malformed_did_document": ("DID 文档不合格", "Not a readable DID document"),
    "malformed_instant": ("时间格式不对", "Not a date and time with zone"),
    "proof_not_possible": ("无法按要求签名", "A proof cannot be made as asked"),
    "envelope_not_possible": ("无法按要求封装", "An envelope cannot be made as asked"),
    # log
    "malformed_proof": ("收录证明格式不对", "The inclusion proof is malformed"),
    "not_included": ("收录证明与检查点不符", "The path does not lead to the checkpoint"),
    "inconsistent_heads": ("两个检查点互不衔接", "The later head does not extend the earlier"),
    "malformed_leaf": ("日志叶格式不对", "The leaf is malformed"),
    "malformed_note": ("检查点文件格式不对", "The note is malformed"),
    "malformed_checkpoint": ("检查点格式不对", "The checkpoint is malformed"),
    "malformed_verifier_key": ("日志公钥格式不对", "The verifier key is malformed"),
    "unknown_log": ("不认识这个日志", "The log is not on the trust list"),
    "bad_checkpoint_signature": ("检查点签名不对", "The checkpoint's signature is wrong"),
    "bad_cosignature": ("见证签名不对", "A witness's signature is wrong"),
    "malformed_tile": ("日志瓦片格式不对", "The tile is malformed"),
    "missing_tile": ("日志缺少文件", "The log lacks a file"),
    "malformed_remembered_checkpoint": ("记住的检查点无法使用", "The remembered checkpoint cannot be used"),
    "no_checkpoint": ("没有检查点", "There is no checkpoint"),
    "no_such_witness": ("没有这个见证人", "No such witness"),
    "other_log": ("这是另一个日志", "The checkpoint is of another log"),
    "checkpoint_rolled_back": ("日志比上次见到的短", "The log is smaller than when last seen"),
    "split_view": ("日志出现了另一种历史", "The log shows another history"),
    "leaf_not_published": ("尚未进入公开日志", "Not yet covered by a checkpoint"),
    "log_origin_changed": ("登记册名称与日志不符", "The log was begun under another name"),
    "log_files_damaged": ("日志文件受损，需要重建", "The log's files are damaged: rebuild them"),
    # documents
    "not_a_bundle": ("不是证据包", "Not a bundle"),
    "not_an_award": ("不是登记册的证书", "Not a certificate of a register"),
    "not_a_transcript": ("不是学分转换证明", "Not a conversion transcript"),
    "not_a_statement": ("不是备案声明", "Not an accreditation statement"),
    "malformed_trust": ("信任清单不合格", "Not a readable trust list"),
    # status lists
    "status_entry_malformed": ("状态条目不合格", "The status entry is malformed"),
    "status_list_malformed": ("状态列表不合格", "The status list is malformed"),
    "status_list_too_large": ("状态列表过大", "The status list is too large"),
    "status_list_too_short": ("状态列表过短", "The status list is too short"),
    "status_index_out_of_range": ("状态序号越界", "The index lies outside the list"),
    "status_purpose_mismatch": ("状态列表用途不符", "The list serves another purpose"),
    "status_list_other": ("不是证书所指的状态列表", "Not the list that the credential names"),
    "status_list_issuer": ("状态列表由他人出具", "The list is by somebody else"),
    "status_list_out_of_date": ("状态列表不在有效期", "The list is not valid now"),
    "status_list_unproven": ("状态列表签名不对", "The list's signature does not hold"),
    "status_places": ("证书未写明两处状态位置", "The certificate does not name both places of its status"),
    # printing
    "identity_number_on_face": ("证面不得印身份号码", "An identity number must not be printed"),
    "glyph_missing": ("字库中没有这个字", "No font can show a character"),
    "qr_too_long": ("二维码内容过长", "Too much text for a QR code"),
    "text_does_not_fit": ("文字过长，证面放不下", "Text too long for its place"),
    # issuers and filings
    "unknown_issuer": ("没有这个颁证机构", "No such issuer"),
    "unknown_site": ("没有这个考点", "No such site"),
    "unknown_filing": ("没有这个备案号", "No such filing"),
    "no_key_in_force": ("当时没有有效的钥匙", "No key was in force"),
    "invalid_region": ("地区代码不对", "Not a region code"),
    "invalid_number_parts": ("机构的编号要素与编号规则不符", "The issuer's own parts make no number of that layout"),
    "number_parts_taken": ("证书编号前段已属于其他机构", "Another issuer's certificate numbers begin so"),
    "issuer_changed": ("颁证机构已按其他资料登记", "The issuer is registered with other facts"),
    "site_changed": ("考点已按其他资料登记", "The site is registered with other facts"),
    "filing_taken": ("备案号已被占用", "The filing number is taken"),
    "not_suspended": ("没有暂停可以恢复", "There is no suspension to end"),
    "withdrawn": ("备案已撤回", "The filing is withdrawn"),
    "key_taken": ("钥匙名称已被占用", "The key name is taken"),
    "empty_scope": ("备案范围为空", "The scope is empty"),
    "dates_out_of_order": ("止日早于起日", "The last day lies before the first"),
    "level_not_awarded": ("该等级不颁发证书", "No certificate is awarded at this level"),
    "foreign_site": ("考点属于别的机构", "The site belongs to another issuer"),
    "backdated": ("不能追溯既往", "Not for days gone by"),
    # keystore
    "keystore_missing": ("没有钥匙库", "There is no keystore"),
    "key_not_found": ("没有这把钥匙", "No such key"),
    "key_exists": ("钥匙已存在", "The key exists already"),
    "keystore_corrupted": ("钥匙库受损", "The keystore is damaged"),
    "wrong_passphrase": ("口令不对", "The passphrase is wrong"),
    "no_authority": ("登记册没有主管机构", "The register has no authority"),
    "signing_worker_lost": ("签名进程意外结束，可再次运行继续", "A process that signs has ended: run again to go on"),
    "key_mismatch": ("钥匙与公布的不一致", "The key is not the one published"),
    # schemes and standards
    "invalid_scheme": ("认证体系文件不合格", "The scheme file does not keep its format"),
    "unknown_scheme": ("没有这个认证体系", "No such scheme"),
    "unknown_level": ("没有这个等级", "No such level"),
    "scheme_changed": ("已颁证书所依据的内容不能更改", "What awards rest on cannot change"),
    "invalid_classification": ("职业分类文件不合格", "The classification file does not keep its format"),
    "unknown_classification_kind": ("没有这种分类文件", "No such kind of classification file"),
    "invalid_crosswalk": ("职业对照表不合格", "The crosswalk does not keep its format"),
    "unknown_group": ("该版职业分类没有这个类", "No such group in this edition"),
    "unknown_classification": ("没有这个职业分类", "No such classification"),
    "unknown_occupation": ("该版职业分类没有这个职业", "No such occupation in this edition"),
    "no_standard_in_force": ("当日没有现行职业标准", "No standard was in force"),
    "ambiguous_occupation": ("有多个职业叫这个名称", "Several occupations bear this name"),
    "occupation_mismatch": ("职业编码与名称不符", "Code and name belong to two occupations"),
    "edition_changed": ("已发布的版本不能更改", "A published edition stays as it is"),
    # eligibility
    "invalid_record": ("学习记录不合格", "The record does not keep its format"),
    "invalid_eligibility_rules": ("申报条件文件不合格", "The eligibility rules do not keep their format"),
    "no_eligibility_rules": ("没有这个职业的申报条件", "No eligibility rules for this occupation"),
    "no_rules_in_force": ("当日没有现行申报条件", "No eligibility rules were in force"),
    "level_not_in_rules": ("申报条件没有这个等级", "The rules say nothing of this level"),
    # conversion
    "invalid_rule_set": ("转换规则文件不合格", "The conversion rules do not keep their format"),
    "rule_set_not_in_force": ("当日该转换规则不适用", "The conversion rules do not hold on that day"),
    "unknown_rule": ("规则集中没有这条规则", "The rule-set has no such rule"),
    "contradicting_rules": ("转换规则互相矛盾", "The conversion rules contradict one another"),
    "too_many_ways": ("可能的转换方式过多", "There are too many ways to convert"),
    "too_large_to_weigh": ("数额过大，无法比较", "The amounts are too large to be weighed"),
    "no_solver": ("未安装求解器 OR-Tools", "The solver OR-Tools is not installed"),
    # coverage
    "invalid_standard": ("职业标准文件不合格", "The standard does not keep its format"),
    "invalid_programme": ("培养方案文件不合格", "The programme does not keep its format"),
    "level_not_in_standard": ("职业标准没有这个等级", "The standard has no weights for this level"),
    "unknown_edition": ("没有这一版标准", "There is no such edition of the standard"),
    "invalid_table": ("标准表格不合格", "The table of a standard does not keep its format"),
    "invalid_framework": ("能力框架文件不合格", "The framework does not keep its format"),
    "unknown_framework": ("没有这个能力框架或其中的这一项", "There is no such framework, item or association"),
    "framework_changed": ("该框架是本登记已发布的标准，不能改", "The framework is a published edition of the register"),
    "invalid_selection_field": ("参数不正确", "A parameter is not of its kind"),
    "unknown_resource": ("没有这个资源", "There is no such resource"),
    "identifier_taken": ("标识符已被其他标准使用", "Another standard has these identifiers"),
    "edition_taken": ("该职业已有同名版次", "The occupation has an edition of this name"),
    "draft_changed": ("其他人刚刚保存了这份草稿", "Somebody else has just saved this draft"),
    "edition_moved_on": ("该版标准的状态已变", "The edition is no longer in this state"),
    "second_person_needed": ("编写人或送审人不能发布，须由第二人发布", "A second person publishes what somebody wrote"),
    "other_edition": ("内容属于另一职业或版次", "The content is of another occupation or edition"),
    "no_such_item": ("该版标准中没有这一项", "The edition has no such item"),
    "unknown_competency": ("职业标准没有这项能力", "The standard has no such competency"),
    "foreign_standard": ("培养方案对应的是其他职业", "The programme is aligned with another occupation"),
    # credits
    "outcome_not_available": ("成果已被占用、兑换或收回", "The outcome is held, spent or taken back"),
    "outcome_expired": ("成果已过期", "The outcome has run out"),
    "more_than_held": ("超出申请所占用的学分", "More than the application holds"),
    "invalid_outcome": ("学习成果不合格", "The outcome does not keep its format"),
    "not_entitled_to_deposit": ("该机构不能存入这类成果", "This organisation cannot bank such an outcome"),
    "outcome_reference_taken": ("该编号已存入其他成果", "Something else is banked under this reference"),
    "holder_differs": ("姓名与该证件的账户不符", "The account of this identity number bears another name"),
    "invalid_holder": ("姓名或证件号码不对", "The name or the identity number cannot be right"),
    "binding_refused": ("凭证、证件号码与姓名不相符", "What was shown opens no account"),
    "already_bound": ("账户或登录者已绑定", "The account or the person is bound already"),
    "foreign_programme": ("专业属于其他院校", "The programme is another institution's"),
    "plan_published": ("此版培养方案已发布，修改请另出新版", "This edition of the plan is published; a change is a new edition"),
    "unknown_plan": ("没有这一版培养方案", "No such edition of a programme's plan"),
    "foreign_rule_set": ("规则集属于其他院校", "The rules are another institution's"),
    "rule_set_published": ("该版规则已公布，不能更改", "This edition is published and stays as it is"),
    "no_rule_set_in_force": ("院校当日没有现行转换规则", "The college had no rules in force"),
    "invalid_plan": ("转换方案不合格", "The plan does not keep its format"),
    "plan_outdated": ("情况有变，请重新生成方案", "The plan is outdated: plan again"),
    "outcome_not_in_force": ("成果所依据的证书无效或暂停", "The certificate behind the outcome is not in force"),
    "already_decided": ("申请已办结或已撤回", "The application is not open"),
    "not_decided": ("没有生效的决定", "There is no decision in force"),
    "incomplete_decision": ("决定不完整", "The decision is incomplete"),
    "rule_not_in_set": ("规则集没有这条规则", "No such rule in the rule-set"),
    "unknown_account": ("没有这个账户", "No such account"),
    "unknown_application": ("没有这份申请", "No such application"),
    "unknown_transcript": ("没有这份转换证明", "No such transcript"),
    "appeal_closed": ("不能申诉", "There is nothing to appeal"),
    "same_officer": ("申诉须由他人处理", "Somebody else decides an appeal"),
    "no_right_to_convert": ("院校没有学分转换的备案", "The college has no filed right to convert"),
    "review_resolved": ("复核事项已办结", "The task has been resolved"),
    "unknown_resolution": ("没有这种处理结果", "No such resolution"),
    "not_a_college": ("该机构不是院校", "Not a college"),
    "words_too_long": ("文字过长", "Too many words"),
    "invalid_credit_value": ("学分值超出范围", "A credit value out of range"),
    # doors
    "token_too_long": ("令牌最长一年", "A token lasts for at most a year"),
    "malformed_parameter": ("参数格式不对", "A parameter is malformed"),
    "invalid_body": ("缺少成员或类型不对", "Members are missing or of another kind"),
    "missing_document": ("缺少要处理的文件", "The document is missing"),
    "no_such_file": ("没有这个文件", "No such file"),
    "unknown_batch": ("没有这个批次", "No such batch"),
    "unknown_token": ("没有这个证书地址", "No document has this address"),
    "unknown_deed": ("没有这种操作", "Nothing of that name can be done"),
    "unknown_code": ("二维码指向本站，但没有这张证书", "The code leads here, but to no certificate"),
    "foreign_code": ("二维码指向别的网站", "The code leads to another site"),
    "upload_gone": ("上传的文件已不再保留", "The uploaded file is no longer kept"),
    # results files
    "preview_outdated": ("预览之后情况有变，请重新预览", "The register has changed since the preview: look again"),
    "refused_file": ("无法作为成绩表读取", "Not readable as a table of results"),
    "unsupported_file": ("既不是 CSV 也不是 XLSX", "Neither CSV nor XLSX"),
    "old_workbook": ("旧版 Excel 文件（.xls）", "A workbook of Excel 97 to 2003"),
    "encrypted_workbook": ("工作簿有密码", "The workbook has a password"),
    "malformed_workbook": ("工作簿受损", "The workbook is damaged"),
    "malformed_table": ("表格引号不匹配", "Quotes in the table do not match"),
    "undecodable_text": ("文字编码无法识别", "The text's encoding is not known"),
    "damaged_utf8": ("UTF-8 文字有损坏", "Damaged UTF-8 text"),
    "ambiguous_encoding": ("文字编码有歧义", "The text's encoding is ambiguous"),
    "unknown_file_kind": ("不支持写这种文件", "Not a kind of file that is written"),
    # awards
    "not_issued_yet": ("尚未颁发", "Not issued yet"),
    "unknown_award": ("没有这张证书", "No such award"),
    "already_annulled": ("证书已被宣告自始无效", "The award is annulled"),
    "already_revoked": ("证书已被撤销", "The award is revoked"),
    "already_expired": ("证书当时已到期", "The award has run out by then"),
    "already_suspended": ("证书当日已在暂停中", "The award is suspended on that day already"),
    "award_not_suspended": ("证书当日并未暂停", "The award is not suspended on that day"),
    "before_issue": ("日期早于颁发日", "The day lies before the award was issued"),
    "nothing_to_correct": ("没有要更正的内容", "The correction changes nothing"),
    "invalid_correction": ("更正的内容不合格", "A corrected value cannot stand"),
    "note_too_long": ("备注过长", "The note is too long"),
    "unknown_reason": ("没有这个理由", "No such reason"),
    "unknown_hole": ("模板位置不符", "The template has no such place"),
    # single credentials
    "unfit_credential": ("凭证不符合数据模型", "The credential does not obey the data model"),
    "unknown_credential": ("没有以此标识签发过带状态的凭证", "No credential with a status was issued under this id"),
    "unknown_purpose": ("状态用途只有撤销和中止", "A status purpose is revocation or suspension"),
    "vc_api_off": ("未开启单张凭证的签发", "The issuing of single credentials is off"),
    "unknown_option": ("不支持这个选项", "No such option"),
    # files brought to be checked
    "file_kind_unknown": ("不是 JSON、PDF 或图片", "Neither JSON nor PDF nor a picture"),
    "file_too_large": ("文件过大", "The file is too large"),
    "no_qr_found": ("图中没有读到二维码", "No QR code can be read"),
    "nothing_to_check": ("文件中没有可核验的内容", "Nothing in the file can be checked"),
    "several_certificates": ("文件中有多张证书", "The file holds several certificates"),
    # loading
    "filing_changed": ("该备案号已登记其他范围", "The filing is registered with another scope"),
    "invalid_issuers": ("颁证机构文件不合格", "The file of issuers does not keep its format"),
    "invalid_filings": ("备案文件不合格", "The file of filings does not keep its format"),
    # encyclopedia: articles
    "invalid_article": ("词条文本有需要改正之处", "The text of the article has places to mend"),
    "translations_differ": ("两种语言的词条归类不一致", "The two languages of the article are classed differently"),
    "same_person": ("须由另一人发布", "A second person publishes it"),
    "revision_moved_on": ("该版本的状态已经变化", "The revision has moved on"),
    "invalid_wording_rules": ("用语规则文件不合格", "The wording rules do not keep their format"),
    "text_too_long": ("文本过长", "Text too long"),
    "nothing_to_search": ("没有可以搜索的内容", "Nothing to search for"),
    "query_too_long": ("搜索内容过长", "Query too long"),
    "unknown_facet": ("没有这个筛选项", "No such facet"),
    "unknown_kind": ("没有这类页面", "No such kind of page"),
    "unknown_article": ("没有这个词条", "No such article"),
    "unknown_certificate": ("没有这种证书", "No such certificate"),
    "unknown_field": ("没有这个大类", "No such field"),
    "unknown_standard_edition": ("职业标准没有这个版本", "The standard has no such edition"),
    # posts and routes
    "invalid_post": ("岗位文件不合格", "The post does not keep its format"),
    "forbidden_requirement": ("岗位要求涉及性别、年龄、出身等，不得作为条件", "The post asks who somebody is: sex, age, origin or the like"),
    "unknown_revision": ("没有这个版本", "No such revision"),
}
