"""Encodings, formats and front matter."""

from datetime import date

import pytest

from kb.errors import FrontMatterError, UnknownEncoding, UnreadableFile, UnsupportedFormat
from kb.ingest import Given, prepare
from kb.loaders import load

TEXT = "客户要求退货的，客服应在二十四小时内答复，并说明运费由谁承担。"
TRADITIONAL = "客戶要求退貨的，客服應在二十四小時內答覆，並說明運費由誰承擔。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_encodings_of_simplified_text(encoding: str) -> None:
    text = TEXT + "\nABC 123\n"
    assert load("a.txt", text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030"])
def test_encodings_of_traditional_text(encoding: str) -> None:
    assert load("a.txt", TRADITIONAL.encode(encoding)).text == TRADITIONAL


def test_line_ends_become_one_kind() -> None:
    assert load("a.txt", b"a\r\nb\rc\n").text == "a\nb\nc\n"


def test_a_broken_byte_is_reported_with_its_line() -> None:
    data = ("第一行。\n" + TEXT * 30).encode() + b"\xe5\xae"
    loaded = load("a.txt", data)
    assert loaded.text.startswith("第一行。")
    assert [(item.reason, item.line) for item in loaded.unrepaired] == [("broken_bytes", 2)]


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", UnreadableFile), (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", UnreadableFile),
     (bytes(range(128, 256)) * 4, UnknownEncoding)],
)  # fmt: skip
def test_what_is_no_text_is_refused_by_name(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"scan\.txt"):
        load("scan.txt", data)


def test_undecodable_bytes_name_their_offset() -> None:
    with pytest.raises(UnknownEncoding, match="offset"):
        load("a.txt", b"abc" + bytes(range(200, 256)) * 8 + b"\x80\xff")


def test_unknown_formats_name_the_known_ones() -> None:
    with pytest.raises(UnsupportedFormat, match=r"\.md"):
        load("a.xyz", b"x")


def test_front_matter_is_read_and_taken_off() -> None:
    data = "---\ntitle: 运费政策\nkind: policy\nplatform: jd\neffective_date: 2024年1月5日\nowner: 运营\n---\n正文。".encode()
    loaded = load("a.md", data)
    assert loaded.text == "正文。"
    assert loaded.first_line == 8
    assert loaded.front_matter == {
        "title": "运费政策", "kind": "policy", "platform": "jd", "valid_from": date(2024, 1, 5), "owner": "运营",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matter", "line", "field"),
    [
        ("title: x\nkind: rule", 3, "kind"),
        ("audience: everyone", 2, "audience"),
        ("platform: 京东", 2, "platform"),
        ("title: x\nvalid_from: 明天", 3, "valid_from"),
        ("valid_from: 2024-02-31", 2, "front matter"),
        ("valid_from: 2024-02-01\nvalid_to: 2024-01-01", 3, "valid_to"),
        ("title: a: b: c", 2, "front matter"),
        ("title: [a, b]", 2, "title"),
    ],
)
def test_front_matter_errors_name_file_line_and_field(matter: str, line: int, field: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        load("rule.md", f"---\n{matter}\n---\n正文".encode())
    assert (caught.value.source, caught.value.line, caught.value.field) == ("rule.md", line, field)
    assert caught.value.remedy in caught.value.message


def test_front_matter_that_never_ends_is_an_error_and_a_lone_rule_is_not() -> None:
    with pytest.raises(FrontMatterError):
        load("a.md", "---\ntitle: x\n正文".encode())
    assert load("a.txt", "---\n正文，没有键。".encode()).text.startswith("---")


@pytest.mark.parametrize(
    ("attributes", "field", "says"),
    [
        ("{#a audience=boss}", "audience", "use one of customer, agent, supervisor"),
        ("{#a platform=京东}", "platform", "'京东' is no id"),
        ("{#a shop=x}", "shop", "use #anchor or one of"),
        ("{#a b}", "b", "is no heading attribute"),
        ("{platform=jd platform=tmall}", "platform", "stands twice"),
        ("{category=}", "category", "has no value"),
        ("{#a #b}", "anchor", "stands twice"),
    ],
)
def test_heading_attribute_errors_name_file_line_and_field(attributes: str, field: str, says: str) -> None:
    text = f"---\nkind: policy\n---\n# 规则\n<!-- 旧 -->\n```\n# 例 {{x=1}}\n```\n### 运费 {attributes}\n正文一句。\n"
    with pytest.raises(FrontMatterError, match=says) as caught:
        prepare("rule.md", text.encode(), Given())
    assert (caught.value.source, caught.value.line, caught.value.field) == ("rule.md", 9, field)


def test_braces_that_are_words_stay_words() -> None:
    for heading in ("模板{订单号}", "公式 { x = y }", "集合 {a, b}"):
        (draft,) = prepare("a.md", f"# 规则\n### {heading}\n正文一句。\n".encode(), Given(title="规则")).drafts
        assert draft.section_path == (heading,)


def test_a_web_page_cannot_scope_clauses_by_its_headings() -> None:
    page = "<html><body><h1>规则</h1><h2>运费 {#a audience=boss}</h2><p>由商家承担。</p></body></html>"
    (draft,) = prepare("a.html", page.encode(), Given()).drafts
    assert (draft.anchor, draft.audience) == (None, None)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("## 退货\n可以退。\n## 换货\n可以换。\n", "文件"),
        ("## 退货政策\n### 运费\n商家承担。\n### 时限\n七日。\n", "退货政策"),
        ("## 退货政策\n可以退，七日内。\n", "退货政策"),
        ("# 退货\n## 运费\n商家承担。\n", "退货"),
        ("- 第一项内容\n- 第二项内容\n", "文件"),
        ("退货政策说明\n\n## 运费\n商家承担。\n## 时限\n七日。\n", "退货政策说明"),
    ],
)
def test_titles_without_a_top_heading_hold_no_markup(text: str, title: str) -> None:
    assert prepare("文件.md", text.encode(), Given()).title == title


def test_wordings_come_through_cleaning() -> None:
    text = "# 规则\n## 运费\n由商家承担往返运费。\n<!-- 问法：邮费谁掏｜寄回去花的钱谁给 -->\n<!-- 内部备注 -->\n## 时限\n七日。\n<!-- 常见问法：\n几天能退\n多久 -->\n"
    found = prepare("规则.md", text.encode(), Given())
    assert [draft.questions for draft in found.drafts] == [("邮费谁掏", "寄回去花的钱谁给"), ("几天能退", "多久")]
    assert [draft.text for draft in found.drafts] == ["由商家承担往返运费。", "七日。"]
    assert [item.text for item in found.dropped] == ["<!-- 内部备注 -->"]
    lines = "一、退货\n客户可以在七日内退货，运费由客户承担，质量问题的除外，退款在验收后两日内办理完毕。\n相似问：衣服不合适能退不；退回去要不要钱，谁出"
    plain = prepare("退货.txt", lines.encode(), Given())
    assert plain.drafts[-1].questions == ("衣服不合适能退不", "退回去要不要钱，谁出")
    assert plain.unrepaired == ()


def test_a_faq_by_its_kind_keeps_answers_whole() -> None:
    answer = "请先登记订单号和商品名称，再核对照片与物流轨迹。" * 20
    text = f"# 帮助\n## 退货运费怎么算\n{answer}\n"
    (whole,) = prepare("帮助.md", text.encode(), Given(kind="faq")).drafts
    assert (whole.text, whole.questions) == (answer, ("退货运费怎么算",))
    assert len(prepare("帮助.md", text.encode(), Given(kind="policy")).drafts) > 1
