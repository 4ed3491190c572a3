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
    RULES_CONFIRM = "rules_confirm"
    APPROVAL_READ = "approval_read"
    APPROVAL_REQUEST = "approval_request"
    APPROVAL_DECIDE = "approval_decide"
    APPROVAL_IMPORT = "approval_import"
    RECORDS_READ = "records_read"
    RECORDS_PURGE = "records_purge"
    SCORE = "score"
    SUMMARISE = "summarise"


_DESK = frozenset({
    Permission.SUGGEST, Permission.READ_SUGGESTIONS, Permission.CHECK, Permission.SEARCH, Permission.SUMMARISE,
})  # fmt: skip
_ASKING = frozenset({Permission.APPROVAL_READ, Permission.APPROVAL_REQUEST})
_SHELF = frozenset({Permission.SEARCH, Permission.CHECK, Permission.KB_READ})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _DESK | _ASKING,
    Role.SUPERVISOR: _DESK | _ASKING | {Permission.APPROVAL_DECIDE, Permission.RECORDS_READ, Permission.SCORE},
    Role.KB_EDITOR: _SHELF | {Permission.KB_WRITE},
    Role.KB_REVIEWER: _SHELF | {Permission.KB_REVIEW, Permission.KB_PUBLISH, Permission.RULES_CONFIRM},
    Role.EVALUATOR: _DESK | {Permission.APPROVAL_READ, Permission.SCORE},
    Role.ADMIN: frozenset(Permission),
}


def may(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]
