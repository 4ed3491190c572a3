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


_DESK = frozenset({Permission.SUGGEST, Permission.READ_SUGGESTIONS, Permission.CHECK, Permission.SEARCH})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _DESK,
    Role.SUPERVISOR: _DESK,
    Role.KB_EDITOR: frozenset({Permission.SEARCH, Permission.CHECK}),
    Role.KB_REVIEWER: frozenset({Permission.SEARCH, Permission.CHECK}),
    Role.EVALUATOR: _DESK,
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]
