"""Settings of a knowledge base, handed in by whoever builds it; nothing here reads the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class KbSettings(BaseModel):
    """Where a knowledge base lives and how far it may go.

    `home` holds the database file, the projections and the write lock. `database_url` is any SQLAlchemy URL
    (None: SQLite in the home). `chroma_url` is a Chroma server (None: embedded in the home). `solo`: one person
    keeps the knowledge base and may approve what they wrote; each such approval is recorded as waived.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    database_url: str | None = None
    chroma_url: str | None = None
    solo: bool = False
    tuning_file: Path | None = Field(default=None, description="What was learned for the model; None: as shipped")
    max_file_bytes: int = Field(default=50 * 1024 * 1024, ge=1)
    lock_timeout_seconds: float = Field(default=60.0, gt=0)
    sync_batch_documents: int = Field(default=64, ge=1)

    def sqlalchemy_url(self) -> str:
        """The database URL in use."""
        return self.database_url or f"sqlite:///{self.home / 'copilot.db'}"
