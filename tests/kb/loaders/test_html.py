"""Web pages: what a help centre says, without what surrounds it."""

import pytest

from kb.errors import EmptyDocument, UnreadableFile
from kb.loaders import html
from tests.kb.loaders.documents import data, dropped, in_order, loaded

HELP = "帮助中心.html"


def page(body: str) -> str:
    return html.load("a.html", f"<html><body>{body}</body></html>".encode()).text


def test_the_article_in_order() -> None:
    found = loaded(html.load, HELP)
    assert found.text.startswith("# 退货运费怎么算\n\n退货时运费由谁承担")
    assert in_order(
        found.text,
        ["## 一、由商家", "\n- 收到的商品", "\n- 商品有质量问题", "\n  1. 照片应当", "\n  2. 视频不超过", "\n- 错发、漏发。", "## 二、由客户",
         "已购买运费险的，由保险公司按下表赔付。\n赔付以签收退货为准。", "| 收货地区 |", "## 三、常见疑问", "### 运费险赔付多久到账？\n",
         "仓库签收退货后", "### 可以到付寄回吗？\n", "不可以", "### 超过七天还能退吗？\n", "三十日内", "温馨提示：节假日期间"],
    )  # fmt: skip


def test_cells_over_rows_and_columns_count_in_each_of_them() -> None:
    text = loaded(html.load, HELP).text
    assert "| 江浙沪皖 | 8 元 | 2 元 |\n| 江浙沪皖 | 大件家具按体积另计 | 大件家具按体积另计 |\n" in text


def test_the_frame_is_dropped_and_reported() -> None:
    found = loaded(html.load, HELP)
    for words in (
        "首页",
        "免费注册",
        "热门问题",
        "相关推荐",
        "是否解决",
        "版权所有",
        "阅读：",
        "埋点",
        "订单问题",
        "__INITIAL",
    ):
        assert words not in found.text
    reported = " ".join(item.text for item in found.dropped)
    for words in ("免费注册", "热门问题", "相关推荐", "是否解决", "版权所有", "阅读：", "埋点"):
        assert words in reported


def test_an_old_page_of_layout_tables_in_gbk() -> None:
    found = loaded(html.load, "旧站公告.htm")
    assert found.encoding == "gb18030"
    assert found.front_matter == {"title": "价保规则"}
    assert in_order(
        found.text,
        [
            "## 价保规则",
            "可以申请退还差价。\n以下情形",
            "- 秒杀",
            "- 凭资格券",
            "- 已经申请",
            "堃字号",
            "| 银行卡 | 1 至 5 个工作日 |",
        ],
    )
    assert "联系我们" not in found.text
    assert dropped(found, "导航") == ["首页公告联系我们"]


def test_a_page_that_word_saved() -> None:
    body = (
        "<div class=WordSection1><p class=MsoNormal>一、适用范围</p><p class=MsoNormal>本规则适用于\n全部自营店铺，\nApp\n同样适用。</p>"
        "<p class=MsoNormal>1.<span>&nbsp;&nbsp; </span>退款</p></div>"
    )
    assert page(body) == "一、适用范围\n\n本规则适用于全部自营店铺， App 同样适用。\n\n1. 退款\n"


def test_folded_answers_are_kept_and_their_buttons_are_the_questions() -> None:
    body = (
        '<main><h2>退款</h2><button aria-expanded="false">多久到账</button>'
        '<div style="display:none"><p>原路退回，一至三天到账。</p></div><button>收藏</button></main>'
    )
    assert page(body) == "## 退款\n\n### 多久到账\n\n原路退回，一至三天到账。\n"


def test_a_note_set_aside_and_a_form_around_the_page_are_no_frame() -> None:
    text = page(
        '<form id="form1"><h1>换货</h1><p>签收七天内可以换一次。</p><aside>大件商品不参加换货。</aside>'
        '<div class="sidebar"><a href="/1">热卖</a><a href="/2">清仓</a></div></form>'
    )
    assert in_order(text, ["# 换货", "可以换一次", "大件商品不参加换货。"])
    assert "清仓" not in text


def test_a_content_block_with_a_menu_name_is_kept() -> None:
    text = page(
        '<div class="menu">' + "<p>退货的，先申请，再寄回；寄回后两天内验收。验收通过，原路退款。</p>" * 4 + "</div>"
    )
    assert text.count("先申请") == 4


def test_links_inside_sentences_stay() -> None:
    assert (
        page('<p>请在<a href="/o">我的订单</a>里申请，再看<a href="/r">退货进度</a>。</p>')
        == "请在我的订单里申请，再看退货进度。\n"
    )


def test_the_declared_encoding_counts_only_if_it_fits() -> None:
    lying = '<html><head><meta charset="utf-8"></head><body><p>退货的运费由客户承担。</p></body></html>'.encode("gbk")
    assert html.load("a.html", lying).text == "退货的运费由客户承担。\n"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UnreadableFile),
        ("<html><body><script>var a='退货';</script></body></html>".encode(), EmptyDocument),
        (b"<div>" * 2000 + b"x", UnreadableFile),
        (data("上门安装手册.pdf"), UnreadableFile),
    ],
)  # fmt: skip
def test_what_holds_no_page_is_refused_by_name(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^help\.html"):
        html.load("help.html", content)
