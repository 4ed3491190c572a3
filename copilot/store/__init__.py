"""SQL of the copilot: suggestions with what they cite, API keys, approvals, the audit chain."""
