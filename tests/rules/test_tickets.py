"""What a ticket says."""

from datetime import timedelta

from exam_ops.rules.tickets import ADMISSIONS, ADVICE, PROBLEMS, RULES, Problem, Rule, entry_times
from tests.world import E, T


def test_a_ticket_tells_when_entry_opens_and_closes():
    times = entry_times(T, E)
    assert (times.opens, times.closes) == (T - timedelta(minutes=30), T + timedelta(minutes=30))


def test_every_problem_and_every_rule_has_its_words():
    assert (set(PROBLEMS), set(ADMISSIONS)) == (set(Problem), set(Rule))


def test_a_ticket_tells_that_declining_face_recognition_is_no_disadvantage():
    assert any("不愿人脸识别" in rule.zh and "不影响考试" in rule.zh for rule in RULES)


def test_the_advice_stands_in_both_languages():
    assert all(text.zh and text.en for text in (*RULES, *ADVICE))
