"""Every id of the domain contract: public API for the wire, the rulebook, the evals and stored data.

Ids are added when the domain needs them, never renamed or reused.
"""

from enum import StrEnum


class IssueType(StrEnum):
    QUALITY = "quality"
    RETURN_EXCHANGE = "return_exchange"
    REFUND_PAYMENT = "refund_payment"
    LOGISTICS = "logistics"
    ORDER = "order"
    INVOICE = "invoice"
    USAGE = "usage"
    PROMOTION = "promotion"
    ACCOUNT = "account"
    SERVICE = "service"
    OTHER = "other"


SUBTYPES: dict[IssueType, tuple[str, ...]] = {
    IssueType.QUALITY: (
        "damaged", "malfunction", "counterfeit", "spoiled", "safety_hazard", "not_as_described",
    ),
    IssueType.RETURN_EXCHANGE: ("no_reason_return", "exchange", "late_or_ineligible", "return_progress"),
    IssueType.REFUND_PAYMENT: ("refund_progress", "payment_failure", "wrong_charge", "price_protection"),
    IssueType.LOGISTICS: (
        "delay", "no_update", "lost", "package_damaged", "signed_not_received", "address_change",
        "pickup", "customs",
    ),
    IssueType.ORDER: ("cancel", "rush_shipping", "wrong_item", "missing_item", "status_query"),
    IssueType.INVOICE: ("request", "correction", "not_received"),
    IssueType.USAGE: ("how_to", "installation", "warranty_repair"),
    IssueType.PROMOTION: ("rule_question", "coupon_unusable", "gift"),
    IssueType.ACCOUNT: ("login_password", "security", "system_error"),
    IssueType.SERVICE: ("attitude", "process_failure", "false_advertising"),
    IssueType.OTHER: ("greeting", "human_handoff", "presale", "unclear"),
}  # fmt: skip
"""Issue type → its subtypes, in the order of the contract."""


class Demand(StrEnum):
    REFUND = "refund"
    RETURN = "return"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR = "repair"
    COMPENSATION = "compensation"
    APOLOGY = "apology"
    INVOICE = "invoice"
    INFORMATION = "information"
    EXPEDITE = "expedite"
    CANCEL = "cancel"
    ESCALATE = "escalate"


class Emotion(StrEnum):
    CALM = "calm"
    ANXIOUS = "anxious"
    DISSATISFIED = "dissatisfied"
    ANGRY = "angry"


class Priority(StrEnum):
    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class RiskFlag(StrEnum):
    PERSONAL_SAFETY = "personal_safety"
    FOOD_DRUG = "food_drug"
    GROUP_COMPLAINT = "group_complaint"
    MEDIA_EXPOSURE = "media_exposure"
    REGULATOR = "regulator"
    LEGAL_THREAT = "legal_threat"
    PROFESSIONAL_CLAIMANT = "professional_claimant"
    PRIVACY = "privacy"
    FRAUD_ABUSE = "fraud_abuse"
    SYSTEM_OUTAGE = "system_outage"
    HIGH_VALUE = "high_value"
    PROMPT_INJECTION = "prompt_injection"


class Owner(StrEnum):
    FRONTLINE = "frontline"
    SENIOR_AFTERSALES = "senior_aftersales"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    LEGAL = "legal"
    PR = "pr"
    LOGISTICS = "logistics"
    SUPPLY_CHAIN = "supply_chain"
    FINANCE = "finance"
    TECH = "tech"
    MERCHANT = "merchant"


class Channel(StrEnum):
    JD_DONGDONG = "jd_dongdong"
    TMALL_WANGWANG = "tmall_wangwang"
    PHONE = "phone"
    EMAIL = "email"
    WORKORDER = "workorder"
    SOCIAL = "social"
    CHATWOOT = "chatwoot"
    ZENDESK = "zendesk"
    FRESHDESK = "freshdesk"
    API = "api"


class Operator(StrEnum):
    """Who answers: a platform's own service or a merchant's; their rules differ on the same platform."""

    PLATFORM = "platform"
    MERCHANT = "merchant"


class OrderStatus(StrEnum):
    UNPAID = "unpaid"
    PAID = "paid"
    SHIPPED = "shipped"
    SIGNED = "signed"
    RETURNING = "returning"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class ItemTag(StrEnum):
    OPENED = "opened"
    CUSTOMIZED = "customized"
    FRESH = "fresh"
    DIGITAL = "digital"
    GIFT = "gift"
    PROMOTION = "promotion"
    SECONDHAND = "secondhand"
    USED = "used"
    WASHED = "washed"
    TAG_REMOVED = "tag_removed"


class Action(StrEnum):
    """What a customer may be entitled to."""

    RETURN_REFUND = "return_refund"
    REFUND = "refund"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REPAIR = "repair"
    FREIGHT = "freight"
    COMPENSATION = "compensation"
    PRICE_PROTECTION = "price_protection"
    CANCEL = "cancel"
    INVOICE = "invoice"
    SPECIAL_APPROVAL = "special_approval"


class EntitlementVerdict(StrEnum):
    ALLOWED = "allowed"
    CONDITIONAL = "conditional"
    DENIED = "denied"
    NEEDS_APPROVAL = "needs_approval"
    UNKNOWN = "unknown"


class ApprovalKind(StrEnum):
    CASH = "cash"
    PARTIAL_REFUND = "partial_refund"
    COUPON = "coupon"
    POINTS = "points"
    FREIGHT = "freight"
    GIFT = "gift"
    REPAIR = "repair"
    WARRANTY = "warranty"
    RESEND = "resend"
    EXCHANGE = "exchange"
    REFUND = "refund"
    RETURN_WAIVER = "return_waiver"
    LATE_RETURN = "late_return"


class Category(StrEnum):
    """What a reply can break."""

    UNAUTHORIZED_COMPENSATION = "unauthorized_compensation"
    OVER_PROMISE_OUTCOME = "over_promise_outcome"
    OVER_PROMISE_TIME = "over_promise_time"
    ABSOLUTE_CLAIM = "absolute_claim"
    ILLEGAL_DENIAL = "illegal_denial"
    BUCK_PASSING = "buck_passing"
    DISRESPECT = "disrespect"
    OFF_PLATFORM = "off_platform"
    PRIVACY = "privacy"
    PREMATURE_LIABILITY = "premature_liability"
    INTERNAL_LEAK = "internal_leak"
    UNGROUNDED = "ungrounded"


class Severity(StrEnum):
    WARN = "warn"
    BLOCK = "block"


class Status(StrEnum):
    PASS = "pass"
    WARN = "warn"
    BLOCK = "block"


class MissingField(StrEnum):
    ORDER_ID = "order_id"
    WAYBILL = "waybill"
    PHOTOS = "photos"
    VIDEO = "video"
    SCREENSHOT = "screenshot"
    ADDRESS = "address"
    PHONE = "phone"
    PRODUCT = "product"
    MODEL = "model"
    SIZE = "size"
    SKU = "sku"
    PURCHASE_DATE = "purchase_date"
    FAULT_DESCRIPTION = "fault_description"
    INVOICE_TITLE = "invoice_title"
    TAX_NUMBER = "tax_number"
    EMAIL = "email"
    PAYMENT_RECORD = "payment_record"
    REFUND_ACCOUNT = "refund_account"
    MEDICAL_RECORD = "medical_record"
    SUPPORTING_DOCUMENTS = "supporting_documents"


class StepState(StrEnum):
    NOW = "now"
    NEXT = "next"
    WAITING = "waiting"
    DONE = "done"
    BLOCKED = "blocked"


class Mode(StrEnum):
    LLM = "llm"
    OFFLINE = "offline"
    FALLBACK = "fallback"
