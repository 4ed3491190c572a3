"""Roles and what each may do: the one permission table."""

from enum import StrEnum


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    KB_EDITOR = "kb_editor"
    KB_REVIEWER = "kb_reviewer"
    EVALUATOR = "evaluator"
    ADMIN = "admin"


class Permission(StrEnum):
    SUGGEST = "suggest"
    READ_SUGGESTIONS = "read_suggestions"
    CHECK = "check"
    SEARCH = "search"
    KB_READ = "kb_read"
    KB_WRITE = "kb_write"
    KB_REVIEW = "kb_review"
    KB_PUBLISH = "kb_publish"


_DESK = frozenset({Permission.SUGGEST, Permission.READ_SUGGESTIONS, Permission.CHECK, Permission.SEARCH})
_SHELF = frozenset({Permission.SEARCH, Permission.CHECK, Permission.KB_READ})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _DESK,
    Role.SUPERVISOR: _DESK,
    Role.KB_EDITOR: _SHELF | {Permission.KB_WRITE},
    Role.KB_REVIEWER: _SHELF | {Permission.KB_REVIEW, Permission.KB_PUBLISH},
    Role.EVALUATOR: _DESK,
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]
