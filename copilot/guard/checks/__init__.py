"""One check a category; `ALL` says which class judges which category."""

from copilot.domain.vocabulary import Category
from copilot.guard.checks.absolute_claim import AbsoluteClaimCheck
from copilot.guard.checks.buck_passing import BuckPassingCheck
from copilot.guard.checks.disrespect import DisrespectCheck
from copilot.guard.checks.illegal_denial import IllegalDenialCheck
from copilot.guard.checks.internal_leak import InternalLeakCheck
from copilot.guard.checks.off_platform import OffPlatformCheck
from copilot.guard.checks.over_promise_outcome import OverPromiseOutcomeCheck
from copilot.guard.checks.over_promise_time import OverPromiseTimeCheck
from copilot.guard.checks.premature_liability import PrematureLiabilityCheck
from copilot.guard.checks.privacy import PrivacyCheck
from copilot.guard.checks.rules import RuleCheck
from copilot.guard.checks.unauthorized_compensation import UnauthorizedCompensationCheck
from copilot.guard.checks.ungrounded import UngroundedCheck

ALL: dict[Category, type[RuleCheck]] = {
    Category.UNAUTHORIZED_COMPENSATION: UnauthorizedCompensationCheck,
    Category.OVER_PROMISE_OUTCOME: OverPromiseOutcomeCheck,
    Category.OVER_PROMISE_TIME: OverPromiseTimeCheck,
    Category.ABSOLUTE_CLAIM: AbsoluteClaimCheck,
    Category.ILLEGAL_DENIAL: IllegalDenialCheck,
    Category.BUCK_PASSING: BuckPassingCheck,
    Category.DISRESPECT: DisrespectCheck,
    Category.OFF_PLATFORM: OffPlatformCheck,
    Category.PRIVACY: PrivacyCheck,
    Category.PREMATURE_LIABILITY: PrematureLiabilityCheck,
    Category.INTERNAL_LEAK: InternalLeakCheck,
    Category.UNGROUNDED: UngroundedCheck,
}
