"""Conditions in three values: what decides, what stays open, and which facts would settle it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from copilot.domain.vocabulary import ItemTag
from copilot.rulebook.conditions import Condition, Outcome

TRUE, FALSE = Outcome(value=True), Outcome(value=False)


def outcome(when: Any, closed: frozenset[str] = frozenset(), **facts: Any) -> Outcome:
    return Condition.model_validate(when).evaluate(facts, closed)


def unknown(*facts: str) -> Outcome:
    return Outcome(value=None, missing=facts)


class TestOneFact:
    @pytest.mark.parametrize(
        ("wanted", "fact", "holds"),
        [
            ("claimed", "claimed", True),
            ("claimed", "verified", False),
            (True, True, True),
            (True, False, False),
            (["paid", "shipped"], "shipped", True),
            (["paid", "shipped"], "signed", False),
            (["opened", "used"], frozenset({"used", "gift"}), True),
            (["opened"], frozenset(), False),
            ("opened", frozenset({ItemTag.OPENED}), True),
            ([], "anything", False),
            ({"gt": 48}, 48, False),
            ({"gt": 48}, 48.01, True),
            ({"gte": 8}, 8, True),
            ({"gte": 8}, 7, False),
            ({"lt": 1}, 0, True),
            ({"lt": 1}, 1, False),
            ({"lte": 7}, 7, True),
            ({"lte": 7}, 8, False),
            ({"gte": 1, "lte": 7}, 0, False),
            ({"gte": 1, "lte": 7}, 4, True),
            ({"any_of": ["a", "b"]}, "b", True),
            ({"any_of": "a"}, "a", True),
            ({"none_of": ["customized", "fresh"]}, frozenset({"opened"}), True),
            ({"none_of": ["customized", "fresh"]}, frozenset({"opened", "fresh"}), False),
            ({"none_of": ["refunded"]}, "refunded", False),
            ({"not": True}, False, True),
            ({"not": True}, True, False),
            ({"any_of": ["a", "b"], "none_of": ["b"]}, frozenset({"a", "b"}), False),
        ],
    )
    def test_a_known_fact_decides(self, wanted: Any, fact: Any, holds: bool) -> None:
        assert outcome({"fact": wanted}, fact=fact) == Outcome(value=holds)

    @pytest.mark.parametrize(
        "wanted", ["claimed", ["a"], {"gt": 1}, {"lte": 7}, {"any_of": ["a"]}, {"none_of": ["a"]}, {"not": True}]
    )
    def test_an_unknown_fact_leaves_it_open_and_is_named(self, wanted: Any) -> None:
        assert outcome({"fact": wanted}) == unknown("fact")
        assert outcome({"fact": wanted}, fact=None) == unknown("fact")

    def test_no_zero_no_false_and_no_empty_set_counts_as_unknown(self) -> None:
        assert outcome({"days": {"lte": 7}}, days=0) == TRUE
        assert outcome({"insured": {"not": True}}, insured=False) == TRUE
        assert outcome({"tags": {"none_of": ["fresh"]}}, tags=frozenset()) == TRUE

    def test_known_asks_for_the_knowledge_itself(self) -> None:
        assert outcome({"days": {"known": True}}, days=0) == TRUE
        assert outcome({"days": {"known": True}}) == FALSE
        assert outcome({"days": {"known": False}}) == TRUE
        assert outcome({"days": {"known": False}}, days=3) == FALSE

    @pytest.mark.parametrize("assumed", [True, False])
    def test_if_unknown_decides_only_where_the_fact_is_missing(self, assumed: bool) -> None:
        when = {"fault": {"none_of": ["verified"], "if_unknown": assumed}}
        assert outcome(when) == Outcome(value=assumed)
        assert outcome(when, fault="verified") == FALSE
        assert outcome(when, fault="claimed") == TRUE


class TestClosedFacts:
    """A fact whose absence means no never leaves a condition open."""

    @pytest.mark.parametrize(
        ("wanted", "holds"),
        [
            ("claimed", False),
            (["a", "b"], False),
            ({"gt": 48}, False),
            ({"lte": 48}, False),
            ({"any_of": ["a"]}, False),
            ({"none_of": ["a"]}, True),
            ({"not": True}, True),
            ({"any_of": ["a"], "none_of": ["b"]}, False),
            ({"none_of": ["a"], "if_unknown": False}, False),
            ({"any_of": ["a"], "if_unknown": True}, True),
        ],
    )
    def test_absence_means_no(self, wanted: Any, holds: bool) -> None:
        assert outcome({"fact": wanted}, closed=frozenset({"fact"})) == Outcome(value=holds)

    def test_only_the_named_facts_are_closed(self) -> None:
        when = {"tags": ["fresh"], "days": {"lte": 7}}
        assert outcome(when, closed=frozenset({"tags"})) == FALSE
        assert outcome(when, closed=frozenset({"days"})) == FALSE
        assert outcome(when, closed=frozenset({"tags"}), tags=frozenset({"fresh"})) == unknown("days")

    def test_a_known_fact_is_read_although_it_is_closed(self) -> None:
        assert outcome({"tags": ["fresh"]}, closed=frozenset({"tags"}), tags=frozenset({"fresh"})) == TRUE

    def test_holds_closes_every_fact(self) -> None:
        assert not Condition.model_validate({"fault": "claimed"}).holds({})
        assert Condition.model_validate({"fault": {"none_of": ["claimed"]}}).holds({})
        assert Condition.model_validate({"any": [{"a": 1}, {"b": {"not": 1}}]}).holds({})


class TestSeveralFacts:
    @pytest.mark.parametrize("when", [None, {}, {"all": []}])
    def test_an_empty_condition_always_holds(self, when: Any) -> None:
        assert outcome(when) == TRUE

    def test_an_empty_any_never_holds(self) -> None:
        assert outcome({"any": []}) == FALSE

    def test_all_terms_must_hold(self) -> None:
        when = {"a": 1, "b": 2}
        assert outcome(when, a=1, b=2) == TRUE
        assert outcome(when, a=1, b=3) == FALSE
        assert outcome(when, a=1) == unknown("b")
        assert outcome(when) == unknown("a", "b")

    def test_one_false_term_decides_whatever_is_missing(self) -> None:
        assert outcome({"a": 1, "b": 2}, b=3) == FALSE
        assert outcome({"all": [{"a": 1}, {"b": 2}]}, b=3) == FALSE

    def test_one_true_part_of_any_decides_whatever_is_missing(self) -> None:
        when = {"any": [{"a": 1}, {"b": 2}]}
        assert outcome(when, b=2) == TRUE
        assert outcome(when, b=3) == unknown("a")
        assert outcome(when, a=0, b=3) == FALSE
        assert outcome(when) == unknown("a", "b")

    def test_nesting_keeps_every_missing_fact_once(self) -> None:
        when = {
            "platform": "jd",
            "any": [{"all": [{"fault": "claimed"}, {"category": ["food"]}]}, {"fault": "verified", "days": {"lte": 7}}],
        }
        assert outcome(when, platform="jd") == unknown("fault", "category", "days")
        assert outcome(when, platform="jd", fault="verified") == unknown("days")
        assert outcome(when, platform="jd", fault="claimed", category="food") == TRUE
        assert outcome(when, platform="jd", fault="verified", days=8) == FALSE
        assert outcome(when, platform="tmall") == FALSE

    def test_facts_names_what_is_asked_for_at_every_depth(self) -> None:
        when = {"a": 1, "any": [{"b": 1}, {"all": [{"c": {"known": True}}, {"a": 2}]}]}
        assert Condition.model_validate(when).facts() == {"a", "b", "c"}


class TestWrongConditions:
    @pytest.mark.parametrize(
        ("when", "said"),
        [
            ({"days": {"between": [1, 7]}}, r"days: unknown operator \['between'\]; use \['any_of'"),
            ({"days": {"gte": 1, "≤": 7}}, "unknown operator"),
            ({"any": [{"days": {"over": 7}}]}, "days: unknown operator"),
            ({"any": {"a": 1}}, "any: must be a list of conditions"),
            ({"all": "a"}, "all: must be a list of conditions"),
            ({"any": ["a"]}, "must be a mapping of fact: condition"),
            (["a"], "must be a mapping of fact: condition"),
            ("fault == claimed", "must be a mapping of fact: condition"),
        ],
    )
    def test_they_are_refused_when_read_with_the_fix(self, when: Any, said: str) -> None:
        with pytest.raises(ValidationError, match=said):
            Condition.model_validate(when)

    @pytest.mark.parametrize("bound", ["7", [7], {"days": 7}, None])
    def test_a_bound_that_cannot_be_compared_is_refused_when_read(self, bound: Any) -> None:
        with pytest.raises(ValidationError):
            Condition.model_validate({"days": {"lte": bound}})

    def test_known_beside_another_operator_is_refused_when_read(self) -> None:
        with pytest.raises(ValidationError):
            Condition.model_validate({"days": {"known": True, "lte": 7}})


NAMES = ("a", "b", "c")
WANTED = st.one_of(
    st.integers(0, 3),
    st.lists(st.integers(0, 3), max_size=3),
    st.fixed_dictionaries({}, optional={name: st.integers(0, 3) for name in ("gt", "gte", "lt", "lte", "not")}).filter(bool),
    st.fixed_dictionaries({"none_of": st.lists(st.integers(0, 3), max_size=3)}),
)  # fmt: skip
TERMS = st.dictionaries(st.sampled_from(NAMES), WANTED, max_size=3)
WHEN = st.recursive(
    TERMS,
    lambda parts: st.fixed_dictionaries(
        {}, optional={"any": st.lists(parts, max_size=3), "all": st.lists(parts, max_size=3)}
    ),
    max_leaves=8,
)
FACTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3))


class TestProperties:
    @given(WHEN, FACTS, FACTS)
    def test_knowledge_never_turns_a_decided_outcome(
        self, when: dict[str, Any], known: dict[str, int], learned: dict[str, int]
    ) -> None:
        condition = Condition.model_validate(when)
        before = condition.evaluate(known)
        after = condition.evaluate(learned | known)
        if before.value is not None:
            assert after.value is before.value

    @given(WHEN, FACTS)
    def test_unknown_names_just_such_facts_as_are_missing_and_asked_for(
        self, when: dict[str, Any], known: dict[str, int]
    ) -> None:
        condition = Condition.model_validate(when)
        found = condition.evaluate(known)
        assert bool(found.missing) is (found.value is None)
        assert set(found.missing) <= condition.facts() - set(known)
        assert len(set(found.missing)) == len(found.missing)

    @given(WHEN, FACTS, st.fixed_dictionaries({name: st.integers(0, 3) for name in NAMES}))
    def test_the_missing_facts_settle_it(
        self, when: dict[str, Any], known: dict[str, int], all_facts: dict[str, int]
    ) -> None:
        condition = Condition.model_validate(when)
        missing = condition.evaluate(known).missing
        told = known | {name: all_facts[name] for name in missing}
        assert condition.evaluate(told).value is not None

    @given(WHEN, FACTS, st.frozensets(st.sampled_from(NAMES)))
    def test_a_closed_fact_is_never_asked_for(
        self, when: dict[str, Any], known: dict[str, int], closed: frozenset[str]
    ) -> None:
        found = Condition.model_validate(when).evaluate(known, closed)
        assert not closed & set(found.missing)

    @given(WHEN, FACTS)
    def test_with_every_fact_closed_it_is_decided(self, when: dict[str, Any], known: dict[str, int]) -> None:
        condition = Condition.model_validate(when)
        found = condition.evaluate(known, frozenset(NAMES))
        assert found.value is not None
        assert condition.holds(known) is found.value

    @given(WHEN)
    def test_a_condition_read_twice_is_the_same(self, when: dict[str, Any]) -> None:
        condition = Condition.model_validate(when)
        assert Condition.model_validate(condition.model_dump()).evaluate({}) == condition.evaluate({})
