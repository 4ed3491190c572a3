"""What a symbol says when it stands in a sentence instead of a word; every other symbol says nothing."""


def _each(symbols: str, word: str) -> dict[str, str]:
    return dict.fromkeys(symbols, word)


WORDS: dict[str, str] = {
    **_each("💰💵💴💶💷🪙💸🤑💲", "钱"), **_each("🧧", "红包"), **_each("🎁🎀", "礼物"), **_each("🎟🎫", "券"),
    **_each("🆓", "免费"), **_each("💯", "100%"), **_each("❌✖🚫🙅⛔🈲🚷❎", "不"), **_each("➕", "加"), **_each("➖", "-"),
    **_each("🈚", "无"), **_each("🈶", "有"), **_each("🉑", "可"), **_each("🈹", "折"), **_each("📦", "包"),
    **_each("🚚🚛🚐🛻", "运"), **_each("🔄🔁", "换"), **_each("🔙", "返"), **_each("↩", "退"), **_each("🆕", "新"), **_each("🔧🛠🔨🪛", "修"),
    **_each("🔚", "终"), **_each("♾", "永久"), **_each("🔑🗝🔐", "密码"), **_each("🆔🪪", "身份证"), **_each("💳", "银行卡"),
    **_each("📱", "手机"), **_each("☎📞", "电话"), **_each("🛰", "微信"), **_each("🐧", "qq"), **_each("📩📨", "短信"),
    **_each("🧠", "脑"), **_each("🤡", "小丑"), **_each("🐷🐖", "猪"), **_each("🐶🐕", "狗"), **_each("🐴🐎", "马"),
    **_each("💩", "屎"), **_each("🖕", "滚"), **_each("🥇", "第一"), **_each("🏆", "冠军"), **_each("🔝", "最"),
    **_each("⭐🌟", "星"), **_each("🚪", "门"), **_each("🏠🏡", "家"), **_each("☀🌞", "天"), **_each("🌙🌛", "晚"),
    **_each("🛍🛒", "买"), **_each("🧋", "奶茶"), **_each("☕", "咖啡"), **_each("📷📸", "照片"), **_each("🥚", "蛋"),
    **_each("🔟", "10"),
}  # fmt: skip
