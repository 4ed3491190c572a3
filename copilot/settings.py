"""Settings from the environment (`COPILOT_*`); no secret has a default."""

from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Url = Annotated[str, Field(pattern=r"^https?://\S+$")]


def default_home() -> Path:
    return Path(platformdirs.user_data_dir("aftersales-copilot"))


LEAST_RETENTION_DAYS = 1095
"""Trade records of after-sales are archived for three years at least."""


def _three_years(days: int) -> int:
    if days < LEAST_RETENTION_DAYS:
        raise ValueError(f"must be at least {LEAST_RETENTION_DAYS} days: after-sales records are kept for three years")
    return days


class Settings(BaseSettings):
    """How this installation runs; everything has a working default on one machine."""

    model_config = SettingsConfigDict(env_prefix="COPILOT_", frozen=True, extra="ignore")

    home: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        default_factory=default_home
    )
    """Data folder: database, indexes, keys."""
    database_url: str | None = None
    """PostgreSQL by URL; null: SQLite in the home."""
    chroma_url: str | None = None
    """Chroma server by URL; null: in process."""
    embeddings: str = "bundled"
    """`bundled`, `none`, `sentence-transformers:<name or folder>`, or the URL of an OpenAI-compatible endpoint."""
    reranker: str = "none"
    """`none`, or `sentence-transformers:<name or folder>`: a cross-encoder that orders the best hits anew."""
    llm_base_url: Annotated[Url | None, BeforeValidator(lambda url: url or None)] = None
    """OpenAI-compatible endpoint of a language model, such as http://127.0.0.1:8000/v1; null: none, all stays offline."""
    llm_model: str | None = None
    """The model's name there; several, separated by commas, are asked in this order where one fails."""
    llm_api_key: SecretStr | None = None
    """The endpoint's key; null where it wants none."""
    llm_timeout: Annotated[float, Field(gt=0, le=600)] = 20.0
    """Seconds that one call to the model may take; shorter than `llm_budget`, there is time for another model."""
    llm_budget: Annotated[float, Field(gt=0, le=600)] = 30.0
    """Seconds that a stage waits for the model, repeats and fallbacks included; then it goes on offline."""
    llm_retries: Annotated[int, Field(ge=0, le=5)] = 2
    """How often a call that failed for a passing reason is tried again."""
    rulebook: Path | None = None
    """A rulebook folder of the shop's own; null: the one shipped."""
    signing_key: SecretStr | None = None
    """Key for approval signatures; null: the key file made in the home."""
    max_body_bytes: Annotated[int, Field(ge=1024)] = 2 * 1024 * 1024
    """Largest HTTP body."""
    max_upload_bytes: Annotated[int, Field(ge=1024)] = 20 * 1024 * 1024
    """Largest HTTP body that brings a document; base64 takes a third more than the file."""
    kb_solo: bool = False
    """One person keeps the knowledge base and may approve what they wrote; every such approval is recorded."""
    approvals_solo: bool = False
    """Whoever asks for an approval may grant it too, within the caps; every such approval is recorded as `solo`."""
    retention_days: Annotated[int, AfterValidator(_three_years)] = 1095
    """Days that suggestions and their records are kept before `copilot records purge` may remove them."""
    log_level: str = "INFO"
