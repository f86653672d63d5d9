"""Probes for the process manager and the load balancer."""

from dataclasses import asdict

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from exam_ops.core import broker, clock
from exam_ops.core.deadlines import watch


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker and deadline engine are fit for an exam; 503 names what is not.

    A deadline that fails is counted and named but makes nobody unready: everything else goes on, and a
    proxy that took the portal away for it would hold up all.
    """
    try:
        state = watch.state(now=clock.now())
    except DatabaseError:
        return JsonResponse({"status": "not_ready", "problems": ["database_away"]}, status=503)
    problems = state.problems + ([] if broker.is_reachable() else ["broker_away"])
    unfit = set(problems) - watch.FOR_PEOPLE
    body = {"status": "not_ready" if unfit else "ready", "problems": problems, **asdict(state)}
    return JsonResponse(body, status=503 if unfit else 200)
