"""Word, Excel and PowerPoint files with the habits of real offices: typed numbers, merged titles, hidden leftovers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches


def write(folder: Path) -> None:
    """Writes all of them."""
    store_rules(folder / "门店退换货操作规程.docx")
    faq(folder / "售后FAQ.xlsx")
    shared_faq(folder / "多平台客服知识库.xlsx")
    freight(folder / "运费与时效.xlsx")
    training(folder / "客服培训.pptx")


def store_rules(path: Path) -> None:
    """No heading styles: a centred title, numbers typed by hand, a frame, a merged table, a list, hidden words."""
    document = Document()
    document.core_properties.title = "Word 文档"
    section = document.sections[0]
    section.header.paragraphs[0].text = "云栖家居门店运营部"
    section.footer.paragraphs[0].text = "第 1 版　仅供门店使用"
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("门店退换货操作规程")
    run.bold, run.font.size = True, Pt(22)
    document.add_paragraph("一、受理")
    document.add_paragraph("顾客持小票或者订单截图到店的，当班店员先核对购买日期，再查看商品状态。")
    document.add_paragraph("二、办理")
    for text in (
        "七天以内、吊牌齐全的，当场退货；",
        "超过七天、有质量问题的，先拍照，再报店长审核；",
        "店长不在的，由值班经理审核。",
    ):
        document.add_paragraph(text, style="List Number")
    frame = document.add_table(rows=1, cols=1)
    frame.cell(0, 0).text = "注意：食品一经售出，除质量问题外，门店不受理退货。"
    document.add_paragraph("三、退款时限")
    table = document.add_table(rows=4, cols=3)
    for row, cells in enumerate(
        (
            ("支付方式", "退款时限", ""),
            ("", "普通会员", "金卡会员"),
            ("现金", "当场", "当场"),
            ("银行卡", "3 个工作日", "1 个工作日"),
        )
    ):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    document.add_paragraph("四、需要携带的材料")
    for text in ("小票或者电子订单", "原包装和赠品"):
        document.add_paragraph(text, style="List Bullet")
    last = document.add_paragraph("退款金额以实付为准，优惠券不折现。")
    hidden = last.add_run("内部口径：金卡会员可放宽到十天")
    vanish = OxmlElement("w:vanish")
    hidden._r.get_or_add_rPr().append(vanish)
    text_box(last, "门店热线每日九时至二十一时有人接听。")
    link(document.add_paragraph("详见"), "会员服务章程")
    document.save(str(path))


def text_box(paragraph: object, text: str) -> None:
    """A VML text box, as Word keeps it for older versions."""
    run = paragraph.add_run()._r  # type: ignore[attr-defined]
    picture = OxmlElement("w:pict")
    content = OxmlElement("w:txbxContent")
    inner, inner_run, words = OxmlElement("w:p"), OxmlElement("w:r"), OxmlElement("w:t")
    words.text = text
    inner_run.append(words)
    inner.append(inner_run)
    content.append(inner)
    picture.append(content)
    run.append(picture)


def link(paragraph: object, text: str) -> None:
    """A hyperlink to a bookmark."""
    element = OxmlElement("w:hyperlink")
    element.set(qn("w:anchor"), "charter")
    run, words = OxmlElement("w:r"), OxmlElement("w:t")
    words.text = text
    run.append(words)
    element.append(run)
    paragraph._p.append(element)  # type: ignore[attr-defined]


def faq(path: Path) -> None:
    """A title over merged cells, remarks, a header in row 4, section rows, merged questions, retired rows."""
    book = Workbook()
    sheet = book.active
    sheet.title = "退换货"
    rows: list[tuple[object, ...]] = [
        ("云栖家居售后常见问题汇总",),
        ("整理：客服二组，2025 年 4 月起使用",),
        (),
        ("序号", "问题（必填）", "标准答案", "关键词", "适用平台", "状态", "更新人"),
        ("一、退货",),
        (
            1,
            "七天无理由退货，运费谁出？",
            "客户自己寄回，运费由客户承担；买了运费险的，由保险公司赔付。",
            "运费,七天",
            "京东/天猫",
            "启用",
            "小周",
        ),
        (
            2,
            "拆封了还能退吗",
            "1. 不影响二次销售的，可以退；\n2. 贴身用品拆封后不退，质量问题除外。",
            "拆封",
            "天猫",
            "启用",
            "小周",
        ),
        (3, "退货要十五天审核吗？", "十五个工作日内审核。", "审核", "京东", "停用", "小周"),
        ("二、换货",),
        (4, "换货要等多久？", "仓库收到退件后两天内寄出新货。", "时效", "京东", "启用", "小林"),
        ("", "", "预售商品按页面标明的发货时间。", "", "天猫", "启用", "小林"),
        (5, "尺码换大一号要补钱吗？", None, "尺码", "天猫", "启用", "小林"),
        ("序号", "问题（必填）", "标准答案", "关键词", "适用平台", "状态", "更新人"),
        (
            6,
            "# 号开头的取件码是什么意思？",
            "# 号是快递柜的格口号，\n# 号后面的四位是取件码。",
            "取件",
            "",
            "启用",
            "小林",
        ),
    ]
    for row in rows:
        sheet.append(row)
    for area in ("A1:G1", "A2:G2", "A5:G5", "A9:G9", "A10:A11", "B10:B11"):
        sheet.merge_cells(area)
    sheet["C6"].comment = Comment("法务已看过", "小周")
    agents = book.create_sheet("英文站")
    agents.append(("Question", "Answer", "Tags", "Platform"))
    agents.append(
        (
            "How do I return a lamp?",
            "Ask for a label in the app, then drop the parcel off within 5 days.",
            "return",
            "own",
        )
    )
    old = book.create_sheet("旧版勿删")
    old.append(("问题", "答案"))
    old.append(("退货有几天？", "三天。"))
    old.sheet_state = "hidden"
    book.save(path)


def shared_faq(path: Path) -> None:
    """One sheet for several platforms: other wordings in one cell, scope and dates in columns, blank and retired rows."""
    book = Workbook()
    sheet = book.active
    sheet.append(("云栖家居　多平台客服知识库（2025 年秋季版）",))
    sheet.append(())
    sheet.append(
        ("序号", "问题分类", "标准问", "相似问\n（一行一个）", "标准答案", "适用平台", "可见范围", "适用品类", "状态", "生效日期", "失效日期", "备注")
    )  # fmt: skip
    autumn = (date(2025, 9, 1), date(2026, 8, 31))
    rows: list[tuple[object, ...]] = [
        (1, "退换货", "收到的灯罩有裂纹怎么办？", "灯罩裂了\n一打开就是碎的\n1. 玻璃有条缝还能用吗",
         "请在签收后七日内上传裂纹处的照片，客服核实后补寄灯罩，往返运费由本店承担。", "京东/天猫", "客户可见", "灯具", "启用", *autumn, "裂纹以照片为准"),
        (),
        (2, "退换货", "床垫拆了塑封还能退吗", "床垫撕了膜；睡了一晚不舒服想退 | 床垫太硬", "拆封后影响卫生的，不支持无理由退货；\n但有质量问题的除外。", "全平台", "对客",
         "家具、床品", "启用", *autumn, None),
        (3, "物流", "大件上楼要加钱吗？", None, "有电梯的免费上楼；没有电梯的，从三楼起按页面价目表收取搬运费。", "JD", "客户可见", None, "启用", *autumn, None),
        (4, "物流", "搬运费能不能免？", "楼层费谁批", "客户因延误投诉的，客服可以申请减免，由主管审批后登记。", "自营", "内部", None, "启用", *autumn, None),
        (5, "物流", "减免额度是多少？", None, "每单不超过实收搬运费，超过的报区域经理。", "", "主管", None, "启用", *autumn, None),
        (6, "活动", "周年庆满减怎么算？", None, "满三百减三十，上不封顶。", "Tmall", "客户可见", None, "启用", date(2025, 10, 1), date(2025, 10, 7), None),
        (7, "活动", "老客户折上折还有吗？", None, "折上折已经结束。", "天猫", "客户可见", None, "停用", *autumn, None),
        (8, "退换货", "团购券买的能退吗？", "券后价怎么退", "未使用的团购券可以随时退，退回原支付账户。", "拉手", "客户可见", None, "启用", *autumn, None),
        (9, "退换货", "直播间买的怎么退？", None, "按直播间页面写明的规则办理。", "云集会", "客户可见", None, "启用", *autumn, None),
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:L1")
    book.save(path)


def freight(path: Path) -> None:
    """Not a FAQ: grouped columns, units in the number format, dates, percentages, a formula nobody calculated."""
    book = Workbook()
    sheet = book.active
    sheet.append(("2025 年发货与理赔标准",))
    sheet.append(("仓库", "时效", None, "理赔", None, "生效日期"))
    sheet.append((None, "普通", "加急", "比例", "上限", None))
    sheet.append(("杭州仓", 3, 1, 0.8, 500, date(2025, 4, 1)))
    sheet.append(("成都仓", 4, 2, 0.65, 1200.5, date(2025, 6, 18)))
    sheet.append(("合计上限", None, None, None, "=SUM(E4:E5)", None))
    sheet.append(("广州仓", 3, 1, 0.7, 300, date(2024, 1, 1)))
    for area in ("A1:F1", "B2:C2", "D2:E2", "A2:A3", "F2:F3"):
        sheet.merge_cells(area)
    for row in (4, 5, 7):
        for column in "BC":
            sheet[f"{column}{row}"].number_format = '0"天"'
        sheet[f"D{row}"].number_format = "0%"
        sheet[f"E{row}"].number_format = '"¥"#,##0.00'
    for column in "ABCDEF":
        sheet[f"{column}7"].font = Font(strike=True)
    book.save(path)


def training(path: Path) -> None:
    """Title slide, bullets with levels, a table, a chart, notes, a slide of a picture only, a hidden slide, footers."""
    deck = Presentation()
    deck.core_properties.title = "PowerPoint 演示文稿"
    opening = deck.slides.add_slide(deck.slide_layouts[0])
    opening.shapes.title.text = "新人客服培训"
    opening.placeholders[1].text = "客户服务部　2025 年春季"
    rules = deck.slides.add_slide(deck.slide_layouts[1])
    rules.shapes.title.text = "首次答复"
    frame = rules.placeholders[1].text_frame
    frame.text = "先确认订单，再答复时限"
    for text, level in (("普通咨询 30 秒", 1), ("食品安全类 15 秒", 1), ("不承诺审核结果", 0)):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    rules.notes_slide.notes_text_frame.text = "讲师提示：用上周的两段录音说明，什么叫先确认。"
    boxes = deck.slides.add_slide(deck.slide_layouts[5])
    boxes.shapes.title.text = "升级路径"
    right = boxes.shapes.add_textbox(Inches(5), Inches(2), Inches(3), Inches(1))
    right.text_frame.text = "第二步：主管两小时内回电"
    left = boxes.shapes.add_textbox(Inches(1), Inches(2.1), Inches(3), Inches(1))
    left.text_frame.text = "第一步：一线登记诉求"
    group = boxes.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(3.2), Inches(3), Inches(1)).text_frame.text = "第三步：合规复核"
    table = boxes.shapes.add_table(3, 2, Inches(1), Inches(4.3), Inches(6), Inches(1)).table
    for row, cells in enumerate((("投诉等级", "负责人"), ("一级", "客服总监"), ("二级", "主管"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    figures = deck.slides.add_slide(deck.slide_layouts[5])
    figures.shapes.title.text = "退货原因占比"
    data = CategoryChartData()
    data.categories = ["尺码不合", "色差", "质量"]
    data.add_series("占比（%）", (46, 31, 23))
    figures.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(6), Inches(4), data)
    scan = deck.slides.add_slide(deck.slide_layouts[6])
    image = Image.new("RGB", (480, 240), "white")
    ImageDraw.Draw(image).rectangle((40, 40, 440, 200), outline="black", width=4)
    picture = path.with_suffix(".png")
    image.save(picture)
    scan.shapes.add_picture(str(picture), Inches(1), Inches(1))
    picture.unlink()
    hidden = deck.slides.add_slide(deck.slide_layouts[1])
    hidden.shapes.title.text = "2023 年旧口径"
    hidden.placeholders[1].text = "退货一律收取折旧费"
    hidden.element.set("show", "0")
    deck.save(str(path))
