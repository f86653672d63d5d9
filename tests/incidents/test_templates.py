"""Words of messages: in both languages, with the fields of their event and no others; changed and taken back."""

import pytest

from exam_ops.core.errors import NotFound
from exam_ops.core.models import Event
from exam_ops.rules.text import Text
from incidents.models import Template
from incidents.services import templates, wordings
from incidents.services.templates import EVENTS, render
from incidents.services.wordings import TemplateRefused

EVENT = "channel.test"
FIELDS = {"channel": "值班室", "by": Text("甲", "A")}
GOOD = {"title": Text("测试 {channel}", "Test {channel}"), "body": Text("{by}{by}", "by {by}")}


@pytest.fixture
def save(world, cast, at):
    return lambda **words: wordings.save(EVENT, **(GOOD | words), actor=cast.hq, now=at.now)


@pytest.mark.parametrize("event", EVENTS)
def test_the_portals_own_words_hold_in_both_languages(db, event):
    words = EVENTS[event]
    filled = dict.fromkeys(words.fields, "x")
    for both in (*render(event, filled), words.label):
        assert both.zh
        assert both.en
    wordings.preview(event, title=words.title, body=words.body)


def test_changed_words_are_used_from_then_on_and_taken_back_by_a_reset(save, cast, at):
    own = render(EVENT, FIELDS)
    save()
    assert render(EVENT, FIELDS) == (Text("测试 值班室", "Test 值班室"), Text("甲甲", "by A"))
    assert Event.objects.get(kind="template.saved").actor == cast.hq
    assert wordings.reset(EVENT, actor=cast.hq, now=at.now) is True
    assert wordings.reset(EVENT, actor=cast.hq, now=at.now) is False
    assert render(EVENT, FIELDS) == own


@pytest.mark.parametrize(
    "unknown",
    [
        "site",
        "channel.name",
        "by.__class__",
        "by[0]",
        "0",
        "",
        "by!r",
        "channel:>1000000000",
        "channel:{by}",
        " by",
    ],
)
def test_an_unknown_field_is_refused_by_name_with_those_that_exist(save, unknown):
    with pytest.raises(TemplateRefused) as refused:
        save(body=Text("好 {by}", f"bad {{{unknown}}}"))
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("body_en", "unknown_field")
    assert f"{{{unknown}}}" in error.detail.en
    assert "{by} {channel}" in error.detail.en
    assert not Template.objects.exists()


@pytest.mark.parametrize(
    ("words", "field", "code"),
    [
        ({"title": Text("标题", "")}, "title_en", "required"),
        ({"title": Text(" ", "Title")}, "title_zh", "required"),
        ({"body": Text("", "Body")}, "body_zh", "required"),
        ({"body": Text("单个 { 括号", "ok")}, "body_zh", "lone_brace"),
        ({"body": Text("ok", "lone }")}, "body_en", "lone_brace"),
        ({"title": Text("长" * 201, "ok")}, "title_zh", "too_long"),
    ],
)
def test_what_else_can_be_wrong_is_refused_beside_its_field(save, words, field, code):
    with pytest.raises(TemplateRefused) as refused:
        save(**words)
    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]


def test_two_braces_are_one_and_a_value_with_braces_stays_itself(save):
    save(title=Text("{{{channel}}}", "{{x}}"))
    assert render(EVENT, {"channel": "{by}", "by": "y"})[0] == Text("{{by}}", "{x}")


def test_words_that_a_later_release_can_not_fill_give_way_to_the_portals_own(save, monkeypatch):
    save()
    own = EVENTS[EVENT]
    less = templates.Words(EVENT, own.label, Text("甲", "A"), Text("乙", "B"))
    monkeypatch.setitem(EVENTS, EVENT, less)
    assert render(EVENT, {}) == (Text("甲", "A"), Text("乙", "B"))


def test_an_event_that_does_not_exist_is_not_found(world, cast, at):
    with pytest.raises(NotFound):
        wordings.save("no.such", **GOOD, actor=cast.hq, now=at.now)
