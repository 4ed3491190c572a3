"""The suggestion's JSON as the domain contract writes it, independent of the models that produce it."""

from typing import Any

TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"}
MAYBE_TIME = {"anyOf": [TIME, {"type": "null"}]}
TEXTS = {"type": "array", "items": TEXT}
ISSUE_TYPES = ["quality", "return_exchange", "refund_payment", "logistics", "order", "invoice", "usage",
               "promotion", "account", "service", "other"]  # fmt: skip
OWNERS = ["frontline", "senior_aftersales", "supervisor", "compliance", "legal", "pr", "logistics",
          "supply_chain", "finance", "tech", "merchant"]  # fmt: skip
FIELDS = ["order_id", "waybill", "photos", "video", "screenshot", "address", "phone", "product", "model", "size",
          "sku", "purchase_date", "fault_description", "invoice_title", "tax_number", "email", "payment_record",
          "refund_account", "medical_record", "supporting_documents"]  # fmt: skip


def obj(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def many(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def one_of(*values: Any) -> dict[str, Any]:
    return {"enum": list(values)}


CLASSIFICATION = obj(
    {
        "issue_type": one_of(*ISSUE_TYPES), "issue_subtype": TEXT, "secondary_issues": many({"type": "object"}),
        "demands": many(one_of("refund", "return", "exchange", "resend", "repair", "compensation", "apology",
                               "invoice", "information", "expedite", "cancel", "escalate")),
        "priority": one_of("P0", "P1", "P2", "P3"), "complaint_level": one_of(None, 1, 2, 3),
        "emotion": one_of("calm", "anxious", "dissatisfied", "angry"), "high_emotion": {"type": "boolean"},
        "risk_flags": many(one_of("personal_safety", "food_drug", "group_complaint", "media_exposure", "regulator",
                                  "legal_threat", "professional_claimant", "privacy", "fraud_abuse", "system_outage",
                                  "high_value", "prompt_injection")),
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "alternatives": many(obj({"issue_type": one_of(*ISSUE_TYPES), "confidence": {"type": "number"}})),
        "evidence": many(obj({"message": {"type": "integer"}, "start": {"type": "integer"},
                              "end": {"type": "integer"}, "quote": TEXT, "why": TEXT})),
    }
)  # fmt: skip
ENTITLEMENT = obj(
    {
        "action": one_of("return_refund", "refund", "exchange", "resend", "repair", "freight", "compensation",
                         "price_protection", "cancel", "invoice", "special_approval"),
        "verdict": one_of("allowed", "conditional", "denied", "needs_approval", "unknown"),
        "conditions": TEXTS,
        "freight": {"anyOf": [{"type": "null"}, obj({
            "borne_by": one_of("customer", "merchant", "platform", "insurance", None),
            "paid_at_pickup_by": one_of("customer", None)})]},
        "deadline": MAYBE_TIME, "citations": TEXTS,
    }
)  # fmt: skip
COMMITMENT = obj({"act": TEXT, "amount": MAYBE, "deadline": MAYBE, "condition": MAYBE, "backed_by": MAYBE})
DRAFT = obj(
    {
        "text": TEXT, "plain_text": TEXT, "tone": TEXT, "citations": TEXTS, "commitments": many(COMMITMENT),
        "compliance": obj({"status": one_of("pass", "warn", "block"), "violations": {"type": "array"},
                           "repairs": {"type": "integer"}, "source": one_of("llm", "composer", "template")}),
    }
)  # fmt: skip
STEP = obj(
    {
        "order": {"type": "integer", "minimum": 1}, "action": TEXT, "text": TEXT, "owner": one_of(*OWNERS),
        "due_at": MAYBE_TIME, "state": one_of("now", "next", "waiting", "done", "blocked"),
        "needs": many(one_of(*FIELDS)), "citations": TEXTS,
    }
)  # fmt: skip
CITATION = obj(
    {
        "id": {"type": "string", "pattern": r"^c\d+$"}, "marker": {"type": "string", "pattern": r"^\[\d+\]$"},
        "clause_id": {"type": "string", "pattern": "^cl_"}, "document_id": {"type": "string", "pattern": "^doc_"},
        "document": TEXT, "version": {"type": "integer"}, "section_path": TEXTS, "quote": TEXT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "valid_from": MAYBE, "valid_to": MAYBE,
    }
)  # fmt: skip
SUGGESTION = obj(
    {
        "id": {"type": "string", "pattern": "^sg_"}, "ticket_id": MAYBE, "created_at": TIME,
        "mode": one_of("llm", "offline", "fallback"), "classification": CLASSIFICATION,
        "route": obj({"owner": one_of(*OWNERS), "also_notify": many(one_of(*OWNERS)), "reason": TEXT}),
        "sla": many(obj({"clock": TEXT, "due_at": TIME,
                         "source": {"type": "string", "pattern": "^(cl_.+|rulebook)$"}})),
        "entities": obj({"order_id": MAYBE, "amounts": {"type": "array"}, "dates": {"type": "array"},
                         "products": {"type": "array"}}),
        "missing_information": many(obj({"field": one_of(*FIELDS), "ask": TEXT, "why": TEXT})),
        "entitlements": many(ENTITLEMENT), "drafts": many(DRAFT), "held_back": {"type": "array"},
        "next_steps": many(STEP), "citations": many(CITATION),
        "record": obj({"issue": TEXT, "solution": TEXT, "status": TEXT, "owner": one_of(*OWNERS)}),
        "warnings": TEXTS,
        "trace": obj({"timings_ms": {"type": "object"}, "llm_calls": {"type": "integer"}, "model": MAYBE,
                      "prompts": {"type": "object"}, "rulebook": {"type": "string", "pattern": "^sha256:"},
                      "kb_snapshot": TEXT, "redactions": {"type": "integer"}}),
    }
)  # fmt: skip
