"""Ten thousand terms for the guard's benchmark: the shipped rules with further phrases as literal alternatives.

The phrases are put together of a way of saying (绝对, 私下) and what is said (防水, 转账), as shops write such lists: many
of them open with the same everyday words, so that the guard cannot tell them apart by their first characters.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from copilot.domain.vocabulary import Category
from copilot.guard.lexicon import branches
from copilot.rulebook.compliance import ComplianceRule, ComplianceRules

TERMS = 10_000

_WORDS: Mapping[Category, tuple[str, str]] = {
    Category.UNAUTHORIZED_COMPENSATION: (
        "额外 破例 悄悄 偷偷 主动 自愿 特批 优先 私人 店长 主管 经理 老板 无条件 全部 统统 通通 顺便 随单 随货 "
        "直接 立刻 当场 马上 免费 白白 照样 干脆 索性 单独 另行 特意 专门 临时 照旧 全额",
        "赔付现金 赠送礼盒 补寄赠品 发放红包 报销运费 退还差价 承担邮费 补贴话费 赠送会员 送套餐具 送条数据线 "
        "延长质保 免收服务费 抵扣货款 补发优惠券 返还定金 垫付维修费 送台小风扇 补偿误工费 送您保温杯 免除检测费 "
        "送张购物卡 赠您体验装 补发大礼包 报销打车费 赔偿损失费 返还手续费 送您滤芯 送您清洁套装 补您代金券 "
        "退您安装费 送副耳机 贴补油费 送您围裙 退您保价费 送袋猫粮",
    ),
    Category.OVER_PROMISE_OUTCOME: (
        "保证 肯定 绝对 必定 铁定 准保 包您 担保 妥妥 稳稳 笃定 必然 包管 保管 承诺 打包票 拍胸脯 放心吧 没悬念 "
        "闭着眼睛 不用审核 不看凭证 无需检测 板上钉钉 说到做到 十拿九稳 万无一失 无论如何 不管怎样 当然 一准 "
        "管保 准能 包过 直接 立马",
        "审核通过 退款成功 全款退回 修得好 换新机 申诉成功 判您赢 商家认赔 平台支持您 客诉通过 退得掉 换得成 "
        "恢复如新 找得回包裹 快递认赔 鉴定为真 检测合格 赔得下来 批得下来 补得上货 撤得掉差评 解得了封 "
        "追得回钱 办得下来 过得了质检 保得住资格 改得了地址 拦得住件 免得了运费 退得了定金 拿得到补贴 "
        "通过得了复核 换得到正装 退得回原路 修得跟新的似的 要得回押金",
    ),
    Category.OVER_PROMISE_TIME: (
        "绝不拖延 绝不耽误 说到就到 准点 准时 按时 火速 光速 闪电 极速 飞速 转眼 眨眼 瞬间 即刻 立即 立马 "
        "马上 当即 随即 迅速 神速 加急 插队 连夜 通宵 赶在节前 赶在睡前 赶在饭前 赶在生日前 赶在婚礼前 "
        "赶在出门前 赶在放假前 赶在搬家前 赶在开学前 赶在过节前",
        "送到家 送上门 送到手 到账 退到卡里 换好寄出 修好寄回 补发到位 派送完 安装完 开好票 解决完 处理好 "
        "审核完 出结果 给答复 上门取走 签收到手 发出去 拿到货 退完款 打到账户 入账 出库 装车 办妥 办结 办完 "
        "弄好 搞定 结案 收尾 妥投 送达 到货 见货",
    ),
    Category.ABSOLUTE_CLAIM: (
        "绝对 永久 终生 世上 全球 全国 行业 业内 史上 宇宙 顶尖 王者 至尊 极致 完美 纯正 百搭 祖传 独家 首创 "
        "领袖 冠军 殿堂 无敌 不败 万用 全能 神级 奇效 速效 特效 根除 断根 永葆 唯独 无双",
        "防水 防摔 不掉色 不起球 不变形 不生锈 不漏电 不伤手 不刺激 不缩水 不开胶 不卡顿 不发热 不串味 不粘锅 "
        "不褪色 不反弹 不复发 零污染 零添加 零瑕疵 零投诉 零返修 零风险 治百病 抗衰老 去皱纹 除甲醛 增高 瘦身 "
        "护眼 降血压 美白 生发 助眠 排毒",
    ),
    Category.ILLEGAL_DENIAL: (
        "本店 特价 清仓 促销 直播间 预售 定金 赠品 拆封 剪标 试穿 洗过 激活 折扣 样品 尾货 临期 孤品 断码 "
        "内衣 贴身 生鲜 定制 秒杀 拼单 团购 福袋 盲盒 换购 微瑕 二手 海淘 保税 代购 展示 停产",
        "概不退换 一律不退 不予退款 拒绝退货 恕不退换 谢绝退货 不接受退货 不支持售后 售出不退 不给退换 不能维权 "
        "没有售后 后果自负 风险自担 责任自负 不予受理 不开发票 不作赔付 不给换新 不退邮费 不退定金 拒绝赔偿 "
        "不认瑕疵 不管质量 不保真伪 签收不赔 破损不赔 丢件不赔 掉色不赔 缩水不赔 色差不退 拆了不退 超时不候 "
        "不设质保 不提供保修 解释权归我",
    ),
    Category.BUCK_PASSING: (
        "公司 领导 上级 总部 系统 后台 财务 仓库 快递 厂家 平台 品牌方 技术部 法务部 物流部 运营部 采购部 供应商 "
        "经销商 门店 总仓 分仓 驿站 网点 站长 主管 店长 老板 同事 前任 代理商 服务商 安装队 维修点 质检部 客户部",
        "规定死的 不让退 不给批 不松口 没授权 不归我管 我管不着 我做不了主 自己去问 你找他们 找他们要 卡住了没法 "
        "说了算 定的规矩 不让改 没通知我 弄错的不怪我 的锅 的事与我无关 害的 拖着不办 不理我也没辙 不签字 "
        "不配合 推给我的 没人管 早就说不行 让你等着 让你自己查 让你别催 压着不放 扣着不发 说没办法 拒不处理 "
        "不肯认 叫你投诉去",
    ),
    Category.DISRESPECT: (
        "您这人 你这人 自己 活该 谁让你 谁叫你 也不看看 难道不会 怎么这么 真是够 少在这儿 别在这儿 懒得跟你 "
        "没见过你 就你 就你这种 你算老几 你配吗 你有完没完 你是不是 眼睛长着 脑子不好 耳朵不好 一天到晚 贪小便宜 "
        "没钱就 穷成这样 没文化 没素质 不识字 爱信不信 爱买不买 爱投诉就 随便你 闹够了就 胡搅蛮缠",
        "瞎操作 不看说明 手贱 眼瞎 犯傻 矫情 啰嗦 计较 磨叽 丢人 撒泼 装可怜 占便宜 乱点 乱拆 乱摔 无理取闹 "
        "耍赖 碰瓷 找骂 找茬 闭嘴吧 滚远点 别来买 别烦人 别废话 想讹钱 想白拿 想得美 做梦呢 有毛病 有病得治 "
        "去医院看看 回家种地 别丢脸 真可笑",
    ),
    Category.OFF_PLATFORM: (
        "私下 绕开平台 避开平台 跳过平台 离开这里 换个软件 换个地方 到外面 去别处 悄悄 偷偷 单独 另外 线下 场外 "
        "背着平台 别走平台 不走订单 不走流程 退单后 取消后 拍下前 收货后 评价后 直接 尽管 干脆 麻烦您 方便的话 "
        "以后 下回 往后 回头 长期 熟客 老客",
        "加我好友 加个企鹅号 扫我名片 扫个收款码 打我账户 打我手机 转我零钱 进我粉丝群 进个小群 发我截图领钱 "
        "改好评领钱 删差评领钱 晒图领钱 刷单领钱 找我拿货 找我下单 找我便宜 跟我聊 跟我交易 跟我结账 留个联系方式 "
        "留个手机号 搜我昵称 搜我店铺 用支付软件付 用口令付 用别的链接付 用群收款 走对公打款 走亲友代付 走代购渠道 "
        "走内部渠道 给我发邮件 给我打电话 见面交易 当面付钱",
    ),
}


def candidates() -> Iterator[tuple[Category, str]]:
    """Phrases of all categories in turn, each once, always in the same order."""
    seen: set[str] = set()
    streams = [(category, _phrases(*words)) for category, words in _WORDS.items()]
    while streams:
        left = []
        for category, stream in streams:
            phrase = next(stream, None)
            if phrase is None:
                continue
            left.append((category, stream))
            if phrase not in seen:
                seen.add(phrase)
                yield category, phrase
        streams = left


def _phrases(openings: str, contents: str) -> Iterator[str]:
    first, second = openings.split(), contents.split()
    # Diagonals: every opening and every content is met early, also when only a few phrases are wanted.
    for shift, (index, opening) in product(range(len(second)), enumerate(first)):
        yield opening + second[(index + shift) % len(second)]


def extended(
    rules: ComplianceRules, reads_as_itself: Callable[[str], bool], count: int = TERMS
) -> tuple[ComplianceRules, tuple[str, ...]]:
    """A copy of the rules with `count` further terms, and the terms.

    Each rule that can take them gets one further pattern, the alternation of its terms. `reads_as_itself` leaves out
    phrases that the guard reads as something else (a time, a word in disguise) and that so could never match.

    Raises:
        ValueError: fewer phrases can be made.
    """
    chosen: dict[Category, list[str]] = {category: [] for category in _WORDS}
    terms: list[str] = []
    for category, phrase in candidates():
        if len(terms) == count:
            break
        if reads_as_itself(phrase):
            chosen[category].append(phrase)
            terms.append(phrase)
    if len(terms) < count:
        raise ValueError(f"only {len(terms):,} of {count:,} terms can be made; add words to evals/bench_terms.py")
    files = dict(rules.files)
    for category, phrases in chosen.items():
        file = files[category]
        files[category] = file.model_copy(update={"rules": _shared_out(file.rules, phrases)})
    return rules.model_copy(update={"files": files}), tuple(terms)


def _shared_out(rules: Sequence[ComplianceRule], phrases: Sequence[str]) -> tuple[ComplianceRule, ...]:
    takers = [rule.id for rule in rules if rule.patterns and not rule.only_with_entitlements and not rule.unless]
    if not takers:  # every rule has excuses of its own: they take the terms all the same
        takers = [rule.id for rule in rules if rule.patterns and not rule.only_with_entitlements]
    shares = {rule: phrases[number :: len(takers)] for number, rule in enumerate(takers)}
    return tuple(
        rule.model_copy(update={"patterns": (*rule.patterns, "|".join(shares[rule.id]))})
        if shares.get(rule.id)
        else rule
        for rule in rules
    )


def size(rules: ComplianceRules) -> int:
    """Alternatives of all patterns: what the guard's index holds, each by itself."""
    return sum(
        len(branches(pattern)) for file in rules.files.values() for rule in file.rules for pattern in rule.patterns
    )


def crowds(terms: Sequence[str]) -> dict[str, int]:
    """How many terms open with the same two characters: `pairs` different ones, the `largest` crowd."""
    counts: dict[str, int] = {}
    for term in terms:
        counts[term[:2]] = counts.get(term[:2], 0) + 1
    return {"pairs": len(counts), "largest": max(counts.values(), default=0)}
