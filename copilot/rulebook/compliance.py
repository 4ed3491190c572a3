"""Models of data/compliance/*.yaml: what a reply may not say, how scope excuses it, and how to say it instead."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field, model_validator

from copilot.domain.compliance import Act, CheckResult
from copilot.domain.vocabulary import Category, Severity
from copilot.errors import RulebookError
from copilot.rulebook.source import RuleModel, line_of, read

Excuse = Literal["negation", "quote", "question", "condition", "hedge", "completed"]
"""Why a phrase that matches a rule may still be compliant; judged inside its own clause."""

MARKED = ("money", "percent", "multiple", "rate", "points", "duration", "moment", "full", "code", "citation", "forfeit",
          "time", "share", "amount")  # fmt: skip
"""Slots that stand for values and times which the guard marks in a text."""
ALWAYS: tuple[Excuse, ...] = ("negation", "quote", "question")


BACKED: tuple[Act, ...] = (
    "refund", "return", "exchange", "resend", "repair", "compensate", "coupon", "points", "gift", "freight", "warranty",
)  # fmt: skip
"""Promises that an approval, a law or a rule may back."""


class Reword(RuleModel):
    """The compliant wording that takes the place of the stated phrase, its clause or its sentence."""

    span: Literal["match", "clause", "sentence"] = "clause"
    text: str
    """May be empty: the span is removed."""


class Example(RuleModel):
    """A reply, and the facts that it is judged with (fields of the guard's context)."""

    text: str
    given: Mapping[str, Any] = Field(default_factory=dict)


class ComplianceRule(RuleModel):
    id: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    patterns: tuple[str, ...] = ()
    """Regular expressions over the marked view; `{slot}` is a word list, `{g6}` up to six characters of one
    clause, `{s20}` up to twenty characters of one sentence. Repeats must be bounded."""
    detector: str | None = None
    """Name of the check in code that raises this rule, for what no pattern can say (checksums, order facts)."""
    unless: tuple[str, ...] = ()
    """Patterns that excuse the match when they occur in the clauses that it touches."""
    excused_by: tuple[Excuse, ...] | None = None
    severity: Severity | None = None
    act: Act | None = None
    """What the phrase promises; a rule with an act is broken only when nothing backs the promise."""
    confirmed_by_meaning: bool = False
    """The words alone also stand in many compliant replies: they block unless the meaning layer is sure that the
    sentence means no harm. Refused for rules whose every pattern reads a value or a time, and for detectors."""
    only_with_entitlements: bool = False
    """The wording is harmless by itself and is judged only when the entitlements of the ticket are known."""
    message: str
    """Chinese; tells the agent what to do instead."""
    reword: Reword | None = None
    must_flag: tuple[Example | str, ...] = Field(min_length=3)
    must_pass: tuple[Example | str, ...] = Field(min_length=3)
    policy_flip: tuple[Example, ...] = ()
    """Flagged as it stands, compliant with the facts that it is given: the words alone decide nothing. Every rule
    that promises value or a remedy has one."""

    @model_validator(mode="after")
    def _has_a_way_to_fire(self) -> "ComplianceRule":
        if bool(self.patterns) == bool(self.detector):
            raise ValueError("give either patterns or the name of a detector")
        if self.confirmed_by_meaning and all(set(slot_names(pattern)) & set(MARKED) for pattern in self.patterns):
            raise ValueError("confirmed_by_meaning: a value, a time or what code detects needs no second opinion")
        if self.act in BACKED and not self.policy_flip and not self.only_with_entitlements:
            raise ValueError("a rule about a promise needs a policy_flip: its text with the facts that back it")
        return self


class RuleFile(RuleModel):
    """One category: its default severity and excuses, and its rules."""

    category: Category
    severity: Severity
    excused_by: tuple[Excuse, ...] = ALWAYS
    reword: Reword
    """Where a rule has none of its own."""
    rules: tuple[ComplianceRule, ...] = Field(min_length=1)


class Slots(RuleModel):
    slots: Mapping[str, tuple[str, ...]]
    """Name → words (or small regular expressions) that a pattern may name."""


class Sounds(RuleModel):
    """How protected words are disguised by sound, look or Latin letters."""

    terms: tuple[str, ...]
    """Words whose homophones count as the word when at most one character differs."""
    phrases: tuple[str, ...] = ()
    """From three syllables on whatever sounds so is read so; two are read so where a part is in Latin letters."""
    ordinary: tuple[str, ...]
    """Everyday words that sound like a term and are not one."""
    variants: Mapping[str, tuple[str, ...]]
    """Word → other spellings that always mean it."""
    english: Mapping[str, str] = Field(default_factory=dict)
    """Word → what it says when it stands among Chinese ones."""
    syllables: Mapping[str, str]
    """Pinyin without tone → the characters of GB 2312 that are read so."""


def _words(block: object) -> object:
    return tuple(block.split()) if isinstance(block, str) else block


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class Shapes(RuleModel):
    """How characters are disguised by their look; each word ends (or for `looks` begins) with the one that is meant."""

    parts: Words
    """Two parts and their whole; always read as the whole."""
    pairs: Words
    """Two everyday characters and the whole that they form; read so only inside a protected word."""
    rare: Words
    """A rare character and the everyday one that it looks like."""
    looks: Words
    """A character and everyday characters that look like it or are a part of it; only inside a protected word."""


class Scope(RuleModel):
    """The words that decide whether a phrase is negated, quoted, asked, conditional or hedged.

    All are regular expressions over the marked view and may name slots.
    """

    idioms: tuple[str, ...]
    """Contain a negator and negate nothing (没问题, 不用担心)."""
    strong_negators: tuple[str, ...]
    weak_negators: tuple[str, ...]
    negation_fillers: tuple[str, ...]
    """What may stand between a weak negator and what it negates."""
    negation_breakers: tuple[str, ...]
    """What ends the reach of a strong negator."""
    negated_after: tuple[str, ...]
    """Follows the phrase and negates it (… 我们无法承诺)."""
    warned_after: tuple[str, ...]
    """Opens the next clause and warns of what was named (…的，都请拒绝)."""
    rhetorical: tuple[str, ...]
    """Turns a negation into its opposite (这不得…吗, 谁说不…)."""
    attributions: tuple[str, ...]
    """The customer, a page or another person is the source of the phrase."""
    own_voice: tuple[str, ...]
    """The agent speaks: whatever is quoted after it is the agent's own."""
    owned_after: tuple[str, ...]
    """Follows a quotation and makes it the agent's own (…，这就是我们的承诺)."""
    endorsements: tuple[str, ...]
    """The agent takes up what was quoted."""
    questions: tuple[str, ...]
    conditions: tuple[str, ...]
    """A review, a check or a stated fact decides first."""
    sham_conditions: tuple[str, ...]
    """Sound like a condition and are none (只要您…, 无论…)."""
    bases: tuple[str, ...]
    """Names the rule that the statement rests on."""
    off_rule: tuple[str, ...]
    """Steps outside any rule (私下, 另外再)."""
    hedges: tuple[str, ...]
    completed: tuple[str, ...]
    own_acts: tuple[str, ...]
    """What an agent may promise of the agent's own next step."""


class ComplianceRules(RuleModel):
    files: Mapping[Category, RuleFile]
    slots: Mapping[str, tuple[str, ...]]
    sounds: Sounds
    shapes: Shapes
    scope: Scope
    holding_reply: str
    """Sent when nothing of a text can be kept."""


class _General(RuleModel):
    holding_reply: str


def load(folder: Path) -> ComplianceRules:
    """Reads every file of data/compliance and checks them against each other.

    Raises:
        RulebookError: a file is missing or wrong, two rules share an id, or a pattern names an unknown slot.
    """
    slots = read(folder / "slots.yaml", Slots).slots
    files: dict[Category, RuleFile] = {}
    owners: dict[str, str] = {}
    for category in Category:
        path = folder / f"{category.value}.yaml"
        file = read(path, RuleFile)
        if file.category is not category:
            raise RulebookError(f"{path.name}:1: category: must be {category.value}, as the file is named")
        for number, rule in enumerate(file.rules):
            _check_rule(path, number, rule, slots, owners)
        files[category] = file
    return ComplianceRules(
        files=files,
        slots=slots,
        sounds=read(folder / "sounds.yaml", Sounds),
        shapes=read(folder / "shapes.yaml", Shapes),
        scope=read(folder / "scope.yaml", Scope),
        holding_reply=read(folder / "general.yaml", _General).holding_reply,
    )


def _check_rule(
    path: Path, number: int, rule: ComplianceRule, slots: Mapping[str, tuple[str, ...]], owners: dict[str, str]
) -> None:
    where = f"{path.name}:{line_of(path.read_text(encoding='utf-8'), ('rules', number))}"
    if rule.id in owners:
        raise RulebookError(f"{where}: rule {rule.id} also stands in {owners[rule.id]}; give it another id")
    owners[rule.id] = path.name
    for pattern in (*rule.patterns, *rule.unless):
        for name in slot_names(pattern):
            if name not in slots and name not in MARKED:
                raise RulebookError(f"{where}: {rule.id}: unknown slot {{{name}}}; add it to slots.yaml")


def slot_names(pattern: str) -> tuple[str, ...]:
    """The slots that a pattern names, gaps left out."""
    names = []
    for part in pattern.split("{")[1:]:
        name = part.split("}")[0]
        if name[:1].isalpha() and not (name[0] in "gsp" and name[1:].isdigit()):
            names.append(name)
    return tuple(names)


class Examiner(Protocol):
    def examine(self, text: str, given: Mapping[str, Any]) -> CheckResult: ...


def lint(rules: ComplianceRules, guard: Examiner) -> list[str]:
    """What the rules' own examples say against them; empty means all hold.

    A `must_flag` example has to raise its rule, a `must_pass` example must not raise it and must not be blocked; a
    `policy_flip` is blocked by itself and not blocked with its facts.
    """
    problems = []
    for file in rules.files.values():
        for rule in file.rules:
            for example in map(_example, rule.must_flag):
                result = guard.examine(example.text, example.given)
                if rule.id not in {violation.rule for violation in result.violations}:
                    problems.append(f"{rule.id}: must flag {example.text!r}, got {_raised(result)}")
            for example in map(_example, rule.must_pass):
                result = guard.examine(example.text, example.given)
                raised = {violation.rule for violation in result.violations}
                if rule.id in raised or result.status == "block":
                    problems.append(f"{rule.id}: must pass {example.text!r}, got {_raised(result)}")
            for flip in rule.policy_flip:
                if guard.examine(flip.text, {}).status != "block":
                    problems.append(f"{rule.id}: must flag {flip.text!r} without its facts")
                backed = guard.examine(flip.text, flip.given)
                if backed.status == "block":
                    problems.append(f"{rule.id}: must pass {flip.text!r} with its facts, got {_raised(backed)}")
    return problems


def _example(example: Example | str) -> Example:
    return Example(text=example) if isinstance(example, str) else example


def _raised(result: CheckResult) -> str:
    return ", ".join(f"{v.rule} {v.text!r}" for v in result.violations) or "nothing"
