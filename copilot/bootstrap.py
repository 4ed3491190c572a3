"""The only place that builds objects: settings in, services out."""

import logging
import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from pydantic import SecretStr
from sqlalchemy import Engine

from copilot.approvals import Approvals
from copilot.conversations import Conversations
from copilot.decide.authority import Authority
from copilot.decide.freshness import Freshness
from copilot.decide.step import Decide
from copilot.desk import Desk, Keys, stored_approvals
from copilot.draft.rewriter import Rewriter
from copilot.draft.step import DraftStep
from copilot.draft.writer import Writer
from copilot.errors import NotReady
from copilot.groups import Groups
from copilot.guard.engine import Guard
from copilot.guard.features import Features
from copilot.guard.meaning import Embed, Vector, load_meaning
from copilot.insight import Insights
from copilot.library import Library, record
from copilot.nextsteps.escalation import Escalation
from copilot.nextsteps.planner import Planner
from copilot.nextsteps.sla import Clocks
from copilot.pipeline import Pipeline, Stages
from copilot.qa.scorer import Scorer
from copilot.qa.summary import Summariser
from copilot.records import Records
from copilot.retrieve import Retrieve
from copilot.rewording import Rewording
from copilot.rulebook import loader
from copilot.rulebook.loader import Rulebook
from copilot.rules import Rules, own_confirmations
from copilot.settings import Settings
from copilot.store.database import open_engine
from copilot.store.migrate import migrate
from copilot.understand.head import load_head
from copilot.understand.model import ModelReader
from copilot.understand.step import Understand
from kb import embed
from kb import service as kb_service
from kb.embed import Embedder
from kb.errors import EmbeddingError
from kb.service import KnowledgeBase
from kb.settings import KbSettings

if TYPE_CHECKING:
    from copilot.llm.edge import ModelEdge

_LOG = logging.getLogger(__name__)


class Services:
    """Everything that runs on one home; close it when done."""

    def __init__(self, settings: Settings, engine: Engine, rulebook: Rulebook, knowledge: KnowledgeBase,
                 desk: Desk, keys: Keys, library: Library, approvals: Approvals, rules: Rules, records: Records,
                 conversations: Conversations, rewording: Rewording, insights: Callable[[], Insights],
                 model: "ModelEdge | None" = None) -> None:  # fmt: skip
        self.settings = settings
        self.engine = engine
        self.rulebook = rulebook
        self.knowledge = knowledge
        self.desk = desk
        self.keys = keys
        self.library = library
        self.approvals = approvals
        self.rules = rules
        self.model = model
        """The language model; None: none is configured."""
        self.records = records
        self.conversations = conversations
        self.rewording = rewording
        self._insights = insights

    @cached_property
    def insights(self) -> Insights:
        """Built at its first use: a check in a cold process never needs it."""
        return self._insights()

    def close(self) -> None:
        if "insights" in self.__dict__:
            self.insights.close()
        if self.model is not None:
            self.model.close()
        self.knowledge.close()
        self.engine.dispose()

    def __enter__(self) -> "Services":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _meaning_embedder(spec: str, model: Embedder | None) -> Embed | None:
    """The bundled model, with which the meaning layer was trained; None where the settings name another.

    A process that searches lexically loads it only when a sentence stays open; where it cannot be loaded, n-grams alone
    decide.
    """
    if spec != "bundled" or (model is not None and model.name != embed.BUNDLED_NAME):
        return None
    bundled = model or embed.load(spec)
    missing: list[EmbeddingError] = []

    def vector(text: str) -> Vector | None:
        if bundled is None or missing:
            return None
        try:
            return bundled.embed_query(text)
        except EmbeddingError as error:
            _LOG.warning("the meaning layer goes without embeddings: %s", error)
            missing.append(error)
            return None

    return vector


def _language_model(settings: Settings) -> "ModelEdge | None":
    """The models that the settings name, in their order, behind one door; None where they name none."""
    names = [name.strip() for name in (settings.llm_model or "").split(",") if name.strip()]
    if settings.llm_base_url is None and not names:
        return None
    if settings.llm_base_url is None or not names:
        missing = "COPILOT_LLM_MODEL" if settings.llm_base_url else "COPILOT_LLM_BASE_URL"
        raise NotReady(f"{missing} is not set; a language model needs both, COPILOT_LLM_BASE_URL and COPILOT_LLM_MODEL")
    # Here and not above: LangChain takes a second to import, and nothing offline needs it.
    from copilot.llm.breaker import Breaker
    from copilot.llm.chain import Chain, Link
    from copilot.llm.edge import ModelEdge
    from copilot.llm.langchain_chat import Connections, LangchainChat
    from copilot.llm.retry import RetryPolicy

    connections = Connections(settings.llm_timeout)
    key, retry = settings.llm_api_key or SecretStr("none"), RetryPolicy(settings.llm_retries)
    links = [
        Link(LangchainChat(settings.llm_base_url, name, key, connections, retry=retry), Breaker(time.monotonic))
        for name in names
    ]
    return ModelEdge(Chain(links), connections.close)


def _model_reader(model: "ModelEdge | None", settings: Settings, rulebook: Rulebook) -> ModelReader | None:
    if model is None:
        return None
    from copilot.llm import templates

    prompts = templates.load()
    return ModelReader(model, prompts["understand"], prompts["json_again"], rulebook.taxonomy, settings.llm_budget)


def _writers(model: "ModelEdge | None", settings: Settings) -> tuple[Writer | None, Rewriter | None]:
    if model is None:
        return None, None
    from copilot.llm import templates

    prompts = templates.load()
    writer = Writer(model, prompts["draft"], prompts["repair"], prompts["json_again"], settings.llm_budget)
    return writer, Rewriter(model, prompts["rewrite"], prompts["refine"], settings.llm_budget)


def utc_now() -> datetime:
    return datetime.now(UTC)


def build(
    settings: Settings, *, clock: Callable[[], datetime] = utc_now, embedder: Embedder | None = None,
    read_only: bool = False, rulebook: Rulebook | None = None,
) -> Services:  # fmt: skip
    """Opens the home (made on first use), migrates the database, builds every stage.

    Args:
        embedder: instead of the one that the settings name; for tests.
        rulebook: one that is loaded already, instead of the settings' folder.
        read_only: do without embeddings and language model: lexical search, n-gram classification. Starts faster.

    Raises:
        NotReady: the home or the database cannot be used.
        RulebookError: a rulebook file is wrong.
    """
    home = prepare_home(settings.home)
    engine = open_engine(home, settings.database_url)
    kb_service.migrate(engine)
    migrate(engine)
    rulebook = rulebook or loader.load(settings.rulebook or loader.DATA, cache=home / "cache")
    model = None if read_only else embedder or embed.load(settings.embeddings)
    knowledge = KnowledgeBase.open(
        KbSettings(
            home=home, database_url=settings.database_url, chroma_url=settings.chroma_url, solo=settings.kb_solo
        ),
        embedder=model, engine=engine, expansions=rulebook.vocabulary.synonyms, clock=clock, recorder=record,
        reranker=None if read_only else kb_service.load_reranker(settings.reranker),
    )  # fmt: skip
    clocks, key = Clocks(rulebook.sla), signing_key(settings)
    retrieve = Retrieve(knowledge, rulebook.clauses, rulebook.vocabulary)
    language_model = None if read_only else _language_model(settings)
    writer, rewriter = _writers(language_model, settings)
    stages = Stages(
        rulebook=rulebook,
        understand=Understand(
            rulebook.taxonomy,
            rulebook.signals,
            load_head,
            model.embed_query if model else None,
            rulebook.vocabulary.category_of,
            _model_reader(language_model, settings, rulebook),
            rulebook.vocabulary.carrier_event_of,
        ),
        decide=Decide(
            rulebook,
            Authority(key, stored_approvals(engine)),
            Freshness(rulebook.confirmed, own_confirmations(engine), retrieve.hashes),
        ),
        retrieve=retrieve,
        draft=DraftStep(rulebook.templates),
        guard=Guard(
            rulebook.compliance,
            load_meaning(Features(rulebook.compliance.sounds.syllables)),
            _meaning_embedder(settings.embeddings, model),
        ),
        clocks=clocks,
        escalation=Escalation(rulebook.escalation),
        planner=Planner(clocks, rulebook.vocabulary.owners, rulebook.common),
        writer=writer,
    )
    pipeline, embed_query = Pipeline(stages), model.embed_query if model else None
    names = {name: rule.label for name, rule in rulebook.vocabulary.platforms.items()}
    services = Services(
        settings, engine, rulebook, knowledge,
        Desk(pipeline, knowledge, engine, clock, lambda *asked: services.insights.searched(*asked),
             Groups(engine, rulebook.signals.group, key)),
        Keys(engine, clock), Library(knowledge, engine),
        Approvals(engine, clock, rulebook.authority, key, solo=settings.approvals_solo),
        Rules(rulebook, knowledge, engine, clock),
        Records(engine, clock, settings.retention_days),
        Conversations(
            Scorer(pipeline, rulebook, clocks, knowledge.snapshot, embed_query),
            Summariser(pipeline, rulebook.taxonomy, embed_query), clock,
        ),
        Rewording(pipeline, rewriter, clock),
        lambda: Insights(knowledge.insight, knowledge, stages.guard, engine, clock, names), language_model,
    )  # fmt: skip
    return services


def prepare_home(home: Path) -> Path:
    """Makes the data folder, readable by its owner alone."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise NotReady(f"the home {home} cannot be used: {error.strerror}; set COPILOT_HOME or --home") from error
    return home


def signing_key(settings: Settings) -> bytes:
    """The key for approval signatures: from the environment, else a file made once in the home (0600)."""
    if settings.signing_key is not None:
        return settings.signing_key.get_secret_value().encode()
    path = settings.home / "signing.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_hex(32).encode()
    partial = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
    try:
        os.link(partial, path)  # fails where another process was first: then its key counts
    except FileExistsError:
        key = path.read_bytes()
    finally:
        partial.unlink()
    return key
