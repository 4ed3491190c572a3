"""A model's sentences among the composer's points: whatever it says or leaves out, every point is told."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.draft.composer import Cited, Sentence
from copilot.draft.verify import Given, Numbered, verified
from copilot.draft.weave import Weave, tells

A, B = Cited(clause_id="cl_a", version=1), Cited(clause_id="cl_b", version=1)
POINTS = (
    Sentence(text="您好。", point="opening"),
    Sentence(text="很抱歉给您带来不便。", point="empathy"),
    Sentence(text="破损经核实属实的，签收后七日内可以退货或换货。", cites=(A,), block=1, point="policy"),
    Sentence(text="核实属于质量问题的，运费由商家承担。", cites=(B,), block=1, point="policy"),
    Sentence(text="麻烦您提供：外箱照片、订单号。", block=2, point="missing", facts=("外箱照片", "订单号")),
    Sentence(text="我先核对照片，4小时内给您回复进展。", block=2, point="act", facts=("我先核对照片", "4小时内")),
    Sentence(text="还有其他问题也可以随时告诉我。", block=2, point="closing"),
)
DUE = [point for point in POINTS if point.point in ("policy", "missing", "act")]


def woven(*said: Sentence, urgent: bool = False) -> list[Sentence]:
    weave = Weave(POINTS, urgent)
    first = weave.first()
    taken = [each.sentence for sentence in said if (each := weave.take(sentence)) is not None]
    return [*first, *taken, *weave.rest()]


WORDS = st.lists(
    st.sampled_from([*"您退换货核实七日内运费商家承担照片订单4小时。，", "破损经核实", "可以退货"]), max_size=12
).map("".join)
SENTENCES = st.builds(
    lambda text, cites: Sentence(text=text, cites=cites), WORDS | st.sampled_from([p.text for p in POINTS]),
    st.sampled_from([(), (A,), (B,), (A, B)]),
)  # fmt: skip


@given(st.lists(SENTENCES, max_size=8), st.booleans())
def test_every_point_is_told_whatever_the_model_says(said: list[Sentence], urgent: bool) -> None:
    reply = woven(*said, urgent=urgent)
    for point in DUE:
        assert any(sentence == point or tells(sentence, point) for sentence in reply), point.text
    assert reply[0] == POINTS[0]
    assert len(set(reply)) == len(reply)


def test_a_sentence_that_tells_its_point_stands() -> None:
    own = Sentence(text="您的破损情况经核实属实的话，签收后七日内退货或者换货都可以。", cites=(A,))
    assert own.text in [each.text for each in woven(own)]
    assert POINTS[2] not in woven(own)


def test_a_sentence_without_the_condition_the_figure_or_the_citation_does_not() -> None:
    for own in (
        Sentence(text="签收后七日内可以退货或换货。", cites=(A,)),
        Sentence(text="破损经核实属实的，可以退货或换货。", cites=(A,)),
        Sentence(text="破损经核实属实的，签收后七日内可以退货或换货。"),
    ):
        reply = woven(own)
        assert POINTS[2] in reply
        assert own not in reply


def test_words_of_care_that_instruct_are_always_said() -> None:
    care = Sentence(text="看到您孩子受伤，我们很难过。")
    assert POINTS[1] in woven(care, urgent=True)
    assert POINTS[1] not in woven(care)
    assert POINTS[1] in woven()


def test_an_apology_for_the_wait_is_said_once_and_first() -> None:
    late = Sentence(text="让您久等了。", point="overdue")
    weave = Weave((POINTS[0], late, *POINTS[1:]))
    assert weave.first() == (POINTS[0], late)
    assert weave.take(Sentence(text=late.text)) is None
    assert late not in weave.rest()


GIVEN = Given(
    evidence=(Numbered(cited=A, text="签收后七日内可以退货，商品须完好。"),), figures=frozenset({"4"}),
    placeholders={"approved_amount": "30元"}, names=("JD778",),
)  # fmt: skip


def test_figures_stand_in_the_cited_clause_or_in_the_decision() -> None:
    assert isinstance(verified("签收后7天内可以退货。", (1,), GIVEN), Sentence)
    assert isinstance(verified("我4小时内回复您。", (), GIVEN), Sentence)
    assert isinstance(verified("订单JD778我已经查到。", (), GIVEN), Sentence)
    assert isinstance(verified("签收后7天内可以退货。", (), GIVEN), str)
    assert isinstance(verified("签收后15天内可以退货。", (1,), GIVEN), str)


def test_placeholders_are_filled_and_marks_become_citations() -> None:
    filled = verified("已为您申请{{ approved_amount }}优惠券", (), GIVEN)
    assert isinstance(filled, Sentence)
    assert filled.text == "已为您申请30元优惠券。"
    marked = verified("您好，签收后七日内可以退货[1]。", (), GIVEN)
    assert isinstance(marked, Sentence)
    assert (marked.text, marked.cites) == ("签收后七日内可以退货。", (A,))


def test_a_citation_that_does_not_bear_the_sentence_is_taken_off() -> None:
    kind = verified("让您久等了，实在不好意思。", (1,), GIVEN)
    assert isinstance(kind, Sentence)
    assert kind.cites == ()


@given(st.text(max_size=60), st.lists(st.integers(-2, 3), max_size=3).map(tuple))
def test_verifying_never_raises(text: str, cites: tuple[int, ...]) -> None:
    assert isinstance(verified(text, cites, GIVEN), Sentence | str)
