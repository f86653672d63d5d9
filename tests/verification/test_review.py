"""What people must look at."""

from exam_ops.core.access import actor_for
from tests.verification.helpers import check, send
from verification.selectors import sign_ins


def test_what_could_not_be_applied_waits_for_review(world, api, cast, at):
    send(api(cast.proctor), check(world.sitting, "T-40m"), check(10**9), check(world.sitting))

    def seen(user) -> list[str]:
        return sorted(row.code for row in sign_ins.to_review(actor_for(user, now=at.now)))

    assert seen(cast.chief) == seen(cast.hq) == ["not_open", "unknown_sitting"]
    assert seen(cast.sibling_chief) == seen(cast.proctor) == []


def test_two_phones_on_one_candidate_are_listed(world, api, cast, at):
    send(api(cast.proctor), check(world.sittings["A1/301"][0]), check(world.sittings["A1/301"][1]))
    send(api(cast.proctor), check(world.sittings["A1/301"][0]))
    send(api(cast.second), check(world.sittings["A1/301"][1], device_id="phone-2"))
    [row] = sign_ins.conflicts(actor_for(cast.chief, now=at.now))
    assert (row.sitting, row.device_id) == (world.sittings["A1/301"][1], "phone-2")
