"""Which fields an agent's sentence asks the customer for."""

from copilot.domain.vocabulary import MissingField
from copilot.qa.sentences import Sentence
from copilot.rulebook.qa import AskRules
from copilot.understand.fold import clauses, fold


class Asking:
    def __init__(self, rules: AskRules) -> None:
        self._asks = _folded(rules.asks)
        self._denies = _folded(rules.denies)
        self._fields = {field: _folded(names) for field, names in rules.fields.items()}

    def fields(self, sentence: Sentence) -> list[MissingField]:
        """The fields that it asks for, judged clause by clause: 照片已收到，麻烦再发一下订单号 asks for one."""
        found = []
        asks = False
        for start, end in clauses(sentence.folded):
            clause = sentence.folded[start:end]
            if any(word in clause for word in self._denies):
                asks = False
                continue
            asks = asks or any(word in clause for word in self._asks)
            if asks:
                found += [field for field, names in self._fields.items() if any(name in clause for name in names)]
        return list(dict.fromkeys(found))


def _folded(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(phrase).text for phrase in phrases)
