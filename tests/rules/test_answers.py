"""Answers form a join: order and repetition of merges never matter, blank never overwrites."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules.answers import Answer, join, merge, package_name

T = datetime(2026, 1, 17, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def answer(value, seconds=0, question="1"):
    return Answer(question, value, T + seconds * SECOND)


def counts(result):
    return result.added, result.updated, result.unchanged, result.blank_ignored


def paper(*answers):
    return merge({}, answers).answers


# --- One question ---


@pytest.mark.parametrize(("seconds", "stands"), [(-1, "A"), (1, "B")])
def test_the_later_answer_stands(seconds, stands):
    assert join(answer("A"), answer("B", seconds)).value == stands


def test_at_the_same_second_the_greater_sha256_stands():
    greater = max("A", "B", key=lambda value: hashlib.sha256(value.encode()).digest())
    assert join(answer("A"), answer("B")).value == greater
    assert join(answer("B"), answer("A")).value == greater


@pytest.mark.parametrize("blank", [None, "", " \t\n", "\u3000", [], {}, [""], {"a": None}, [[], {"b": " "}]])
def test_a_blank_never_overwrites_however_late(blank):
    assert join(answer("A"), answer(blank, 3600)).value == "A"


@pytest.mark.parametrize("value", ["0", 0, False, "×", ["", "B"], {"a": "", "b": 1}])
def test_what_is_not_blank_overwrites_a_later_blank(value):
    assert not answer(value).is_blank
    assert join(answer("", 3600), answer(value)).value == value


def test_the_same_instant_in_another_offset_is_no_later():
    beijing = (T).astimezone(timezone(timedelta(hours=8)))
    assert join(answer("A"), Answer("1", "B", beijing)) == join(answer("A"), answer("B"))


def test_a_time_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        Answer("1", "A", T.replace(tzinfo=None))


# --- Counts ---


@pytest.mark.parametrize(
    ("stored", "incoming", "expected"),
    [
        ([], [answer("A")], (1, 0, 0, 0)),
        ([answer("A")], [answer("B", 1)], (0, 1, 0, 0)),
        ([answer("A")], [answer("B", -1)], (0, 0, 1, 0)),
        ([answer("A")], [answer("A")], (0, 0, 1, 0)),
        ([answer("A")], [answer("A", 1)], (0, 0, 1, 0)),
        ([answer("A")], [answer("", 1)], (0, 0, 0, 1)),
        ([], [answer("")], (0, 0, 0, 1)),
        ([answer("")], [answer("A", -1)], (1, 0, 0, 0)),
        ([], [answer("A"), answer("B", 1)], (1, 0, 0, 0)),
        ([answer("A")], [answer("B", 1), answer("C", 1, "2"), answer(None, 1, "3")], (1, 1, 0, 1)),
    ],
)
def test_what_came_in_is_counted_once_per_question(stored, incoming, expected):
    assert counts(merge(paper(*stored), incoming)) == expected


def test_only_what_changed_is_to_be_written():
    result = merge(paper(answer("A"), answer("A", 0, "2")), [answer("B", 1), answer("B", -1, "2")])
    assert result.changes == {"1": answer("B", 1)}
    assert result.answers == {"1": answer("B", 1), "2": answer("A", 0, "2")}


def test_the_same_value_given_later_keeps_the_later_time():
    assert merge(paper(answer("A")), [answer("A", 1)]).changes == {"1": answer("A", 1)}


def test_uploading_twice_changes_nothing():
    package = [answer("A"), answer("", 0, "2")]
    again = merge(paper(*package), package)
    assert again.changes == {}
    assert counts(again) == (0, 0, 1, 1)


def test_what_was_stored_is_not_touched():
    stored = paper(answer("A"))
    merge(stored, [answer("B", 1)])
    assert stored == paper(answer("A"))


# --- The laws ---

values = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "A", "B", "1", "\ud800"]),
    st.integers(0, 1),
    st.booleans(),
    st.just(["A", ""]),
)
answers = st.builds(answer, values, st.integers(-1, 1), st.sampled_from(["1", "2", "3"]))
papers = st.lists(answers, max_size=8).map(lambda some: paper(*some))


def union(a, b):
    return merge(a, b.values()).answers


def ranks(some):
    return {question: one.rank for question, one in some.items()}


def at_most(a, b):
    return all(question in b and one.rank <= b[question].rank for question, one in a.items())


@given(papers)
def test_merging_is_idempotent(a):
    assert ranks(union(a, a)) == ranks(a)


@given(papers, papers)
def test_merging_is_commutative(a, b):
    assert ranks(union(a, b)) == ranks(union(b, a))


@given(papers, papers, papers)
def test_merging_is_associative(a, b, c):
    assert ranks(union(union(a, b), c)) == ranks(union(a, union(b, c)))


@given(papers, papers, papers)
def test_merging_is_monotone(a, b, c):
    assert at_most(a, union(a, b))
    assert at_most(union(a, c), union(union(a, b), c))


@given(st.lists(answers, max_size=8), st.randoms())
def test_the_order_inside_a_package_is_free(package, random):
    shuffled = random.sample(package, len(package))
    assert ranks(paper(*shuffled)) == ranks(paper(*package))


@given(papers, papers)
def test_no_answer_is_lost_and_none_becomes_blank(a, b):
    merged = union(a, b)
    assert set(merged) == set(a) | set(b)
    assert all(not merged[q].is_blank for some in (a, b) for q, one in some.items() if not one.is_blank)


@given(papers, st.lists(answers, max_size=8))
def test_the_counts_add_up_to_the_questions_that_came_in(a, package):
    assert sum(counts(merge(a, package))) == len({one.question for one in package})


# --- The package ---


def test_the_name_is_built_from_the_fields():
    content = b'{"answers":[]}'
    digest8 = hashlib.sha256(content).hexdigest()[:8]
    name = package_name("2025Q-W", "0117_1", "2531001200001", "PC_07", T, content)
    assert name == f"2025Q-W_0117_1_2531001200001_PC_07_20260117T090000Z_{digest8}.oap"


@pytest.mark.parametrize(("micro", "stamp"), [(0, "20260117T090000Z"), (999_999, "20260117T090000Z")])
def test_the_name_has_whole_seconds(micro, stamp):
    assert stamp in package_name("p", "u", "t", "m", T.replace(microsecond=micro), b"")


def test_the_name_is_in_utc():
    beijing = T.astimezone(timezone(timedelta(hours=8)))
    assert package_name("p", "u", "t", "m", beijing, b"") == package_name("p", "u", "t", "m", T, b"")


def test_one_changed_byte_changes_the_name():
    assert package_name("p", "u", "t", "m", T, b"a") != package_name("p", "u", "t", "m", T, b"b")


def test_the_name_needs_an_offset():
    with pytest.raises(ValueError, match="offset"):
        package_name("p", "u", "t", "m", T.replace(tzinfo=None), b"")
