"""Puts together characters that were written in parts or by a look-alike (亻尝, 石马, 朂)."""

from copilot.guard.view import Edit
from copilot.rulebook.compliance import Shapes


class ShapeIndex:
    """What a text must contain before anything is looked up is known beforehand: most texts cost one set operation."""

    def __init__(self, shapes: Shapes) -> None:
        self._parts = {word[:-1]: word[-1] for word in shapes.parts}
        self._rare = {word[0]: word[-1] for word in shapes.rare}
        self._firsts = frozenset(pair[0] for pair in self._parts)
        self._seconds = frozenset(pair[1] for pair in self._parts)

    def edits(self, text: str) -> list[Edit]:
        """The characters that were meant, sorted, without overlaps."""
        characters = set(text)
        found: list[Edit] = []
        if not self._parts.keys().isdisjoint(map(str.__add__, text, text[1:])):
            index = 0
            while index < len(text) - 1:
                meant = self._parts.get(text[index : index + 2])
                if meant:
                    found.append(Edit(index, index + 2, meant))
                    index += 1
                index += 1
        if not self._rare.keys().isdisjoint(characters):
            taken = {place for edit in found for place in range(edit.start, edit.end)}
            found.extend(
                Edit(place, place + 1, self._rare[character])
                for place, character in enumerate(text)
                if character in self._rare and place not in taken
            )
            found.sort(key=lambda edit: edit.start)
        return found
