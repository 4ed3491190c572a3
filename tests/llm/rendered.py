"""Every prompt with values as they come in use, and its snapshot: `python -m tests.llm.rendered` writes them anew."""

from pathlib import Path

from copilot.llm import templates
from copilot.llm.prompt import Prompt
from copilot.rulebook import loader
from copilot.understand.model import issue_lines

SNAPSHOTS = Path(__file__).parent / "snapshots"

CONVERSATION = """顾客：你好，13号收到的电饭煲，今天早上煮饭突然不加热了，灯是亮的，换了插座也一样。才用了五天就这样，有点失望。
客服：您好，非常抱歉，麻烦您拍一段视频。
顾客：拍好了。我想直接退款，寄回去的运费谁出？我电话[手机号1]"""
ORDER = "状态 signed；商品 4升智能电饭煲"
EVIDENCE = """[1] 《售后政策手册》七天无理由退货：消费者自收到商品之日起七日内可以无理由退货，商品应当完好。
[2] 《售后政策手册》质量问题：自签收之日起七日内出现性能故障的，消费者可以选择退货、换货或者修理，运费由商家承担。
[3] 《售后政策手册》检测：顾客主张的故障须经检测确认；检测前不作责任认定。
[4] 《售后政策手册》运费：由商家承担运费的，顾客先行垫付的，凭票据在审核通过后退回。
[5] 《常见问题》退款时效：商家收到退回商品并验货通过后四十八小时内提交退款，退回原支付方式。"""
DECISION = """退货退款：有条件，须检测确认故障，依据[2][3]
运费：故障确认后由商家承担，依据[2][4]
赔偿：不在决定内"""

POINTS = """自签收之日起七日内出现性能故障的，核实后可以选择退货、换货或者修理[2]
检测确认属于质量问题的，运费由商家承担[2][4]"""

VALUES: dict[str, dict[str, str]] = {
    "understand": {"issues": issue_lines(loader.load().taxonomy), "order": ORDER, "conversation": CONVERSATION},
    "draft": {
        "restate": "您的商品使用中出现了故障", "decision": DECISION, "points": POINTS, "missing": "商品序列号",
        "next_act": "我先登记检测申请，2小时内给您回复进展。",
        "evidence": EVIDENCE, "order": ORDER, "conversation": CONVERSATION,
    },
    "repair": {
        "decision": DECISION, "evidence": EVIDENCE,
        "draft": "1 保证今天给您退款，再补偿您50元。",
        "findings": "第1句：退款须待检测；补偿没有批准",
    },
    "judge": {"decision": DECISION, "evidence": EVIDENCE, "reply": "1 非常抱歉。\n2 检测确认后为您办理退货退款[2]。"},
    "rewrite": {"manner": "shorter", "reply": "非常抱歉给您添麻烦了。检测确认后为您办理退货退款[1]，运费由商家承担[1]。"},
    "refine": {
        "conversation": CONVERSATION, "reply": "非常抱歉给您添麻烦了。检测确认后为您办理退货退款[1]。", "instruction": "先安抚",
    },
    "summarise": {"conversation": CONVERSATION},
    "kb_answer": {"evidence": EVIDENCE, "question": "用了五天的电饭煲不加热，运费谁出？"},
    "query_rewrite": {"conversation": CONVERSATION},
    "conflict_explanation": {
        "finding": "同一事项期限不同：七日，十五日", "first": "《手册》退货：七日内可以退货。",
        "second": "《公告》退货：十五日内可以退货。",
    },
    "json_again": {"errors": "issue: 不是规定的编号"},
}  # fmt: skip


def rendered(prompt: Prompt) -> str:
    messages = prompt.render(VALUES[prompt.ref.id])
    return "".join(f"--- {message.role}\n{message.text}\n" for message in messages)


if __name__ == "__main__":
    for stale in SNAPSHOTS.glob("*.txt"):
        stale.unlink()
    for name, prompt in templates.load().items():
        (SNAPSHOTS / f"{name}.txt").write_text(rendered(prompt), encoding="utf-8")
