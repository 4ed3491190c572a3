"""What the rules allow for this ticket: entitlements, approvals that count, what is still missing."""
