"""What `copilot doctor` looks at."""

import hashlib

from sqlalchemy.orm import Session

from copilot.bootstrap import Services
from copilot.desk import LOCAL
from copilot.domain.base import Model
from copilot.llm.errors import LlmError, LlmTruncated
from copilot.llm.port import Ask, Message, PromptRef
from copilot.store import audit


class Finding(Model):
    name: str
    ok: bool
    message: str
    details: tuple[str, ...] = ()
    """What it is about, one by one."""


def examine(services: Services) -> tuple[Finding, ...]:
    """Every check, in the order in which a person would mend things."""
    checks = (_rulebook, _clauses, _stale_rules, _embeddings, _language_model, _indexes, _audit)
    return tuple(check(services) for check in checks)


def _rulebook(services: Services) -> Finding:
    book = services.rulebook
    return Finding(name="rulebook", ok=True, message=f"{len(book.playbooks)} playbooks, {book.digest[:19]}")


def _clauses(services: Services) -> Finding:
    anchors = services.rulebook.clauses.clauses
    platforms = services.rulebook.vocabulary.platforms
    held = {anchor for platform in platforms for anchor in services.knowledge.resolve_all(anchors, platform=platform)}
    missing = [anchor for anchor in anchors if anchor not in held]
    if not missing:
        return Finding(name="clauses", ok=True, message=f"all {len(anchors)} clauses that rules name are in force")
    return Finding(
        name="clauses", ok=True,
        message=f"{len(missing)} of {len(anchors)} clauses that rules name are not in the knowledge base; the search "
        f"stands in for them: {', '.join(missing[:6])}{' …' if len(missing) > 6 else ''}",
    )  # fmt: skip


def _stale_rules(services: Services) -> Finding:
    stale = services.rules.stale(LOCAL)
    if not stale:
        return Finding(name="rules", ok=True, message="every row was confirmed against the clauses in force")
    return Finding(
        name="rules", ok=False,
        message=f"{len(stale)} rows rest on clauses that changed and answer needs_approval; compare them with "
        "`copilot rules stale`, then run `copilot rules confirm ROW`",
        details=tuple(
            f"{row.row}: {clause.anchor} in {clause.document} v{clause.version}: confirmed "
            f"{', '.join(sha256[:12] for sha256 in clause.confirmed) or 'never'}, in force {clause.sha256[:12]}"
            for row in stale
            for clause in row.clauses
        ),
    )  # fmt: skip


def _embeddings(services: Services) -> Finding:
    stats = services.knowledge.stats()
    if stats.embedder is None:
        return Finding(name="embeddings", ok=True, message="none: lexical search alone; set COPILOT_EMBEDDINGS=bundled")
    return Finding(name="embeddings", ok=True, message=stats.embedder)


def _language_model(services: Services) -> Finding:
    """One short call, so that a wrong key or name shows here and not in the first ticket."""
    if services.model is None:
        return Finding(name="model", ok=True, message="none: everything is answered offline; set COPILOT_LLM_BASE_URL "
                       "and COPILOT_LLM_MODEL to use one")  # fmt: skip
    words = "只回答一个字：好"
    ask = Ask(
        prompt=PromptRef(id="doctor", version=1, sha256=hashlib.sha256(words.encode()).hexdigest()),
        messages=(Message(role="user", text=words),), max_tokens=64, budget=services.settings.llm_budget,
    )  # fmt: skip
    try:
        answer = services.model.ask(ask)
    except LlmTruncated:
        return Finding(name="model", ok=True, message=f"{services.model.name} answers, at length")
    except LlmError as error:
        return Finding(name="model", ok=False, message=f"{error.message}; tickets are answered offline until it does")
    return Finding(name="model", ok=True, message=f"{answer.model} answers in {answer.seconds:.1f} s")


def _indexes(services: Services) -> Finding:
    drift = services.knowledge.drift()
    if drift.clean:
        return Finding(name="indexes", ok=True, message=f"{drift.published} published clauses, both indexes equal them")
    wrong = sum(map(len, (drift.missing_lexical, drift.extra_lexical, drift.missing_dense, drift.extra_dense)))
    return Finding(name="indexes", ok=False, message=f"{wrong} clauses differ; run `copilot kb rebuild`")


def _audit(services: Services) -> Finding:
    with Session(services.engine) as session:
        at = audit.first_break(session)
    if at is None:
        return Finding(name="audit", ok=True, message="the chain is whole")
    return Finding(
        name="audit", ok=False, message=f"row {at} was altered or removed; restore the database from a backup"
    )
