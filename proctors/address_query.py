"""What a list is asked for in its address: read from it, and written as an address again."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.urls import reverse

LONG = 40


@dataclass(frozen=True, slots=True)
class AddressQuery:
    """The fields of a list's own class are its parameters; an empty text means that nothing was asked for."""

    url_name: ClassVar[str]
    known: ClassVar[Mapping[str, Collection[str]]]  # fields that take these words alone

    @classmethod
    def of(cls, given: QueryDict) -> Self:
        """Reads an address; what it can't mean is left out."""
        said = {field.name: given.get(field.name, "").strip()[:LONG] for field in fields(cls)}
        return cls(**{name: text for name, text in said.items() if text in cls.known.get(name, (text,))})

    def address(self, name: str = "", **other: Any) -> str:
        """Its address, or that of the page of this name asked alike, with some of it otherwise."""
        said = asdict(self) | other
        return reverse(name or self.url_name, query={key: str(value) for key, value in said.items() if value})
