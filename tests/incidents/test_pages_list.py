"""The board of incidents: who sees what, trouble first, counts as filters, live."""

import pytest
from django.urls import reverse

from exam_ops.core.access import actor_for
from incidents import selectors
from incidents.models import Incident
from incidents.services import acts

URL = "/incidents/"


@pytest.mark.parametrize("who", ["proctor", "site_admin", "chief", "branch", "hq", "support", "inspector"])
def test_it_stands_on_the_board_of_its_own_people(page, cast, opened, who):
    incident = opened()
    answer = page(getattr(cast, who)).get(URL)
    assert answer.status_code == 200
    assert incident.number in answer.content.decode()


@pytest.mark.parametrize(
    "who", ["sibling_chief", "sibling_admin", "stranger", "other_branch", "foreign_proctor"]
)
def test_elsewhere_the_board_is_empty(page, cast, opened, who):
    incident = opened()
    text = page(getattr(cast, who)).get(URL).content.decode()
    assert incident.number not in text
    assert "没有待处理的事件" in text


def test_nobody_and_a_candidate_may_not(page, cast):
    assert page(cast.nobody).get(URL).status_code == 403
    assert page(cast.candidate).get(URL).status_code == 403
    assert page().get(URL).status_code == 302


def test_the_worst_stands_first_in_the_own_column(page, cast, opened, world):
    mild, grave = opened("CLI-02"), opened("NET")
    columns = page(cast.chief).get(URL).context["columns"]
    assert (columns[0]["key"], columns[0]["mine"]) == ("site", True)
    assert [line["number"] for line in columns[0]["lines"]] == [grave.number, mild.number]


def test_headquarters_reads_its_own_column_first(page, cast, opened):
    incident = opened("PLT")
    columns = page(cast.hq).get(URL).context["columns"]
    assert [(c["key"], c["total"]) for c in columns] == [("hq", 1), ("branch", 0), ("site", 0)]
    assert columns[0]["lines"][0]["number"] == incident.number


def test_counts_are_filters(page, cast, opened, at):
    acts.acknowledge(opened("NET"), actor=cast.chief, now=at.now)
    opened("CLI-02")
    client = page(cast.chief)
    counts = {c["key"]: c for c in client.get(URL).context["counts"]}
    assert [counts[k]["value"] for k in ("unsolved", "open", "acknowledged", "resolved")] == [2, 1, 1, 0]
    shown = client.get(counts["open"]["url"]).context["columns"][0]["lines"]
    assert [line["code"] for line in shown] == ["CLI-02"]


def cells(answer):
    return {
        (row["level"], cell["grade"]): (cell["count"], cell["overdue"])
        for row in answer.context["ageing"]
        for cell in row["cells"]
        if cell["count"]
    }


def test_level_and_grade_are_counted_with_those_past_their_time(page, cast, opened, world, at):
    opened("NET"), opened("CLI-02", world.room)
    assert cells(page(cast.chief).get(URL)) == {("site", 3): (1, 0), ("site", 4): (1, 0)}
    at("T-18m")
    assert cells(page(cast.chief).get(URL)) == {("site", 3): (1, 1), ("site", 4): (1, 1)}


def test_a_cell_is_a_filter(page, cast, opened, world):
    opened("NET"), opened("CLI-02", world.room)
    client = page(cast.chief)
    [row] = [r for r in client.get(URL).context["ageing"] if r["level"] == "site"]
    shown = client.get(row["cells"][2]["url"]).context
    assert [c["key"] for c in shown["columns"]] == ["site"]
    assert [line["code"] for line in shown["columns"][0]["lines"]] == ["NET"]


@pytest.mark.parametrize(("when", "overdue"), [("T-18m", True), ("T-1081s", False)])
def test_what_nobody_took_in_time_stands_out(page, cast, opened, at, when, overdue):
    opened("NET")  # Ⅲ: two minutes
    at(when)
    answer = page(cast.chief).get(URL)
    [line] = answer.context["columns"][0]["lines"]
    assert line["overdue"] is overdue
    assert ("逾时未确认</span>" in answer.text) is overdue


def test_what_is_past_its_time_goes_before_a_graver_one_that_somebody_took(page, cast, opened, at, world):
    late, grave = opened("NET"), opened("CLI-07")
    acts.acknowledge(grave, actor=cast.chief, now=at.now)
    Incident.objects.filter(pk=grave.pk).update(grade=2)
    at("T-15m")
    lines = page(cast.chief).get(URL).context["columns"][0]["lines"]
    assert [line["number"] for line in lines] == [late.number, grave.number]


def test_headquarters_may_choose_a_branch(page, cast, opened, world):
    opened("NET")
    answer = page(cast.hq).get(URL, {"branch": "B"})
    assert not any(column["total"] for column in answer.context["columns"])


def test_filters_say_how_many(page, cast, opened, world):
    opened("NET"), opened("CLI-02", world.room)
    answer = page(cast.chief).get(URL, {"type": "NET"})
    assert [line["code"] for line in answer.context["columns"][0]["lines"]] == ["NET"]
    types = next(f for f in answer.context["facets"] if f["name"] == "type")
    assert [(o["value"], o["count"]) for o in types["options"]] == [("CLI-02", 1), ("NET", 1)]


def test_what_is_resolved_is_listed_with_cause_and_effect(page, cast, opened, at):
    incident = opened()
    acts.resolve(incident, cause="交换机断电", effect="12 人延后", actor=cast.branch, now=at.now)
    client = page(cast.chief)
    assert incident.number not in client.get(URL).content.decode()
    assert "交换机断电" in client.get(URL, {"status": "resolved"}).content.decode()


def test_the_live_part_is_sent_once(page, cast, opened):
    incident = opened()
    client, url = page(cast.chief), reverse("incident-board")
    first = client.get(url)
    assert incident.number in first.content.decode()
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    opened("CLI-02")
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_workbench_hears_of_what_waits(world, cast, opened, at):
    incident = opened("IDV-05", world.room)

    def mine(user):
        actor = actor_for(user, now=at.now)
        return [line["number"] for line in selectors.my_incidents(actor, at.now)[0]]

    assert mine(cast.chief) == [incident.number]
    assert mine(cast.proctor) == [incident.number]
    assert mine(cast.support) == [incident.number]
    assert mine(cast.next_room) == []
    assert mine(cast.branch) == []
