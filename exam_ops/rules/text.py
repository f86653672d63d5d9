"""A sentence in the two languages of the portal."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label, Chinese first, English complete."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh

    @property
    def both(self) -> dict[str, str]:
        """As it is stored; `Text(**stored)` is the way back."""
        return {"zh": self.zh, "en": self.en}

    def say(self, language: str | None) -> str:
        """The sentence in `language` (an IETF tag); anything that is not English is Chinese."""
        return self.en if (language or "").lower().startswith("en") else self.zh

    def format(self, **values: Any) -> "Text":
        """The same sentence with its placeholders filled; `Text` values are filled in their own language."""

        def pick(language: str) -> dict[str, Any]:
            return {k: v.say(language) if isinstance(v, Text) else v for k, v in values.items()}

        return Text(self.zh.format(**pick("zh")), self.en.format(**pick("en")))
