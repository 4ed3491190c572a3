"""The suggestion as an agent's console receives it, and the parts that the stages hand on."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from copilot.domain.base import Model, Money
from copilot.domain.compliance import Commitment, DraftCompliance, Violation
from copilot.domain.vocabulary import (
    Action,
    ApprovalKind,
    Demand,
    Emotion,
    EntitlementVerdict,
    IssueType,
    MissingField,
    Mode,
    Owner,
    Priority,
    RiskFlag,
    StepState,
)

Probability = Annotated[float, Field(ge=0, le=1)]


class Evidence(Model):
    """A place in the conversation that a judgement rests on; offsets in code points, end exclusive."""

    message: int
    start: int
    end: int
    quote: str
    why: str


class Alternative(Model):
    issue_type: IssueType
    confidence: Probability
    issue_subtype: str | None = None


class SecondaryIssue(Model):
    issue_type: IssueType
    issue_subtype: str


class Classification(Model):
    issue_type: IssueType
    issue_subtype: str
    secondary_issues: tuple[SecondaryIssue, ...] = ()
    demands: tuple[Demand, ...] = ()
    priority: Priority
    complaint_level: Literal[1, 2, 3] | None = None
    emotion: Emotion
    high_emotion: bool = False
    risk_flags: tuple[RiskFlag, ...] = ()
    confidence: Probability
    alternatives: tuple[Alternative, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Route(Model):
    owner: Owner
    also_notify: tuple[Owner, ...] = ()
    reason: str


class Reading(Model):
    """What a ticket is, before anything is drafted: the answer of `copilot classify`."""

    id: str | None
    classification: Classification
    route: Route
    entities: "Entities"


class SlaDue(Model):
    clock: str
    due_at: datetime
    source: str
    """The clause id that sets the clock, or `rulebook`."""


class AmountMention(Model):
    amount: Money
    text: str
    message: int


class DateMention(Model):
    at: datetime
    text: str
    message: int


class Discrepancy(Model):
    """Something the customer says that the order's fields contradict; a step asks for it to be cleared up."""

    field: Literal["signed_at", "paid_at", "delivery", "shipment", "refund", "quantity", "order_id", "amount"]
    said: str
    on_record: str
    quote: str
    message: int | None = None
    """Index of the message; null: what the whole conversation names."""


class Entities(Model):
    """What the conversation names; people, phones and addresses only masked."""

    order_id: str | None = None
    waybill: str | None = None
    amounts: tuple[AmountMention, ...] = ()
    dates: tuple[DateMention, ...] = ()
    products: tuple[str, ...] = ()
    quantity: int | None = None
    discrepancies: tuple[Discrepancy, ...] = ()


Reading.model_rebuild()


class MissingInformation(Model):
    field: MissingField
    ask: str
    why: str


class Freight(Model):
    borne_by: Literal["customer", "merchant", "platform", "insurance"] | None = None
    paid_at_pickup_by: Literal["customer"] | None = None


class Entitlement(Model):
    action: Action
    verdict: EntitlementVerdict
    conditions: tuple[str, ...] = ()
    freight: Freight | None = None
    deadline: datetime | None = None
    citations: tuple[str, ...] = ()
    rule: str
    """The rulebook row that decided, for the trace."""
    reason: str = ""
    basis: str | None = None
    """What it rests on: law, standing_rule, standing_authority or approval."""
    stale: tuple[str, ...] = ()
    """Anchors of clauses that changed since the row was confirmed: it then needs approval, and backs no refusal."""


class Citation(Model):
    id: str
    marker: str
    clause_id: str
    document_id: str
    document: str
    version: int
    section_path: tuple[str, ...]
    quote: str
    sha256: str
    valid_from: str | None = None
    valid_to: str | None = None


class Draft(Model):
    text: str
    """With citation marks, as the agent reads it."""
    plain_text: str
    """Without marks, as it is sent."""
    tone: Literal["warm", "formal", "concise"]
    citations: tuple[str, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    compliance: DraftCompliance


class HeldBack(Model):
    """A draft that the guard did not let out, with why."""

    text: str
    tone: str
    violations: tuple[Violation, ...]


class NextStep(Model):
    order: int
    action: str
    text: str
    owner: Owner
    due_at: datetime | None = None
    state: StepState
    needs: tuple[MissingField, ...] = ()
    citations: tuple[str, ...] = ()


class RecordedCompensation(Model):
    """What was granted beyond the remedy, exactly as the approval says it."""

    approval_id: str
    kind: ApprovalKind
    amount: Money | None = None
    currency: str | None = None
    percent: Decimal | None = None
    item: str | None = None
    reason: str | None = None


class Record(Model):
    """The row for the after-sales register; personal data is masked."""

    issue: str
    solution: str
    status: Literal["open", "waiting_customer", "escalated", "resolved"]
    owner: Owner
    registered_at: datetime | None = None
    order_id: str | None = None
    product: str | None = None
    quantity: int | None = None
    customer_name: str | None = None
    phone: str | None = None
    description: str = ""
    """The problem in the customer's words."""
    also_notify: tuple[Owner, ...] = ()
    compensation: tuple[RecordedCompensation, ...] = ()
    tags: tuple[str, ...] = ()
    """Ids to archive and find by: problem, priority, complaint level, risks, platform, channel."""


class Trace(Model):
    timings_ms: dict[str, float] = Field(default_factory=dict)
    llm_calls: int = 0
    model: str | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    rulebook: str
    kb_snapshot: str
    redactions: int = 0
    rules: tuple[str, ...] = ()
    """Every rulebook row that fired, in order."""
    extra: dict[str, Any] = Field(default_factory=dict)


class Suggestion(Model):
    id: str
    ticket_id: str | None = None
    created_at: datetime
    mode: Mode
    classification: Classification
    route: Route
    sla: tuple[SlaDue, ...] = ()
    entities: Entities
    missing_information: tuple[MissingInformation, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    drafts: tuple[Draft, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    citations: tuple[Citation, ...] = ()
    record: Record
    warnings: tuple[str, ...] = ()
    trace: Trace
