"""The words by which facts are read: who pays, what a number bounds, what a rule is conditional on.

Patterns are written for folded text (simplified, half-width, lower case). They are data: extend them here.
"""

from __future__ import annotations

import re
from typing import Final

# Who pays or owes. The order decides where one word contains another.
PARTIES: Final[dict[str, str]] = {
    "customer": r"买家|买方|购买者|消费者|客户|顾客|用户|购物者|会员|收件人|收货人|您|您本人|个人自行|用户方",
    "platform": r"(?<!第三方)平台(?:方)?|京东(?!配送|快递|物流)|天猫|拉手(?!账户|余额)|淘宝",
    "carrier": r"快递公司|快递方|快递(?=承担|负责|赔|支付)|承运商|承运人|承运方|物流公司|物流方|物流商|配送方|京东配送|京东物流",
    "insurer": r"保险公司|保险方|承保方|保险(?=承担|赔付|负责)|运费险(?=承担|赔付|负责)",
    "merchant": r"商家|卖家|卖方|店铺|店家|门店|本店|我店|我司|我们|我方|公司|商户|经营者|销售者|网店|商城|品牌方|厂家|生产者|售后方",
}
BOTH: Final = re.compile(r"(?:买卖)?双方|各(?:自)?(?:承担|负担|出)?一半|各半|五五")

FEES: Final[dict[str, str]] = {
    "freight": r"(?:往返|来回|退货|退回|寄回|返回|寄出|发出|回寄|换货|退换货?|寄修|首次|二次|再次|双程|单程|物流|快递|配送|取件|邮寄|寄送|上门取件)*(?:的|产生的)?(?:运费|邮费|快递费用?|物流费用?|寄费|运输费用?|邮寄费用?|寄送费用?|取件费用?|运杂费)",
    "inspection": r"(?:检测|鉴定|检验|送检|质检)(?:的)?(?:费用?|成本)",
    "repair": r"(?:维修|修理|人工|配件|材料)(?:的)?费用?",
    "install": r"(?:安装|拆装|拆机|移机|上门(?:服务)?)(?:的)?费用?",
    "tax": r"税费|关税|税款|税金",
    "handling": r"手续费|服务费|折旧费|保管费|仓储费|包装费|改派费用?|拦截费用?|清洗费|误工费|诉讼费|公证费|保价费|保险费|保费",
    "difference": r"差价|差额",
    "loss": r"(?:损失|毁损|灭失|丢失|损坏|破损)(?:的)?(?:风险|责任|费用)?(?=[^,。]{0,6}(?:承担|负责))",
}

# What a number bounds: the nearest of these words, first after the number, then before it.
ASPECTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("arrival", "到账时间", r"到[账帐卡]|入[账帐]"),
    ("price_protection", "价保", r"价保|价格保护|保价期|差价|买贵|降价"),
    ("deposit", "押金定金", r"押金|保证金"),
    ("resend", "补发", r"补发|补寄|重新(?:发出|寄出|发货)|重发"),
    ("return", "退货期限", r"退货(?!退款)|无理由(?!拒)|退换|退掉|七天退|退回商品"),
    ("exchange", "换货期限", r"换货|换新|更换|调换|换机|换码|包换"),
    ("warranty", "保修期", r"保修|质保|三包|包修|延保|保用|保固"),
    ("repair", "维修时间", r"维修|修理|修复|修好|检修"),
    ("invoice", "开票", r"开具|开票|开出|重开|红冲|补开|发票|换开"),
    ("audit", "审核", r"审核|审批|批准|复审|复核|初审|审结|核准"),
    ("callback", "回访", r"回访"),
    ("sync", "进度同步", r"同步|推送|进度|更新一次"),
    ("answer", "接听", r"接听|接起|应答|铃响?"),
    ("first_reply", "首次响应", r"首次?(?:响应|回复|答复|应答|回应)|首响|首回|问候|欢迎语"),
    ("reply", "答复", r"回复|答复|响应|反馈|回电|回应|告知|通知|答应|联系"),
    ("meet", "会议", r"开会|会议|主持"),
    ("accept", "受理", r"受理|接单|派单|登记"),
    ("solve", "处理", r"处理(?:方案|意见|完毕|结果)|给出方案|解决|办结|结案|处置|处理"),
    ("verify", "核查", r"核查|核实|查明|调查|查询|核对"),
    ("ship", "发货", r"发货|出库|发出|寄出|揽收|发运"),
    ("deliver", "送达", r"送达|派送|配送|到达|投递|送到|妥投|到货|送货"),
    ("pickup", "取件", r"取件|上门取|上门揽"),
    ("install", "安装", r"安装|上门"),
    ("stuck", "物流停滞", r"(?:无|没有?|未|不)(?:任何)?(?:更新|变化|动静|进展|新轨迹)|停滞|不更新|丢件"),
    ("confirm", "确认收货", r"自动确认|确认收货"),
    ("keep", "保管", r"保存|保留|保管|留存|存放|暂存|寄存|弃件"),
    ("valid", "有效期", r"有效|使用期限|过期|失效|作废"),
    ("inspect", "验货", r"验货|验收|质检|检测|鉴定|检验"),
    ("cancel", "取消", r"取消|撤销|撤回|关闭"),
    ("free_ship", "包邮", r"包邮|免邮|免运费|免(?:收)?邮费|免配送费|免费送货"),
    ("compensate", "赔偿", r"赔付|赔偿|补偿|违约金|赔|优惠券|代金券|理赔"),
    ("refund", "退款", r"(?:退货)?退款|退还|返还|打款|退差|退回"),
    ("discount", "优惠", r"满减|立减|减|优惠|折扣|抵扣|返现|返"),
    ("fee", "费用", r"收费|收取|费用|服务费|手续费|折旧|扣除|扣|首重|续重|加收|另收|计费"),
    ("limit", "限额", r"限购|限领|限额|每人|每户"),
    ("evidence", "举证", r"照片|视频|图片|凭证|截图|举证"),
    ("pay", "支付", r"付款|支付|尾款|定金"),
    ("escalate", "升级", r"升级|上报|报告|上级|主管"),
    ("hours", "服务时间", r"服务时间|营业|工作时间|在线|值班|上班"),
    ("area", "范围", r"范围|周边|距离"),
)
ASPECT_LABELS: Final = {name: label for name, label, _ in ASPECTS}
# Words that turn a deadline into one of the customer's own.
ASKS: Final = re.compile(r"申请|提出|要求|请求|主张|索要|可以?退|能退|可以?换|能换|支持|享受|适用|无理由")
REPORTS: Final = re.compile(
    r"拍照|拍摄|拍下|上传|提交照片|提供照片|提供视频|提供凭证|申报|报损|举证|登记|反馈|反映|联系(?:我们|客服|商家|店铺|本店)|告知(?:我们|客服|商家)|提出"
)

EVENTS: Final[tuple[tuple[str, str], ...]] = (
    ("returned", r"收到(?:退货|退回|退件|寄回)|退货入库|入库|验货|验收|退回商品"),
    ("received", r"签收|收货|收到|交付|到货|拿到|收件"),
    ("ordered", r"下单|购买|购机|售出|付款|支付|拍下|成交|购物"),
    ("shipped", r"发货|出库|发出|揽收"),
    ("passed", r"审核通过|审批通过|批准|核实"),
    ("asked", r"受理|接到|申请|提交|反馈|反映|投诉|报修|预约|提出"),
    ("installed", r"安装"),
)

EVERY: Final = re.compile(r"所有|一切|任何|全部商品|全场|无论|不论|一律|各类")

DENY: Final = re.compile(
    r"不(?:得|能够?|可以?(?!抗|避)|支持|予(?!理会)|允许|接受|办理|适用|享受|参加|参与|提供|受理|再|通过|以|用(?=[于在])|要(?!求)|给(?=退|换|办|开|修|予|补)|会再?|准|许|应)|"
    r"无法|概不|恕不|谢绝|拒绝(?!退|换)|禁止|严禁|不退不换|一律不|暂不(?:支持|提供)?|未开通|没法|[切请]勿"
)
ALLOW: Final = re.compile(
    r"(?<!不)(?<!方)(?:可以|可(?!能|见|疑|靠|接|观)|能够?(?!否)|支持|予以|给予|允许|有权|享受|适用(?!于)|均可|照常|接受(?!理)|办理|提供(?!者)|受理)"
)
ACTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("return", r"退货|无理由|退换|退掉|退回(?!货款|款)|主张退"),
    ("exchange", r"换货|更换|换新|调换|换码"),
    ("refund", r"退款|退还|返还|退差"),
    ("repair", r"维修|修理|保修|免费修"),
    ("resend", r"补发|补寄"),
    ("invoice", r"开具|开票|补开|开(?:具)?(?:增值税)?专|重开|发票"),
    ("cancel", r"取消|撤销|撤回"),
    ("address", r"(?:修改|更改|变更|改)(?:收货|收件)?地址|改派"),
    ("withdraw", r"提现"),
    ("stack", r"叠加|同享|同时使用|合并使用"),
    ("price_protection", r"价保|差价|保价"),
    ("refuse_sign", r"拒收"),
    ("locker", r"代收|快递柜|驿站|代收点"),
    ("cod", r"到付"),
    ("transfer", r"转账|转让|转赠"),
    ("open_check", r"开箱|验货|查验|拆封查验"),
    ("extend", r"延长|延期|顺延"),
    ("disclose", r"透露|泄露|披露|告知(?=赔|金额|额度)"),
    ("promise", r"承诺|应允|许诺|答应"),
    ("compensate", r"补偿|赔偿|赔付|优惠券|现金"),
    ("cash", r"折现|兑换现金|换现"),
    ("split", r"部分退|单独退|单退"),
    ("keep_gift", r"保留赠品|赠品"),
    ("deliver_up", r"上门|送货上楼|上楼"),
    ("modify", r"修改|更改|变更"),
    ("reuse", r"重复使用|再次使用|返还使用"),
)

SYNONYMS: Final[tuple[tuple[str, str], ...]] = (
    (r"邮费|快递费用?|寄费|物流费用?|运输费用?|邮寄费用?|寄送费用?", "运费"),
    (r"拆封|拆包|开封|打开包装|拆开(?:外|了)?(?:包装)?", "拆封"),
    (r"损坏|破碎|碎裂|破了", "破损"),
    (r"漏发|缺件|少发|少件", "少件"),
    (r"发错|错货|错发(?!票)", "错发"),
    (r"降价|降了价|便宜了", "降价"),
    (r"优惠券|代金券|店铺券|券", "优惠券"),
    (r"到帐|入账|到账", "到账"),
    (r"调换|更换|换新|换货|换码|换尺码", "换货"),
    (r"质保|包修|保修", "保修"),
    (r"丢件|丢失|遗失", "丢件"),
    (r"退件|退回的?商品|退货包裹|寄回的?商品", "退件"),
    (r"快递柜|驿站|代收点", "代收点"),
    (r"工单|单据", "工单"),
    (r"电子普通发票|电子普票|电子票", "电子发票"),
    (r"增值税专用发票|专用发票|专票", "专票"),
    (r"验货|验收|检验|查验", "验货"),
    (r"修改|更改|变更", "修改"),
    (r"物流轨迹|轨迹|物流信息", "物流"),
    (r"假冒|假货|仿冒", "假货"),
    (r"押金|保证金", "押金"),
    (r"价格保护|保价期|价保期?", "价保"),
)
# Words that say how, not what; without them the rest of a statement is its subject.
_GENERIC_WORDS: Final = """
            可以 应当 应该 必须 需要 开始计 之日 之后 之前 以内 之内 以上 以下 以后 以前 的话 计算 起算 期间 期限 期内 时限 时效 时间 情况 情形 条件 标准 规则 规定 办法 方式 要求 流程 说明 问题 原因
            相关 有关 具体 一般 通常 原则上 左右 以及 申请 提出 提交 办理 处理 进行 完成 完毕 予以 给予 支持 不予 不得 不能 不可 不可以 不支持 不接受 无法 享受 适用 接受 提供 联系 客服 反馈 答复 回复 告知
            登记 核实 确认 审核 通过 经核实 确属 属于 存在 发生 出现 产生 导致 商家 卖家 店铺 店家 门店 本店 我店 我司 我们 我方 公司 商户 经营者 销售者 买家 买方 消费者 客户 顾客 用户 收件人 双方 平台 对方
            本人 人员 师傅 承担 支付 负担 负责 垫付 自付 自理 自行 先行 全部 全额 最终 收取 收费 费用 不超过 不少于 至少 最多 最高 最低 超过 达到 单笔 每单 每笔 每个 每次 单次 同一 一律 所有 任何 如果 由于
            因为 但是 其中 否则 除外 另外 同时 仅限 方可 主动 及时 尽快 直接 正常 照常 商品 产品 货物 东西 宝贝 订单 包裹 页面 店内 当日 当天 次日 每日 小时 工作日 自然日 上述 已经 没有 收到 签收 收货 付款
            下单 购买 提前 使用 按照 根据 依据 注意 什么 怎么 多久 多少 是否 如何 能否 吗 呢 的 了 着 在 于 由 被 把 将 会 为 是 有 请 需 须 应 可 能 即 并 且 和 与 或 及 等 也 都 均 仍 还 再 又 才 就 只 仅
            如 若 当 因 但 其 该 此 这 那 我 您 你 他 它 不 未 没 无 已 而 则 所 之 向 按 凭 以 从 经 属 凡 恕 概 内 后
"""
GENERIC: Final = re.compile("|".join(sorted(_GENERIC_WORDS.split(), key=len, reverse=True)))

SERVICE: Final = frozenset(
    {
        "reply",
        "first_reply",
        "solve",
        "verify",
        "escalate",
        "accept",
        "audit",
        "callback",
        "sync",
        "answer",
        "meet",
        "inspect",
        "other",
    }
)
"""Deadlines of the service's own acts: every step has one, so their subjects must match more closely."""
DUTIES: Final = SERVICE | {"refund", "ship", "resend", "invoice", "repair", "arrival", "deliver"}
"""What the law sets a longest time for, and a shop may do sooner."""
STATUTORY: Final = re.compile(r"依法|法律规定|法定|依据|法律|条例")
STATE: Final = re.compile(r"罚款|罚金|吊销|没收|徒刑|拘役|拘留|行政处罚|处罚")
"""What the state does to a trader: nothing that a shop's rule could agree or disagree with."""
SAME_DAY: Final = frozenset({"ship", "deliver", "arrival", "invoice", "install", "pickup", "resend"})
