"""What every finder yields: a kind and a place in the folded text."""

from typing import NamedTuple

PHONE, LANDLINE, ID_CARD, BANK_CARD, EMAIL = "手机号", "电话", "身份证", "银行卡", "邮箱"
NAME, ADDRESS, PASSWORD, CODE, ACCOUNT, PLATE = "姓名", "地址", "密码", "验证码", "社交账号", "车牌"
KINDS = (PHONE, LANDLINE, ID_CARD, BANK_CARD, EMAIL, NAME, ADDRESS, PASSWORD, CODE, ACCOUNT, PLATE)


class Place(NamedTuple):
    """Personal data at [start, end) of the folded text."""

    kind: str
    start: int
    end: int
