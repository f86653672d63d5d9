"""What one kind of message is made of: its words, and the fields that they name (E4)."""

from dataclasses import dataclass
from string import Formatter

from exam_ops.rules.text import Text


@dataclass(frozen=True, slots=True)
class Words:
    """One kind of message. `also` names fields that its callers give though these words leave them out."""

    event: str
    label: Text
    title: Text
    body: Text
    also: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """What every caller gives, and so all that other words may name."""
        own = (names(text) for both in (self.title, self.body) for text in (both.zh, both.en))
        return frozenset(self.also).union(*own)


def names(text: str) -> frozenset[str]:
    """The placeholders of a text as written between their braces; raises ValueError when a brace stands alone."""
    parts = Formatter().parse(text)
    return frozenset(_written(name, spec, turned) for _, name, spec, turned in parts if name is not None)


def _written(name: str, spec: str | None, turned: str | None) -> str:
    """`{name!r:>9}` is no name: whatever reaches into a value stays part of it, and is so refused as unknown."""
    return name + (f"!{turned}" if turned else "") + (f":{spec}" if spec else "")
