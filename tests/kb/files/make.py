"""Makes the documents of this folder the way offices do; run it after a deliberate change: `python tests/kb/files/make.py`.

The tests only read what lies here. Making them anew takes LibreOffice (docx, pdf and old formats), reportlab and
msoffcrypto-tool (a locked docx) beside the project's own libraries. All shops, texts and numbers are made up.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "source"


def main() -> None:
    """Writes every file; stops at the first one that cannot be made."""
    sys.path.insert(0, str(HERE))
    import make_office
    import make_pdf

    plain_texts()
    packed()
    make_office.write(HERE)
    make_pdf.write(HERE)
    with tempfile.TemporaryDirectory() as folder:
        converted(SOURCE / "售后服务管理办法.fodt", "docx", Path(folder))
        for source, new in (("门店退换货操作规程.docx", "doc"), ("售后FAQ.xlsx", "xls")):
            converted(HERE / source, new, Path(folder), "旧版" + Path(source).stem)
        for source in make_pdf.office_sources(Path(folder)):
            converted(source, "pdf", Path(folder))
    (HERE / "截断.docx").write_bytes((HERE / "售后服务管理办法.docx").read_bytes()[:6000])
    locked_docx()
    too_large = [path.name for path in HERE.iterdir() if path.is_file() and path.stat().st_size > 200_000]
    if too_large:
        raise SystemExit(f"above 200 KB: {too_large}")


def converted(source: Path, new: str, folder: Path, stem: str = "") -> None:
    """Lets LibreOffice convert one file into this folder."""
    profile = (folder / "profile").as_uri()
    command = [
        "soffice",
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        new,
        "--outdir",
        str(folder),
    ]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=180)
    (HERE / f"{stem or source.stem}.{new}").write_bytes((folder / f"{source.stem}.{new}").read_bytes())


def locked_docx() -> None:
    """A docx with a password, as Word writes it (MS-OFFCRYPTO agile encryption)."""
    from msoffcrypto.format.ooxml import OOXMLFile

    target = io.BytesIO()
    with (HERE / "售后服务管理办法.docx").open("rb") as source:
        OOXMLFile(source).encrypt("kefu-2025", target)
    (HERE / "加密办法.docx").write_bytes(target.getvalue())


NOTICE = """开票须知

一、申请时间
确认收货后一百八十天内可以申请开票，逾期请联系在线客服补开。

二、抬头修改
1. 电子发票当月开错的，作废后重开，不收费用。
2. 跨月的，先红冲，再按新的抬头开具。

三、收取方式
电子发票发到下单时留下的邮箱；纸质发票随下一个工作日的快递寄出，邮费由本店承担。
"""

CLAIMS = """物流理賠說明

一、包裹破損
簽收時發現外箱破損，請當場拍照並註明情況，四十八小時內聯絡客服。

二、包裹遺失
物流資訊連續五日沒有更新的，由客服向承運商提出查詢；查詢期滿仍無結果，按商品實付金額退款。

三、賠付方式
賠付款退回原支付帳戶，到帳時間以銀行為準。
"""

QUESTIONS = """问题,答案,标签,平台
优惠券为什么用不了？,"请先核对三点：是否到了使用时间，是否满足金额，是否为指定商品。
三点都符合仍不能用的，截图发给客服核实。",优惠券;促销,京东
赠品漏发了怎么办？,核实订单后补寄，运费由本店承担；赠品已送完的，客服会说明可选的其他赠品。,赠品,天猫
订单可以改收货地址吗,未出库可以改一次；已经出库的，由快递员派送前与您确认。,订单,京东、天猫
"""

MEMBERS = """问题;扩展问法;答案;标签;平台
金卡会员怎么升级？;"咋升金卡
多少积分能升|金卡门槛";"近十二个月实付满三千元的，次月一日自动升级；
退款的订单不计入。";会员，积分;自营
积分过期了能恢复吗;积分没了;过期的积分不恢复；因系统故障扣错的，核实后补回。;积分;淘宝、自营
生日礼券在哪里领;;生日当月在会员中心领取，每年一张。;礼券;
"""

FREIGHT = """地区\t首重价格\t续重价格\t说明
江浙沪皖\t8元\t2元\t1公斤以内按首重
京津冀\t10元\t4元\t
西藏、新疆\t22元\t15元\t偏远乡镇另加5元
"""


def plain_texts() -> None:
    """Text in the encodings that Chinese Windows programs still write."""
    (HERE / "开票须知.txt").write_bytes(NOTICE.replace("\n", "\r\n").encode("gb18030"))
    (HERE / "物流理賠說明.txt").write_bytes(CLAIMS.encode("big5"))
    (HERE / "促销问答.csv").write_bytes(QUESTIONS.replace("\n", "\r\n").encode("gbk"))
    (HERE / "会员问答.csv").write_bytes(MEMBERS.replace("\n", "\r\n").encode("gb18030"))
    (HERE / "运费.tsv").write_bytes(FREIGHT.encode("utf-16"))
    page = (SOURCE / "帮助中心.html").read_text(encoding="utf-8")
    (HERE / "帮助中心.html").write_text(page, encoding="utf-8")
    (HERE / "旧站公告.htm").write_bytes((SOURCE / "旧站公告.htm").read_text(encoding="utf-8").encode("gbk"))


class _GbkName(zipfile.ZipInfo):
    """A member whose name is stored as Chinese Windows does it: GBK bytes without the UTF-8 mark."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def packed() -> None:
    """Zip files: one as Windows packs it, one that unpacks to far more than it says."""
    with zipfile.ZipFile(HERE / "资料包.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in (("售后资料/开票须知.txt", NOTICE), ("售后资料/促销/问答.csv", QUESTIONS)):
            archive.writestr(_GbkName(path), text.encode("gb18030"), zipfile.ZIP_DEFLATED)
        archive.writestr(_GbkName("售后资料/Thumbs.db"), b"\x00" * 64)
    with zipfile.ZipFile(HERE / "炸弹.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_GbkName("售后/规则.txt"), b"\x30" * (40 * 1024 * 1024), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
