"""Addresses down to the door: a road with a number, an estate with a building, a village with a group or number.

A run of place characters is an address where it names a road, estate, village or district and then a door; it begins
at the province, or after the word that leads to it (送到, 住, 改派), and ends with the last door. A city alone is none.
"""

import re
from collections.abc import Iterator

from copilot.understand.personal.span import ADDRESS, Place

_RUN = re.compile(r"[一-鿿0-9a-z\-—#·（）]{3,}")
_LONGEST = 120
_N = r"[0-9零一二三四五六七八九十百]{1,5}"
_DOOR = re.compile(
    rf"{_N}(?:[\-—附之]{_N})?(?:号楼|号院|号柜(?!台)|号门|#楼?|栋|幢|座|舍|号(?!线|店|楼)|弄|巷|单元|层|楼|室|户|房|组|队|社|连|期|柜(?!台)|门|铺|档|f(?![a-z]))(?:之(?:[一二三四五六七八九十]{{1,2}}|[0-9]{{1,2}}(?![0-9]))|[a-z](?![a-z0-9室栋座户铺区幢]))?"
    r"|(?<![a-z0-9])[a-z][0-9]{0,2}(?:栋|幢|座|区|单元|楼|室|舍|户|铺|档)|(?<![a-z0-9])[a-z][0-9]{0,2}[\-—][0-9]{3,4}(?![0-9\-])|[甲乙丙丁东西南北中](?:单元|栋|幢|座)"
    r"|(?<![0-9\-])[0-9]{1,3}[\-—][0-9]{1,2}[\-—][0-9]{3,4}(?![0-9\-])|(?<![0-9\-a-z])[0-9]{1,3}[\-—][0-9]{3,4}(?![0-9\-])"
    r"|(?<=[栋幢座楼元号层])[0-9]{1,3}(?:[\-—][0-9]{1,4}){1,2}(?![0-9\-])|(?:(?<=[栋幢座楼元室号层期舍区门#])|(?<=大厦)|(?<=广场)|(?<=公寓)|(?<=中心)|(?<=花园)|(?<=家园)|(?<=宿舍)|(?<=小区)|(?<=之[一二三四五六七八九]))[a-z]?[0-9]{2,5}[a-z]?(?:室|户|房)?(?![a-z])(?![0-9元块天号月年点折件个])|(?<=村)[一-鿿]{1,5}组|(?<=[路街道])(?:交叉口|交汇处|路口)(?:[往向]?[东南西北]{1,2}(?:侧|角|边|[0-9]{1,4}米)?)?|(?:村委会|居委会|村部)(?:[往向]?[东南西北]{1,2}[0-9]{1,4}米)?"
)
_MARK = re.compile(
    r"省|自治区|市(?!场|面)|[区县旗](?!别)|镇|乡|街道|街|路(?!由|上|线)|大道|巷|弄|胡同|村|屯|庄|寨|社区|小区|大厦|花园|家园|公寓|新城|广场|中心|园区|产业园|科技园|工业园"
    r"|宿舍|苑|公馆|花苑|雅苑|名苑|豪庭|名邸|华府|华庭|新村|新天地|家属院|大院|校区|学校|大学|写字楼|商务楼|里弄|城|府|湾|庭|园|邸|轩|阁|居|里(?=[0-9])|大楼|国际|公园|花城|世家|山庄|别墅|时代|天地|首府|嘎查|苏木|农场|林场|牧场|矿|厂区|营区|学院|中学|小学|医院|银行"
)
_STRONG = re.compile(
    r"省|自治区|市|[区县旗]|镇|乡|街道|街|路|大道|巷|弄|胡同|村|屯|庄|社区|小区|大厦|花园|家园|公寓|新城|广场|园区|宿舍|苑|公馆|豪庭|华府|新天地|家属院|大学|大院|学院|国际|公园|花城|山庄|别墅|嘎查|农场|林场|医院|中学|小学|城(?!里)|大楼"
)
_PROVINCE = re.compile(
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海"
    r"|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|台北|高雄|台中|新北)(?![东南西北中]?[一二三四五]?[路街道]|大道|大厦|大街)"
)
_LEAD = re.compile(
    r"地址(?:是|为|写|填|改成?|换成?|：)*|[送寄发派递搬投邮换改放填回转运](?:到|去|在|往|至|给|成|为)|(?:改派|转寄|改寄|改送|派送|配送|收货|退回|寄回|发回|转到|更新)(?:到|去|至|为)?|住(?:在|址)?(?:是|：)?|位于|家在"
    r"|发(?=[一-鿿]{2,4}市)|[换改的了我你您他她它们那这把给让请就也还要没是在到去往写填叫寄送派搬吧吗呢啊哦说]|先生|女士|小姐|收件人?|收货人?|麻烦|帮忙|现在|原来|目前|单位|公司在"
)
_STOPS = re.compile(
    r"[了我你您他她它们请谢收拿的吧吗呢啊说把给让就也还都没昨今明买退]|电话|手机|麻烦|可以|行不|谢谢|写错|下单|订单|商品|快递|师傅|大小|尺码"
)
_GAP = 12
_BEFORE = 48
_LONGEST_NAME = 24
_BUILDING = re.compile(r"(?:号楼|栋|幢|单元|#楼?)$")
_FLAT = re.compile(rf"(?:{_N}单元)?(?:{_N}层)?[0-9]{{3,4}}(?![0-9元块天])")
_GENERIC = re.compile(
    r"(?:隔壁|对面|旁边|楼下|附近|老|新|本|同|我们|你们)*(?:小区|宿舍|大厦|公寓|大楼|社区|学校|医院|村)?(?:同|另|里)?"
)
_HOUSE = re.compile(rf"{_N}号")
_NUMBERED_BY = re.compile(r"(?:路|街|道|巷|弄|胡同|村|屯|庄|寨|里|园|苑|坊|段|[东西南北中]路?)$")
_BREAK = re.compile(r"[，、./ ]")
_ROOM = re.compile(r"[0-9]{3,4}(?![0-9元块天号月年])")
_REGIONS = re.compile(r"(?:[一-鿿]{2,9}(?:省|市|区|县|镇|乡|街道|旗|州|盟|北京|上海|天津|重庆)[，、/ |.\n]{1,2}){1,4}$")
_ABROAD = re.compile(
    r"(?:(?:room|rm|flat|unit|apt|apartment|no|building|block|floor|#)[. ]{0,2})?[0-9]{1,5}[a-z]?(?![0-9])[^。；\n一-鿿]{1,60}? (?:road|rd|street|st|avenue|ave|lane|drive|blvd|boulevard)(?![a-z])"
    r"(?:[，., ]{1,2}[a-z]{2,20}(?: [a-z]{2,20}){0,2}){0,4}"
)
_TWO_LEVELS = re.compile(r"(?:[镇乡县区旗市][一-鿿]{1,8}?(?:村|屯|庄|寨|社区))")
_ANNOUNCED = re.compile(
    r"(?:地址(?:是|为|改成|改到|改为|换成|写的?是?|在|：)*|(?:送|寄|改|派送?|配送|投递?|发|换|住|转寄|改派|改送)(?:到|去|在|往)|家住|我住|住址(?:是|：)*)[： ]*"
    r"([一-鿿0-9a-z\-—（）#]{2,48})"
)
_CUT = re.compile(
    r"可以|行不|行吗|吧|谢谢|麻烦|能不|电话|手机|收件|的话|就行|就好|了|是不是|写错|填错|不对|然后|别|方便"
)
_NUMBERED = re.compile(r"[0-9零一二三四五六七八九十]|小区|大厦|路|街")


def find_addresses(text: str) -> Iterator[Place]:
    """Addresses in order; every run is read once, in pieces of bounded length."""
    for run in _RUN.finditer(text):
        for start in range(run.start(), run.end(), _LONGEST):
            yield from _in_run(text, start, min(start + _LONGEST, run.end()))
    for match in _ABROAD.finditer(text):
        yield Place(ADDRESS, *match.span())
    for match in _ANNOUNCED.finditer(text):
        yield from _announced(match)


def _in_run(text: str, start: int, end: int) -> Iterator[Place]:
    doors = list(_DOOR.finditer(text, start, end))
    at = 0
    while at < len(doors):
        begin = _beginning(text, start, doors[at])
        if begin is None:
            at += 1
            continue
        last = at
        while last + 1 < len(doors) and _continues(text[doors[last].end() : doors[last + 1].start()]):
            last += 1
        stop = _on(text, doors[last].end())
        begin = _back(text, begin)
        if text[stop : stop + 1] == "）" and "（" in text[begin:stop]:
            stop += 1
        yield Place(ADDRESS, begin, stop)
        start, at = stop, last + 1
    if not doors:
        village = _TWO_LEVELS.search(text, start, end)
        if village:
            begin = _start_of(text[start : village.end()])
            if len(_MARK.findall(text[start + begin : village.end()])) >= 3:
                yield Place(ADDRESS, start + begin, village.end())


def _on(text: str, stop: int) -> int:
    """Past marks between the building and the room: 3栋，2单元，501."""
    while (mark := _BREAK.match(text, stop)) and (door := _DOOR.match(text, mark.end())):
        stop = door.end()
        if room := _ROOM.match(text, stop):
            stop = room.end()
    return stop


def _back(text: str, begin: int) -> int:
    """Before marks between province, city and district: 浙江省，杭州市，西湖区，文三路…"""
    parts = _REGIONS.search(text, max(0, begin - 60), begin)
    return parts.start() if parts else begin


def _continues(gap: str) -> bool:
    return len(gap) <= _GAP and not _STOPS.search(gap)


def _beginning(text: str, start: int, door: re.Match[str]) -> int | None:
    """Where the address of a door begins; null where no place stands before it."""
    before = text[max(start, door.start() - _BEFORE) : door.start()]
    begin = _start_of(before)
    place = before[begin:]
    # 3号楼2单元501, 壹号院6栋2803: a building with a room is an address whatever it is called.
    if _BUILDING.search(door.group()) and _FLAT.match(text, door.end()):
        return door.start() - len(place) if len(place) <= _LONGEST_NAME else door.start()
    return door.start() - len(place) if _is_place(place, door.group()) else None


def _is_place(place: str, door: str) -> bool:
    """Whether the words before a door name a place that has such doors."""
    if not place or place.endswith("店") or _GENERIC.fullmatch(place):
        return False
    named = bool(_STRONG.search(place)) and len(place) >= 3
    if _HOUSE.fullmatch(door):
        # 12号 alone may be a day: a house number follows its road or village, or a village stands before it.
        rural = len(_STRONG.findall(place)) >= 2 and bool(re.search(r"村|社区|街道|镇|乡", place))
        return len(place) >= 3 and (rural or bool(_NUMBERED_BY.search(place)))
    if re.fullmatch(r"[0-9]{1,3}[\-—][0-9]{1,2}[\-—][0-9]{3,4}", door):
        return len(place) >= 3 and not re.search(r"[码号单编]$", place)
    if re.fullmatch(r"[0-9]{1,3}[\-—][0-9]{3,4}", door) or re.search(r"(?:[期组队户房门层]|(?<!号)楼)$", door):
        return named
    return len(place) >= 2 and bool(_MARK.search(place))


def _start_of(before: str) -> int:
    """Offset of the first character of the place in the words before a door."""
    province = _PROVINCE.search(before)
    if province and _STRONG.search(before, province.end()):
        return province.start()
    begin = 0
    for match in _LEAD.finditer(before):
        begin = match.end()
    return begin


def _announced(match: re.Match[str]) -> Iterator[Place]:
    """After 送到 and the like two place words and a number are enough."""
    place = match[1]
    cut = _CUT.search(place)
    end = cut.start() if cut else len(place)
    if end >= 4 and len(_MARK.findall(place[:end])) >= 2 and _NUMBERED.search(place[:end]):
        yield Place(ADDRESS, match.start(1), match.start(1) + end)
