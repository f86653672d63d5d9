"""Which moves of one request go together or not at all (对调, C8): who comes to one place by leaving another of the unit."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

Leg = tuple[Hashable, int | None, int | None]  # where it counts (request and unit), who goes, who comes


def together(legs: Sequence[Leg]) -> list[list[int]]:
    """The indices of `legs` in groups, in the order in which each group begins; most are alone.

    A leg is tied to the one by which its incoming person leaves another place: without that they would stand in
    two rooms at once, and that one without it would leave them nowhere.
    """
    leaving: dict[tuple[Hashable, int], list[int]] = defaultdict(list)
    for n, (where, outgoing, _) in enumerate(legs):
        if outgoing is not None:
            leaving[where, outgoing].append(n)
    group_of = {n: [n] for n in range(len(legs))}
    for n, (where, _, incoming) in enumerate(legs):
        for other in leaving.get((where, incoming), ()) if incoming is not None else ():
            if (one := group_of[n]) is not (two := group_of[other]):
                one += two
                group_of.update(dict.fromkeys(two, one))
    return list({id(group): sorted(group) for group in group_of.values()}.values())
