"""Operators for people who search: what counts as structured, what it finds, what stays plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.index.terms import AllOf, AnyOf, Not, Term, units
from kb.models import SearchHit, SearchRequest, SearchResponse
from kb.retrieve.syntax import parse
from kb.service import KnowledgeBase
from kb.tokenize import fold
from tests.kb.fakes import FakeEmbedder

RULES = """---
title: 售后手册
kind: policy
---
# 规则
## 质量问题运费
质量问题退货的，往返运费由商家承担；iPhone15 也一样。
## 生鲜质量问题
生鲜商品有质量问题的，商家承担运费，客户不必寄回。
## 七天无理由
商品签收后支持七天无理由退货，退回运费由客户承担。
## 换货
换货产生的运费按责任分担，型号以 USB-C 接口为准。
## 理由
七天内说明退货的情况即可，无理由也行。
# 其他
## 发票
订单完成后一年内可以补开发票。
"""


@pytest.fixture
def base(lexical: KnowledgeBase) -> KnowledgeBase:
    lexical.add_text("rules.md", RULES.encode(), publish=True, actor="t")
    return lexical


def _ask(base: KnowledgeBase, query: str, **fields: object) -> SearchResponse:
    return base.search(SearchRequest(query=query, k=50, **fields))  # type: ignore[arg-type]


def _sections(response: SearchResponse) -> set[str]:
    return {hit.section_path[-1] for hit in response.hits}


def test_and_requires_and_not_excludes(base: KnowledgeBase) -> None:
    response = _ask(base, "运费 AND 质量 NOT 生鲜")
    assert _sections(response) == {"质量问题运费"}
    assert response.confident
    assert not any("plain text" in warning for warning in response.warnings)


@pytest.mark.parametrize(
    ("query", "sections"),
    [
        ('"七天无理由"', {"七天无理由"}),
        ("“七天无理由”", {"七天无理由"}),
        ("「七天无理由」", {"七天无理由"}),
        ('"七天 无理由"', {"七天无理由"}),
        ("「七天無理由」", {"七天无理由"}),
        ("七天 AND 无理由", {"七天无理由", "理由"}),
        ("(换货 OR 生鲜) 运费", {"换货", "生鲜质量问题"}),
        ("（换货 OR 生鲜） 运费", {"换货", "生鲜质量问题"}),
        ("发票 OR 生鲜 AND 寄回", {"发票", "生鲜质量问题"}),
        ("補開 AND 發票", {"发票"}),
        ("ｉＰｈｏｎｅ15 AND 运费", {"质量问题运费"}),
        ("商家* NOT 客户", {"质量问题运费"}),
        ("title:手册 发票", {"发票"}),
        ("usb AND 型号", {"换货"}),
        ("us* AND 型号", {"换货"}),
        ("us AND 型号", set()),
        ("iph* AND 运费", {"质量问题运费"}),
        ("path:生鲜", {"生鲜质量问题"}),
        ('path:"质量问题" 运费', {"质量问题运费", "生鲜质量问题"}),
        ("title:运费 AND 发票", set()),
        ("运费 NOT (质量 OR 换货)", {"七天无理由"}),
        ("NOT title:手册", set()),
        ("退货 NOT NOT 质量", {"质量问题运费"}),
    ],
)
def test_every_operator(base: KnowledgeBase, query: str, sections: set[str]) -> None:
    response = _ask(base, query)
    assert _sections(response) == sections
    terms = parse(query)
    assert terms is not None
    everything = _ask(base, "NOT qqqq").hits
    assert len(everything) == 6
    assert {hit.clause_id for hit in everything if _holds(terms.node, hit)} == {hit.clause_id for hit in response.hits}


def _holds(node: object, hit: SearchHit) -> bool:
    """The conditions judged over the words that the reader sees, without any index."""
    match node:
        case AllOf(parts):
            return all(_holds(part, hit) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, hit) for part in parts)
        case Not(part):
            return not _holds(part, hit)
        case Term(wanted, prefix, field):
            places = {"text": (hit.text,), "path": hit.section_path, "title": (hit.document,)}
            chosen = places[field] if field else (hit.text, *hit.section_path, hit.document)
            return any(_in_a_row(wanted, prefix, units(place)) for place in chosen)
    raise AssertionError(node)


def _in_a_row(wanted: tuple[str, ...], prefix: bool, place: list[str]) -> bool:
    for start in range(len(place) - len(wanted) + 1):
        row = place[start : start + len(wanted)]
        if row[:-1] == list(wanted[:-1]) and (row[-1].startswith(wanted[-1]) if prefix else row[-1] == wanted[-1]):
            return True
    return False


def test_a_phrase_does_not_run_over_the_end_of_a_sentence(base: KnowledgeBase) -> None:
    assert _sections(_ask(base, "承担 AND 退货的往返")) == set()
    assert _sections(_ask(base, '"退货的，往返" AND 承担')) == {"质量问题运费"}


@pytest.mark.parametrize(
    "sentence",
    [
        "你们说的“七天无理由”怎么不给退？",
        "我买的 “正品” 是假的",
        "客服骂我傻*",
        "张* 的退款还没到",
        "手机号138****1234的退货运费",
        "**加急** 退货 运费",
        '5" 屏幕的退货运费',
        "PLEASE DO NOT SEND IT BACK",
        "退货 and 运费 or 换货",
        "退货AND运费",
        "屏幕尺寸 3 * 2 能退货吗",
        "退货(质量问题)的运费",
    ],
)
def test_what_a_customer_writes_stays_plain(base: KnowledgeBase, sentence: str) -> None:
    problems: list[str] = []
    assert parse(sentence, problems) is None
    assert problems == []
    assert _ask(base, sentence).hits == _ask(base, sentence.replace("*", " ").replace('"', " ")).hits


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("运费 AND", "AND has no word after"),
        ("OR 运费", "OR has no word before"),
        ("运费 AND OR 质量", "AND has no word after"),
        ("运费 NOT", "NOT has no word after"),
        ("运费 AND (质量", "not closed"),
        ("运费 AND 质量)", "never opened"),
        ("运费 AND ()", "empty"),
        ('"七天无理由', "quotation mark"),
        ("运费 AND “质量", "quotation mark"),
        ("运费 AND 质量，谢谢", "punctuation"),
        ('运费 AND "…"', "no letter"),
        ("(" * 60 + "运费 AND 质量" + ")" * 60, "deep"),
        ("运费" + " OR 质量" * 80, "more than"),
    ],
)
def test_what_cannot_be_read_is_searched_as_plain_text_and_says_why(base: KnowledgeBase, query: str, said: str) -> None:
    response = _ask(base, query)
    assert response.hits
    assert any(said in warning and "plain text" in warning for warning in response.warnings)


def test_operators_without_a_match_find_nothing_but_quotes_fall_back(base: KnowledgeBase) -> None:
    assert _ask(base, "运费 AND 火星快递").hits == ()
    response = _ask(base, '"火星快递的运费"')
    assert response.hits
    assert any("exactly these words" in warning for warning in response.warnings)


def test_vectors_have_no_say_in_a_structured_query(
    base: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from kb.settings import KbSettings

    embedder = FakeEmbedder()
    home = tmp_path_factory.mktemp("dense") / "home"
    with KnowledgeBase.open(KbSettings(home=home), embedder=embedder) as dense:
        dense.add_text("rules.md", RULES.encode(), publish=True, actor="t")
        embedder.failing = True
        response = _ask(dense, "运费 AND 质量 NOT 生鲜")
        assert response.warnings == ()
        assert _sections(response) == {"质量问题运费"}
        embedder.failing = False
        vector = dense.embed_query("运费 AND 质量 NOT 生鲜")
        plain = dense.search(SearchRequest(query="运费 AND 质量 NOT 生鲜", k=50), vector=vector)
        assert "生鲜质量问题" in {hit.section_path[-1] for hit in plain.hits}  # a ticket's own words, with its vector


def test_a_reply_looked_up_by_its_words_alone_is_no_query(base: KnowledgeBase) -> None:
    def found(query: str) -> SearchResponse:
        return base.search(SearchRequest(query=query, k=50), lexical=True)

    assert found('"七天无理由"').hits == found("七天无理由").hits
    assert len(found('"七天无理由"').hits) > 1
    assert _sections(found("运费 AND 质量 NOT 生鲜")) == {"质量问题运费"}


def test_the_filter_holds_beside_the_conditions(base: KnowledgeBase) -> None:
    base.add_text(
        "jd.md", RULES.replace("kind: policy", "kind: policy\nplatform: jd").encode(), publish=True, actor="t"
    )
    assert {hit.platform for hit in _ask(base, "运费 AND 质量", platform="tmall").hits} == {None}
    assert {hit.platform for hit in _ask(base, "运费 AND 质量", platform="jd").hits} == {None, "jd"}


@given(st.text(alphabet='AND OR NOT()"“”*运费质量 退货:titlepathag\n5，。?*', max_size=60))
def test_no_query_breaks_the_reader(query: str) -> None:
    problems: list[str] = []
    structured = parse(query, problems)
    assert structured is None or problems == []
    assert len(problems) <= 1


@given(st.text(max_size=80))
def test_units_are_stable_under_folding(text: str) -> None:
    assert units(fold(text)) == units(text)
