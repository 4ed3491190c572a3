"""Takes the noise of document sites out of a text and repairs what can be repaired; everything else stays
whole."""

from kb.clean.cleaner import Cleaned, clean, mend

__all__ = ["Cleaned", "clean", "mend"]
