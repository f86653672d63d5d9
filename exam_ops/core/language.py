"""A two-language text in the language of the request."""

from django.utils.translation import get_language

from exam_ops.rules.text import Text


def say(text: Text | str) -> str:
    """The sentence in the active language."""
    return text.say(get_language()) if isinstance(text, Text) else str(text)
