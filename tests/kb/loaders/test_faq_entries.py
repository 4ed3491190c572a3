"""FAQ sheets as clauses: one row is one clause with its wordings, scope and dates; what cannot be kept is reported."""

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from kb.errors import EmptyDocument
from kb.ingest import Given, Prepared, prepare
from kb.loaders import faq_values
from tests.kb.loaders.documents import data


def csv(*rows: tuple[str, ...]) -> bytes:
    return "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows).encode()


def ingested(*rows: tuple[str, ...], name: str = "faq.csv", **told: object) -> Prepared:
    return prepare(name, csv(*rows), Given(**told))  # type: ignore[arg-type]


def reasons(prepared: Prepared) -> list[str]:
    return [item.reason for item in prepared.unrepaired]


def test_a_sheet_for_several_platforms() -> None:
    found = prepare("多平台客服知识库.xlsx", data("多平台客服知识库.xlsx"), Given(kind="faq"))
    assert (found.valid_from, found.valid_to) == (date(2025, 9, 1), date(2026, 8, 31))
    assert [(draft.section_path[-1], draft.platform, draft.audience, draft.category) for draft in found.drafts] == [
        ("收到的灯罩有裂纹怎么办？", "jd", "customer", "灯具"), ("收到的灯罩有裂纹怎么办？", "tmall", "customer", "灯具"),
        ("床垫拆了塑封还能退吗", None, "customer", "家具"), ("床垫拆了塑封还能退吗", None, "customer", "床品"),
        ("大件上楼要加钱吗？", "jd", "customer", None), ("搬运费能不能免？", "own", "agent", None),
        ("减免额度是多少？", None, "supervisor", None), ("团购券买的能退吗？", "lashou", "customer", None),
    ]  # fmt: skip
    first, mattress = found.drafts[0], found.drafts[2]
    assert first.text.startswith("请在签收后七日内上传裂纹处的照片")
    assert first.text.endswith("备注：裂纹以照片为准")
    assert first.questions == ("收到的灯罩有裂纹怎么办？", "灯罩裂了", "一打开就是碎的", "玻璃有条缝还能用吗")
    assert first.tags == ("退换货",)
    assert mattress.text == "拆封后影响卫生的，不支持无理由退货；\n但有质量问题的除外。"
    assert mattress.questions[1:] == ("床垫撕了膜", "睡了一晚不舒服想退", "床垫太硬")
    assert reasons(found) == ["row_validity", "row_left_out"]
    assert "周年庆满减怎么算？" in found.unrepaired[0].text
    assert "云集会" in found.unrepaired[1].text
    assert [item.reason for item in found.dropped] == ["管理栏", "标为停用的行"]


def test_a_gb18030_csv_with_semicolons() -> None:
    found = prepare("会员问答.csv", data("会员问答.csv"), Given())
    assert found.document.kind == "faq"
    gold, points_tmall, points_own, gift = found.drafts
    assert gold.text == "近十二个月实付满三千元的，次月一日自动升级；\n退款的订单不计入。"
    assert gold.questions == ("金卡会员怎么升级？", "咋升金卡", "多少积分能升", "金卡门槛")
    assert (gold.platform, gold.tags) == ("own", ("会员", "积分"))
    assert (points_tmall.platform, points_own.platform, gift.platform) == ("tmall", "own", None)
    assert points_tmall.text == points_own.text
    assert found.drafts[0].heads[0] == "# 会员问答"


def test_sheets_and_sections_stand_in_the_path_and_old_files_read_alike() -> None:
    found = prepare("售后FAQ.xlsx", data("售后FAQ.xlsx"), Given())
    assert found.drafts[1].section_path == ("退换货", "一、退货", "七天无理由退货，运费谁出？")
    assert found.drafts[-1].section_path == ("英文站", "How do I return a lamp?")
    assert found.drafts[-2].text == "# 号是快递柜的格口号，\n# 号后面的四位是取件码。"


@pytest.mark.parametrize(
    ("cell", "platforms"),
    [
        ("京东", ("jd",)), ("JD", ("jd",)), ("京东商城、天猫旗舰店", ("jd", "tmall")), ("淘宝/天猫", ("tmall",)), ("拉手网", ("lashou",)),
        ("自营商城", ("own",)), ("全平台", ()), ("通用", ()), ("所有平台", ()), ("", ()), ("—", ()), ("N/A", ()), ("douyin", ("douyin",)),
        ("Tmall, own", ("tmall", "own")), ("京东和拉手", ("jd", "lashou")),
    ],
)  # fmt: skip
def test_platform_cells(cell: str, platforms: tuple[str, ...]) -> None:
    assert faq_values.platforms(cell) == platforms
    if platforms:
        drafts = ingested(("问题", "答案", "平台"), ("能退吗？", "能。", cell), ("谁出钱？", "商家。", "")).drafts
        assert [draft.platform for draft in drafts] == [*platforms, None]


@pytest.mark.parametrize(
    ("header", "cell", "audience"),
    [
        ("可见范围", "客户可见", "customer"), ("可见范围", "仅内部", "agent"), ("受众", "客服", "agent"), ("受众", "主管", "supervisor"),
        ("客户可见", "否", "agent"), ("客户可见", "是", "customer"), ("audience", "supervisor", "supervisor"), ("适用对象", "客服、主管", "agent"),
        ("可见范围", "", None),
    ],
)  # fmt: skip
def test_audience_cells(header: str, cell: str, audience: str | None) -> None:
    assert ingested(("问题", "答案", header), ("能退吗？", "能。", cell)).drafts[0].audience == audience


def test_a_row_narrows_what_the_document_is_declared_for_and_never_widens_it() -> None:
    rows = (
        ("问题", "答案", "平台", "可见范围"),
        ("甲？", "一。", "京东", "客户可见"),
        ("乙？", "二。", "天猫", "主管"),
        ("丙？", "三。", "", ""),
    )
    found = ingested(*rows, platform="jd", audience="agent")
    assert [(draft.text, draft.audience) for draft in found.drafts] == [("一。", "agent"), ("三。", None)]
    assert [item.text for item in found.dropped] == ["二。"]
    assert any("customer" in warning and "agent" in warning for warning in found.warnings)


def test_columns_whose_name_leaves_it_open_are_read_by_their_values() -> None:
    goods = ingested(
        ("问题", "答案", "分类", "渠道"), ("甲？", "一。", "家电", "在线"), ("乙？", "二。", "生鲜", "电话")
    )
    assert [(draft.category, draft.platform, draft.text) for draft in goods.drafts] == [
        ("家电", None, "一。\n\n渠道：在线"), ("生鲜", None, "二。\n\n渠道：电话"),
    ]  # fmt: skip
    matters = ingested(
        ("问题", "答案", "分类", "渠道"), ("甲？", "一。", "退款", "京东"), ("乙？", "二。", "家电", "天猫")
    )
    assert [(draft.category, draft.tags, draft.platform) for draft in matters.drafts] == [
        (None, ("退款",), "jd"), (None, ("家电",), "tmall"),
    ]  # fmt: skip


def test_a_row_out_of_the_documents_period_is_left_out_with_the_rows_that_go_on_with_it() -> None:
    found = ingested(
        ("问题", "答案", "生效日期", "失效日期"), ("甲？", "一。", "2025-01-01", "长期"), ("乙？", "二。", "2024/3/1", ""),
        ("丙？", "三。", "2025年1月1日", "2025.11.11"), ("", "三续。", "", ""), ("丁？", "四。", "双十一", ""), ("戊？", "五。", "2025-02-31", ""),
        ("己？", "六。", "2025-01-01", ""),
    )  # fmt: skip
    assert [draft.text for draft in found.drafts] == ["一。", "二。", "六。"]
    assert (found.valid_from, found.valid_to) == (date(2025, 1, 1), None)
    assert reasons(found) == ["row_validity", "row_validity", "row_left_out", "row_left_out"]


def test_one_period_column() -> None:
    found = ingested(
        ("问题", "答案", "有效期"),
        ("甲？", "一。", "2025-01-01 至 2025-12-31"),
        ("乙？", "二。", "2025年1月1日-2025年12月31日"),
    )
    assert (found.valid_from, found.valid_to, len(found.drafts)) == (date(2025, 1, 1), date(2025, 12, 31), 2)


def test_the_caller_outranks_the_sheets_dates() -> None:
    found = ingested(("问题", "答案", "生效日期"), ("甲？", "一。", "2025-01-01"), valid_from=date(2026, 1, 1))
    assert found.valid_from == date(2026, 1, 1)


def test_a_sheet_of_which_nothing_can_be_used_says_so() -> None:
    with pytest.raises(EmptyDocument, match=r"faq\.csv: no row of it can be used .*停用"):
        ingested(("问题", "答案", "状态"), ("甲？", "一。", "停用"))


def test_new_wordings_make_a_new_version_and_keep_the_clause() -> None:
    plain = ingested(("问题", "答案", "相似问"), ("甲？", "一。", ""))
    more = ingested(("问题", "答案", "相似问"), ("甲？", "一。", "子；丑"))
    assert plain.content_sha256 != more.content_sha256
    assert [draft.text for draft in plain.drafts] == [draft.text for draft in more.drafts]


def test_a_long_answer_is_cut_and_every_piece_has_the_wordings() -> None:
    answer = "".join(f"第{number}步请在页面上核对订单信息并按提示填写，然后等待客服审核。" for number in range(60))
    found = ingested(("问题", "答案", "相似问", "平台"), ("怎么申请？", answer, "咋弄", "京东"))
    assert len(found.drafts) > 1
    assert {(draft.questions, draft.platform) for draft in found.drafts} == {(("怎么申请？", "咋弄"), "jd")}


_CELL = st.text(alphabet="退货运费换修#- >|`~{}[]<!:：；。，？1a答问\n", min_size=1, max_size=60).filter(
    lambda text: text.strip()
)
_PLATFORM = st.sampled_from(["", "京东", "天猫/拉手", "全平台", "own"])
_ROWS = st.lists(
    st.tuples(_CELL, _CELL, st.text(alphabet="退货；|\n", max_size=12), _PLATFORM), min_size=1, max_size=12
)


def _squeezed(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=40, deadline=None)
@given(_ROWS, st.booleans())
def test_every_answer_is_in_exactly_one_clause_of_each_platform(
    rows: list[tuple[str, str, str, str]], numbered: bool
) -> None:
    rows = [(f"{number}问{row[0]}", f"【{number}】{row[1]}", row[2], row[3]) for number, row in enumerate(rows)]
    book = Workbook()
    for row in (("问题", "答案", "相似问", "平台"), *rows):
        book.active.append([cell if cell.strip() else None for cell in row])
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s" if cell.value is not None else "n"
    target = io.BytesIO()
    book.save(target)
    drafts = prepare("faq.xlsx", target.getvalue(), Given(kind="faq" if numbered else "sop")).drafts
    for platform in ("jd", "tmall", "lashou", "own", "any other"):
        seen = [draft for draft in drafts if draft.platform in (None, platform)]
        wanted = [row for row in rows if platform in (faq_values.platforms(row[3]) or (platform,))]
        assert [_squeezed(draft.text) for draft in seen] == [_squeezed(row[1]) for row in wanted]
        assert all(draft.questions for draft in seen)


def test_an_entry_that_holds_the_words_of_a_header_is_an_entry() -> None:
    found = ingested(("问题", "答案"), ("怎么问|a", "【1】问"), ("甲？", "一。"))
    assert [draft.text for draft in found.drafts] == ["【1】问", "一。"]


def test_a_header_that_is_repeated_is_left_out() -> None:
    found = ingested(
        ("问题/question", "答案/answer"), ("甲？", "一。"), ("问题/question", "答案/answer"), ("乙？", "二。")
    )
    assert [draft.text for draft in found.drafts] == ["一。", "二。"]
