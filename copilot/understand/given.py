"""Which fields the conversation already answers: nobody may ask for them again."""

import re
from collections.abc import Mapping, Sequence

from copilot.domain.suggestion import Entities
from copilot.domain.vocabulary import MissingField
from copilot.understand.cues import Found
from copilot.understand.redact import Redactor
from copilot.understand.utterance import Utterance

_PATTERNS: Mapping[MissingField, re.Pattern[str]] = {
    MissingField.SIZE: re.compile(r"(?:换|要|买|拍|穿|改)(?:成|个|大|小|了)?(?:一)?(?:[0-9]{2,3}(?:\.5)?码?|[x]{0,3}[sml]码?|[0-9]xl|均码|大码|小码)(?![a-z0-9元块天])"),
    MissingField.SKU: re.compile(r"(?:换成?|要|拍的?是?)(?:[一-鿿]{0,3})(?:色|款|型号)"),
    MissingField.MODEL: re.compile(r"型号(?:是|：|:)?[a-z0-9\-]{3,}"),
    MissingField.PURCHASE_DATE: re.compile(r"(?:昨天|前天|今天|上周|上个月|去年|\d+[月号日]|[一二三四五六七八九十]+[月号]|天前|个月前).{0,8}(?:买|拍|下单|订|收到|签收|到货)"),
    MissingField.INVOICE_TITLE: re.compile(r"抬头(?:是|为|：|:|写|开|改成|改为|用)?(?:个人|[一-鿿（）]{4,})|(?<![一-鿿])[一-鿿（）]{4,30}(?:有限公司|有限责任公司|事务所|合作社|工作室)"),
    MissingField.TAX_NUMBER: re.compile(r"(?<![a-z0-9])[0-9a-hj-npqrtuwxy]{2}\d{6}[0-9a-hj-npqrtuwxy]{10}(?![a-z0-9])"),
    MissingField.FAULT_DESCRIPTION: re.compile(r"(?:开不了|不通电|不亮|不转|不制冷|不加热|黑屏|死机|报错|闪|漏|异响|断|裂|碎|卡|充不|连不|没声|没反应|坏了|失灵|不出|划痕|掉漆|变形|破)"),
}  # fmt: skip

_PRIVATE = {
    "手机号": MissingField.PHONE, "电话": MissingField.PHONE, "地址": MissingField.ADDRESS,
    "邮箱": MissingField.EMAIL, "银行卡": MissingField.REFUND_ACCOUNT,
}  # fmt: skip


def given(
    utterances: Sequence[Utterance], found: Mapping[str, Found], entities: Entities, redactor: Redactor
) -> frozenset[str]:
    """Names of missing_information fields that stand in the customer's words."""
    text = "\n".join(utterance.text for utterance in utterances)
    fields = {field for field, pattern in _PATTERNS.items() if pattern.search(text)}
    fields |= {_PRIVATE[kind] for kind, _ in redactor.placeholders if kind in _PRIVATE}
    if entities.order_id:
        fields.add(MissingField.ORDER_ID)
    if entities.waybill:
        fields.add(MissingField.WAYBILL)
    if entities.products:
        fields.add(MissingField.PRODUCT)
    for mark, field in (
        ("photo_given", MissingField.PHOTOS), ("video_given", MissingField.VIDEO),
        ("screenshot_given", MissingField.SCREENSHOT),
    ):  # fmt: skip
        if f"marks.{mark}" in found:
            fields.add(field)
    return frozenset(str(field) for field in fields)
