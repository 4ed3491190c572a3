"""PDF files: from LibreOffice (columns, tables over pages), from a report program (hyphens), scans, a locked one."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

_CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)
_FODT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:meta><dc:title>{title}</dc:title></office:meta>
<office:styles>
 <style:default-style style:family="paragraph"><style:paragraph-properties fo:text-align="justify"/><style:text-properties style:font-name-asian="Noto Sans CJK SC" fo:font-size="10.5pt" style:font-size-asian="10.5pt" fo:language="zh" fo:country="CN" style:language-asian="zh" style:country-asian="CN"/></style:default-style>
 <style:style style:name="Standard" style:family="paragraph"/>
 <style:style style:name="Body" style:family="paragraph" style:parent-style-name="Standard"><style:paragraph-properties fo:text-indent="0.74cm" fo:margin-bottom="0.15cm"/></style:style>
 <style:style style:name="Top" style:family="paragraph" style:parent-style-name="Standard"><style:paragraph-properties fo:text-align="center" fo:margin-bottom="0.5cm"/><style:text-properties fo:font-size="20pt" style:font-size-asian="20pt"/></style:style>
 <style:style style:name="Part" style:family="paragraph" style:parent-style-name="Standard"><style:paragraph-properties fo:margin-top="0.3cm" fo:margin-bottom="0.2cm" fo:keep-with-next="always"/><style:text-properties fo:font-size="14pt" style:font-size-asian="14pt"/></style:style>
</office:styles>
<office:automatic-styles>
 <style:page-layout style:name="pm"><style:page-layout-properties fo:page-width="21cm" fo:page-height="{height}cm" fo:margin="2cm"/><style:header-style><style:header-footer-properties fo:min-height="1cm"/></style:header-style><style:footer-style><style:header-footer-properties fo:min-height="1cm"/></style:footer-style></style:page-layout>
 <style:style style:name="Two" style:family="section"><style:section-properties><style:columns fo:column-count="2" fo:column-gap="0.9cm"/></style:section-properties></style:style>
 <style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties fo:border="0.5pt solid #000000" fo:padding="0.1cm"/></style:style>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pm">
 <style:header><text:p text:style-name="Standard">{header}</text:p></style:header>
 <style:footer><text:p text:style-name="Standard">第 <text:page-number text:select-page="current">1</text:page-number> 页 共 <text:page-count>1</text:page-count> 页</text:p></style:footer>
</style:master-page></office:master-styles>
<office:body><office:text>{body}</office:text></office:body></office:document>
"""

_MANUAL = (
    ("Part", "一、预约"),
    ("Body", "客户签收后，系统在两小时内派单给就近的安装师傅。师傅接单后应当在当天与客户通话，确认上门日期、楼层和是否有电梯。客户改约以一次为限，第二次改约的，订单退回派单台重新安排。"),
    ("Body", "遇到暴雨、高温等红色预警，师傅可以顺延上门，但必须提前告知客户，并在系统里写明原因和新的时间。"),
    ("Part", "二、上门"),
    ("Body", "师傅进门前出示工牌，穿好鞋套。开箱应当由客户在场，先查看外观，再清点配件；发现破损的，停止安装，拍照上传，由客服联系客户换货。"),
    ("Body", "安装中需要打孔的，先向客户说明墙内可能有水管和电线，得到同意后再施工。客户坚持在承重墙上开槽的，师傅有权拒绝，并把情况记在工单里。"),
    ("Part", "三、收费"),
    ("Body", "页面写明“包安装”的商品，师傅不得收取任何费用。另购的支架、延长线按价目表收取，先报价，后安装。客户不同意的，不影响基本安装。"),
    ("Body", "收费争议由客服在二十四小时内答复；查明多收的，三个工作日内原路退回，并向客户说明经过。"),
    ("Part", "四、验收"),
    ("Body", "安装完毕，师傅带客户试用一遍，说明日常保养的方法。客户在手机上确认，或者在纸质单上签字，都算验收。没有客户确认的工单，不得结单。"),
)  # fmt: skip
_STANDARD = (
    ("水果", "破损、腐烂", "按坏果比例退款", "签收后 24 小时"),
    ("蔬菜", "发黄、冻伤", "按坏菜比例退款", "签收后 24 小时"),
    ("水产", "死亡、异味", "全额退款", "签收后 6 小时"),
    ("肉类", "化冻、变色", "全额退款", "签收后 12 小时"),
    ("蛋类", "破壳", "两枚以上补发整盒", "签收后 24 小时"),
    ("乳品", "胀包、漏液", "全额退款", "签收后 24 小时"),
    ("冷饮", "融化", "全额退款", "签收后 2 小时"),
    ("熟食", "漏气", "全额退款，并留样", "签收后 12 小时"),
    ("豆制品", "发酸、胀袋", "全额退款", "签收后 12 小时"),
    ("鲜花", "折枝、萎蔫", "按枝数退款", "签收后 24 小时"),
    ("面包", "发霉", "全额退款，并留样", "签收后 48 小时"),
    ("冻品", "化冻、软塌", "全额退款", "签收后 6 小时"),
    ("火锅料", "漏汤", "补发或者全额退款", "签收后 24 小时"),
    ("礼盒", "外盒压坏", "补发外盒", "签收后 48 小时"),
    ("净菜", "缺配料包", "补发配料包", "签收后 12 小时"),
    ("活蟹", "死蟹", "按只数退款", "签收后 6 小时"),
)


def write(folder: Path) -> None:
    """Those that need no LibreOffice."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    bilingual(folder / "双语保修卡.pdf")
    scanned(folder / "含扫描页的通知.pdf", folder / "扫描件.pdf")
    locked(folder / "加密通知.pdf")
    (folder / "截断.pdf").write_bytes((folder / "双语保修卡.pdf").read_bytes()[:700])


def office_sources(folder: Path) -> list[Path]:
    """Documents for LibreOffice to print: two columns, and a table that runs over the page end."""
    body = (
        '<text:p text:style-name="Top">家电上门安装服务手册</text:p><text:section text:style-name="Two" text:name="s">'
    )
    body += "".join(f'<text:p text:style-name="{style}">{text}</text:p>' for style, text in _MANUAL)
    body += "</text:section>"
    manual = folder / "上门安装手册.fodt"
    manual.write_text(
        _FODT.format(title="", height=14.8, header="云栖家电 安装服务 AZ-07", body=body), encoding="utf-8"
    )
    cells = [("品类", "问题", "处理方式", "提出时间"), *_STANDARD]
    rows = [
        "<table:table-row>"
        + "".join(
            f'<table:table-cell table:style-name="Cell"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in cells
    ]
    body = '<text:p text:style-name="Top">生鲜理赔标准</text:p>'
    body += '<text:p text:style-name="Body">下列标准适用于自营冷链发出的商品。客户提出时应当上传能看清数量的照片，客服在两小时内答复。</text:p>'
    body += f'<table:table><table:table-column table:number-columns-repeated="4"/><table:table-header-rows>{rows[0]}</table:table-header-rows>{"".join(rows[1:])}</table:table>'
    body += '<text:p text:style-name="Part">例外</text:p><text:p text:style-name="Body">因客户填错地址、无人签收而变质的，不在理赔之列；但客服应当说明原因，并保留派送记录。</text:p>'
    fresh = folder / "生鲜理赔标准.fodt"
    fresh.write_text(
        _FODT.format(title="生鲜理赔标准", height=14.8, header="云栖生鲜　客服部", body=body), encoding="utf-8"
    )
    return [manual, fresh]


def bilingual(path: Path) -> None:
    """English lines with hyphens at their ends, one of a real compound; a slanted watermark; bare page numbers."""
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setTitle("untitled")
    pages = (
        (
            ("Warranty Card 保修卡", 18),
            ("This card covers the lamp for two years from the day of deliv-", 11),
            ("ery. Please keep it together with the invoice. Our after-sales", 11),
            ("team answers within one day, and the technician of the after-", 11),
            ("sales team calls before every visit.", 11),
            ("", 11),
            ("保修期内，灯体不亮、频闪的，免费更换驱动；灯罩破碎属于人为损坏的，按成本价收", 11),
            ("取材料费，不收人工费。", 11),
        ),
        (
            ("Exclusions 除外情形", 18),
            ("Damage caused by water or by an unsuit-", 11),
            ("able dimmer is not covered.", 11),
            ("自行拆改线路造成的损坏，不在保修范围内。", 11),
        ),
    )
    for number, lines in enumerate(pages, start=1):
        canvas.saveState()
        canvas.setFont("STSong-Light", 40)
        canvas.setFillGray(0.85)
        canvas.translate(180, 300)
        canvas.rotate(45)
        canvas.drawString(0, 0, "样张请勿外传")
        canvas.restoreState()
        y = 760
        for text, size in lines:
            canvas.setFont("STSong-Light" if any(ord(mark) > 255 for mark in text) else "Helvetica", size)
            canvas.drawString(72, y, text)
            y -= size * 1.6
        canvas.setFont("Helvetica", 9)
        canvas.drawCentredString(A4[0] / 2, 40, str(number))
        canvas.showPage()
    canvas.save()


def _scan(lines: tuple[str, ...]) -> ImageReader:
    """A page as a scanner sees it: grey paper, a little askew."""
    image = Image.new("L", (620, 877), 246)
    drawing = ImageDraw.Draw(image)
    font_path = next((path for path in _CJK_FONTS if Path(path).exists()), None)
    font = ImageFont.truetype(font_path, 20) if font_path else ImageFont.load_default()
    for number, line in enumerate(lines):
        drawing.text((70, 90 + number * 40), line, fill=40, font=font)
    data = io.BytesIO()
    image.rotate(0.6, fillcolor=246).save(data, "JPEG", quality=35)
    data.seek(0)
    return ImageReader(data)


def scanned(mixed: Path, only: Path) -> None:
    """A notice whose second page is a scan, and a file of nothing but scans."""
    lines = ("关于节假日揽收的补充说明", "一、初一至初三不上门取件。", "二、初四起按预约顺序取件。")
    canvas = Canvas(str(mixed), pagesize=A4)
    canvas.setFont("STSong-Light", 18)
    canvas.drawString(200, 760, "春节期间售后安排")
    canvas.setFont("STSong-Light", 11)
    canvas.drawString(72, 720, "一、在线客服每日九时至二十一时值班，电话客服初四恢复。")
    canvas.drawString(72, 700, "二、退货申请照常审核，审核时间顺延一天。")
    canvas.showPage()
    canvas.drawImage(_scan(lines), 0, 0, *A4)
    canvas.showPage()
    canvas.setFont("STSong-Light", 11)
    canvas.drawString(72, 760, "三、节后三个工作日内处理完积压的退款。")
    canvas.save()
    canvas = Canvas(str(only), pagesize=A4)
    for _ in range(2):
        canvas.drawImage(_scan(lines), 0, 0, *A4)
        canvas.showPage()
    canvas.save()


def locked(path: Path) -> None:
    """A PDF that asks for a password before it opens."""
    canvas = Canvas(str(path), pagesize=A4, encrypt=StandardEncryption("kefu-2025", strength=128))
    canvas.setFont("STSong-Light", 12)
    canvas.drawString(72, 760, "大客户专属赔付口径，请勿外传。")
    canvas.save()
