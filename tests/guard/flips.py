"""The same sentence under two policies that differ in one fact: with the one it may be said, with the other it may not."""

from dataclasses import dataclass
from typing import Any

Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flip:
    name: str
    text: str
    backed: Given
    flipped: Given


def clause(text: str, **fields: Any) -> Given:
    return {"clauses": [{"clause_id": "cl_1", "document": "售后政策手册", "citation_id": "c1", "text": text, **fields}]}


def entitled(action: str, verdict: str = "allowed", **fields: Any) -> Given:
    return {"entitlements": [{"action": action, "verdict": verdict, "rule": "r1", **fields}]}


def approved(kind: str, spent: str = "0", **fields: Any) -> Given:
    return {"approvals": [{"approval": {"id": "APR-1", "kind": kind, **fields}, "spent": spent}]}


def ticket(**fields: Any) -> Given:
    return {"ticket": {"id": "T-1", "messages": [{"role": "customer", "text": "请帮我处理一下"}], **fields}}


def order(**fields: Any) -> Given:
    return ticket(order={"id": "JD1", **fields})


def pays(who: str) -> Given:
    return entitled("return_refund", freight={"borne_by": who})


_LAW = {"document": "消费者权益保护法", "text": "经营者采用网络方式销售商品，消费者有权退货。"}
_PAID = order(amount="199.00", status="signed")

FLIPS: tuple[Flip, ...] = (
    # A clause changes or is withdrawn.
    Flip(
        "days that a clause gives", "您可以在7天内申请退货",
        clause("签收次日起七日内可申请退货。"), clause("签收次日起三日内可申请退货。"),
    ),
    Flip(
        "warranty that a clause gives", "这台机器保修期是2年",
        clause("主机保修2年，自签收之日起算。"), clause("主机保修1年，自签收之日起算。"),
    ),
    Flip(
        "fee that a clause gives", "检测费需要扣除30元",
        clause("无故障的，收取检测费30元。"), clause("无故障的，收取检测费20元。"),
    ),
    Flip(
        "time that a clause gives", "验货后48小时内一定提交退款",
        clause("仓库验货无误后48小时内提交退款。"), clause("仓库验货无误后72小时内提交退款。"),
    ),
    Flip(
        "law in force", "依据《消费者权益保护法》第二十五条办理",
        clause(**_LAW, section_path=["第二十五条"]), clause(**_LAW, section_path=["第二十四条"]),
    ),
    Flip(
        "refund channel of a clause", "由于原路退不了，我们银行转账给您",
        clause("不能原路退回的，由财务以银行转账方式退款。"), clause("退款一律原路退回。"),
    ),
    Flip(
        "citation of an own draft", "您可以在7天内申请退货[1]。",
        {"own_draft": True, **clause("签收次日起七日内可申请退货。")},
        {"own_draft": True, **clause("签收次日起七日内可申请退货。", citation_id="c2")},
    ),
    # The entitlements of the ticket change.
    Flip(
        "refusal", "您这单不能退货哦",
        entitled("return_refund", "denied"), entitled("return_refund", "allowed"),
    ),
    Flip(
        "right", "您这单支持七天无理由退货",
        entitled("return_refund", "allowed"), entitled("return_refund", "denied"),
    ),
    Flip(
        "deadline of a right", "请在6月24日前申请退货",
        entitled("return_refund", deadline="2026-06-25T23:59:59+08:00"),
        entitled("return_refund", deadline="2026-06-20T23:59:59+08:00"),
    ),
    Flip("freight borne by the customer", "退回的运费由您承担", pays("customer"), pays("merchant")),
    Flip("freight borne by the shop", "退回的运费由我们承担", pays("merchant"), pays("customer")),
    Flip("exchange", "这边直接给您换一台", entitled("exchange"), entitled("exchange", "conditional")),
    Flip("resend", "我马上给您补发", entitled("resend"), entitled("resend", "needs_approval")),
    Flip("free repair", "保修卡核对过了，我们免费给您维修", entitled("repair"), entitled("repair", "denied")),
    Flip(
        "standard of compensation", "这单赔付您10元",
        entitled("compensation", reason="超时送达，按规则赔付10元"),
        entitled("compensation", reason="超时送达，按规则赔付5元"),
    ),
    Flip(
        "price difference", "给您退差价20元",
        entitled("price_protection", reason="价保期内降价，差额20元"),
        entitled("price_protection", "denied", reason="价保期内降价，差额20元"),
    ),
    # An approval is smaller, of another kind, for another order, spent or over.
    Flip("amount approved", "给您补偿50元", approved("cash", amount="50.00"), approved("cash", amount="49.00")),
    Flip("kind approved", "给您补发一张20元优惠券", approved("coupon", amount="20.00"), approved("cash", amount="20.00")),
    Flip(
        "order approved", "补偿您50元",
        {**_PAID, **approved("cash", amount="50.00", order_id="JD1")},
        {**_PAID, **approved("cash", amount="50.00", order_id="JD2")},
    ),
    Flip(
        "ticket approved", "补偿您50元",
        {**_PAID, **approved("cash", amount="50.00", ticket_id="T-1")},
        {**_PAID, **approved("cash", amount="50.00", ticket_id="T-2")},
    ),
    Flip(
        "approval in time", "补偿您50元",
        approved("cash", amount="50.00", expires_at="2026-06-18T10:00:01+08:00"),
        approved("cash", amount="50.00", expires_at="2026-06-18T10:00:00+08:00"),
    ),
    Flip(
        "what is left of an approval", "我们补偿您30元",
        approved("cash", amount="50.00", spent="20.00"), approved("cash", amount="50.00", spent="20.01"),
    ),
    Flip(
        "points approved", "给您补300积分", approved("points", amount="300"), approved("points", amount="299"),
    ),
    Flip(
        "gift approved", "送您一个保温杯作为礼品",
        approved("gift", item="保温杯"), approved("gift", item="雨伞"),
    ),
    Flip(
        "months approved", "给您延长保修12个月", approved("warranty", item="12个月"), approved("warranty", item="6个月"),
    ),
    Flip("freight approved", "退回的运费我们承担", approved("freight", amount="15.00"), approved("repair")),
    # A fact of the order, or the service rule, is another.
    Flip(
        "day of signing", "您于6月12日签收",
        order(signed_at="2026-06-12T15:00:00+08:00"), order(signed_at="2026-06-10T15:00:00+08:00"),
    ),
    Flip("price paid", "订单金额199元", order(amount="199.00"), order(amount="299.00")),
    Flip("freight insurance", "这单有运费险", order(freight_insurance=True), order(freight_insurance=False)),
    Flip(
        "state of an application", "您的申请已审核通过",
        ticket(application={"kind": "return", "state": "approved"}),
        ticket(application={"kind": "return", "state": "refused"}),
    ),
    Flip("refund under way", "一定给您退款", order(status="refunding"), order(status="signed")),
    Flip(
        "delivery that the order page promises", "包裹20号之前一定送到",
        order(promised_delivery_at="2026-06-19T23:00:00+08:00"),
        order(promised_delivery_at="2026-06-22T23:00:00+08:00"),
    ),
    Flip("reply inside the service rule", "我会在20小时内给您回复", {"reply_within": ["PT24H"]}, {"reply_within": ["PT2H"]}),
)  # fmt: skip
