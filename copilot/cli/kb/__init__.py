"""The commands of `copilot kb`, one file for each kind of work."""
