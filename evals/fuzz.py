"""`make fuzz`: looks, guided by coverage, for texts that crash, hang or confuse the guard's readers.

Needs the extra `fuzz`. What was found stands in the folder of `--out`; `python -m evals.fuzz FILE` reads it once more.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time the guard is imported after the fuzzer has been told to instrument it
    from copilot.guard.shapes import ShapeIndex
    from copilot.guard.sounds import SoundIndex

ROOT = Path(__file__).parent
SEEDS = ROOT / "cases" / "guard_dev.jsonl"
LARGEST = Decimal(10) ** 17
"""CNY, points, percent or times: no numeral that is written out in a reply comes near."""
_SECONDS_A_TEXT = 5
_LONGEST = 2_000
"""Bytes of one input."""
_WRITTEN = (
    "0 1 2 5 9 00 50 1,000 12345678901234 0.5 . , 零 一 二 两 三 五 九 十 百 千 万 亿 廿 几 多 来 余 半 数 上 近 约 元 块 角 毛 钱 "
    "元整 块钱 k w rmb ¥ $ 人民币 % 折 成 倍 双 翻 点 个点 百分之 假一赔 退一赔 积分 京豆 - ~ 至 到 补 赔您 补偿您 退给您 最多 券 "
    "毛爷爷 大洋 天 小时 个工作日 月 号 年 点半 明天 前 内 周五 一定 十分 万一 第 · * 一下"
)
PIECES = tuple(_WRITTEN.split(" "))
"""What amounts, counts and times are made of: the second kind of input is a list of these by number."""


class Confused(AssertionError):
    """A text was read, and what was read cannot be."""


def main() -> None:
    """Runs until the time is over; exits with a status other than 0 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("found", nargs="*", type=Path, help="inputs of an earlier run, to be read once more")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("eval-results") / "fuzz", help="folder for what is found")
    options = parser.parse_args()
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install 'aftersales-copilot[fuzz]'")
    with atheris.instrument_imports(include=["copilot.guard"]):
        judge = judge_of_inputs()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="copilot-fuzz-") as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        write_seeds(corpus)
        words.write_text("".join(f'"{_escaped(piece)}"\n' for piece in PIECES), encoding="ascii")
        inputs = options.found or [corpus, f"-dict={words}", f"-max_total_time={options.seconds}"]
        limits = [f"-timeout={_SECONDS_A_TEXT}", f"-max_len={_LONGEST}", f"-artifact_prefix={options.out}/"]
        atheris.Setup([sys.argv[0], *map(str, inputs), *limits, "-print_final_stats=1"], judge)
        atheris.Fuzz()


def judge_of_inputs() -> Callable[[bytes], None]:
    """Imports the guard, which must not have been imported before, and gives what reads one input."""
    from copilot.guard.shapes import ShapeIndex
    from copilot.guard.sounds import SoundIndex
    from copilot.rulebook import compliance, loader

    rules = compliance.load(loader.DATA / "compliance")
    shapes, sounds = ShapeIndex(rules.shapes), SoundIndex(rules.sounds, rules.shapes)

    def judge(data: bytes) -> None:
        if data[:1] == b"\x00":
            read_values("".join(PIECES[byte % len(PIECES)] for byte in data[1:]))
        else:
            text = data.decode("utf-8", "replace")
            read_views(text, shapes, sounds)
            read_values(text)

    return judge


def read_views(text: str, shapes: "ShapeIndex", sounds: "SoundIndex") -> None:
    """Every view of the text.

    Raises:
        Confused: a character of a view stands for nothing in the text, or out of order.
    """
    from copilot.guard.normalise import fold, normalise, without_marks
    from copilot.guard.tokens import mark

    folded = fold(text)
    plain = normalise(text, shapes, sounds)
    for view in (folded, without_marks(folded), plain, mark(plain)[0]):
        _must(len(view.text) == len(view.starts) == len(view.ends), "a view has characters without a place")
        _must(list(view.starts) == sorted(view.starts), "the places of a view are out of order")
        inside = (0 <= start < end <= len(text) for start, end in zip(view.starts, view.ends, strict=True))
        _must(all(inside), "a place of a view lies outside the text")
        _must(all(0 <= place <= len(view.text) for place in view.breaks), "a break lies outside the view")
    _must(fold(folded.text).text == folded.text, "what is folded folds again")


def read_values(text: str) -> None:
    """Every amount, count, share and duration of the text.

    Raises:
        Confused: a value is negative, not finite or larger than anything that is written out in a reply.
    """
    from copilot.guard.normalise import fold
    from copilot.guard.numerals import number
    from copilot.guard.tokens import mark

    folded = fold(text)
    view, tokens = mark(folded)
    written = list(view.text)
    for token in tokens:
        written[token.at] = token.text
        for value in (token.value, token.hours):
            _must(value is None or 0 <= value <= LARGEST, f"{token.kind} {token.text} is read as {value}")
    _must("".join(written) == folded.text, "marks and the values that they stand for are not the text")
    value = number(folded.text)
    _must(value is None or (value.is_finite() and value >= 0), f"a numeral is read as {value}")


def write_seeds(folder: Path) -> None:
    """The replies of the development set, and short lists of pieces."""
    folder.mkdir()
    for row in map(json.loads, SEEDS.read_text(encoding="utf-8").splitlines()):
        (folder / row["id"]).write_bytes(row["text"].encode())
    for number in range(0, len(PIECES), 3):
        (folder / f"pieces-{number}").write_bytes(bytes((0, number, number + 1, number + 2)))


def _must(condition: bool, what: str) -> None:
    if not condition:
        raise Confused(what)


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word.encode())


if __name__ == "__main__":
    main()
