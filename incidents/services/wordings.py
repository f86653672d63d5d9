"""Headquarters' own words in place of the portal's: judged, previewed, kept, and taken back (E4)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction

from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid, NotFound
from exam_ops.core.models import User
from exam_ops.rules.text import Text
from incidents.models import Template
from incidents.services import templates
from incidents.services.templates import EVENTS, Words

TITLE, BODY = 200, 2000  # characters at most

# What a field looks like in a preview; one that is not here shows its name.
_SAMPLES: dict[str, Text] = {
    "grade": Text("Ⅱ", "Ⅱ"),
    "type": Text("考点网络故障", "Site network down"),
    "site": Text("城东考点", "Eastern site"),
    "unit": Text("第1单元", "Unit 1"),
    "number": Text("E-0001", "E-0001"),
    "minutes": Text("2", "2"),
    "count": Text("3", "3"),
    "end": Text("10:00", "10:00"),
}


class TemplateRefused(Invalid):
    code = "template_refused"
    title = Text("模板未保存", "The template was not saved")
    sentence = Text("请按字段旁的说明修改后再保存。", "Correct what stands beside the fields and save again.")


_MISSING = Text(
    "请填写。两种语言都要有，收信人按各自的语言阅读。",
    "Fill this in: both languages are needed, each reader reads their own.",
)
_LONG = Text("最多 {most} 个字符。", "At most {most} characters.")
_BRACE = Text(
    "花括号没有成对。字段写作 {{site}}；要显示花括号本身，请写两个。",
    "A brace stands alone. A field is written {{site}}; for a brace itself write two.",
)
_UNKNOWN = Text(
    "没有字段 {unknown}。可用的字段：{allowed}。", "There is no field {unknown}. There are: {allowed}."
)
_NONE = Text("无", "none")


def words_of(event: str) -> Words:
    """The portal's own words; raises `NotFound`."""
    if event not in EVENTS:
        raise NotFound()
    return EVENTS[event]


def in_force(event: str) -> tuple[Text, Text]:
    """Title and body as they are sent now."""
    return templates.in_force(words_of(event), templates.changed([event]).get(event))


@transaction.atomic
def save(event: str, *, title: Text, body: Text, actor: User, now: datetime) -> Template:
    """Puts words in the place of the portal's own; raises `TemplateRefused` beside the fields, `NotFound`."""
    if errors := list(_errors(words_of(event), title, body)):
        raise TemplateRefused(errors=errors)
    row, _ = Template.objects.update_or_create(
        event=event,
        defaults={"title": title.both, "body": body.both, "changed_by": actor, "changed_at": now},
    )
    events.record("template.saved", now=now, actor=actor, subject=event, title=title.both, body=body.both)
    return row


@transaction.atomic
def reset(event: str, *, actor: User, now: datetime) -> bool:
    """Back to the portal's own words; False when they were in force."""
    words_of(event)
    taken, _ = Template.objects.filter(event=event).delete()
    if taken:
        events.record("template.reset", now=now, actor=actor, subject=event)
    return bool(taken)


def preview(event: str, *, title: Text, body: Text) -> tuple[Text, Text]:
    """The words with sample fields; raises `TemplateRefused`, `NotFound`."""
    words = words_of(event)
    if errors := list(_errors(words, title, body)):
        raise TemplateRefused(errors=errors)
    sample = {name: _SAMPLES.get(name, Text(f"〔{name}〕", f"[{name}]")) for name in words.fields}
    return title.format(**sample), body.format(**sample)


def _errors(words: Words, title: Text, body: Text) -> Iterator[FieldError]:
    for name, both, most in (("title", title, TITLE), ("body", body, BODY)):
        for language, text in both.both.items():
            if (said := _fault(words, text, most)) is not None:
                yield FieldError(f"{name}_{language}", *said)


def _fault(words: Words, text: str, most: int) -> tuple[str, Text] | None:
    """What is wrong with one text: a code and a sentence."""
    if not text.strip():
        return "required", _MISSING
    if len(text) > most:
        return "too_long", _LONG.format(most=most)
    try:
        unknown = templates.names(text) - words.fields
    except ValueError:
        return "lone_brace", _BRACE.format()
    if unknown:
        said = Text(_listed(unknown), _listed(unknown))
        return "unknown_field", _UNKNOWN.format(unknown=said, allowed=_allowed(words))
    return None


def _allowed(words: Words) -> Text:
    listed = _listed(words.fields)
    return Text(listed, listed) if listed else _NONE


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"{{{name}}}" for name in sorted(names))
