"""Pages of the door whose middle is polled: one address gives the page, and to htmx its live fragment alone."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

from exam_ops.core.pages import Page
from exam_ops.core.polls import Basis
from exam_ops.core.watched import Key
from verification.selectors.kept_figures import Kept
from verification.views import words

MINUTE = timedelta(minutes=1)


class LivePage(Page):
    """`fragment` is the template of the polled part; it stands in `template` as well."""

    action = "sign_in.see"
    fragment = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    @property
    def is_poll(self) -> bool:
        """Whether htmx asks for the fragment."""
        return bool(getattr(self.request, "htmx", False))

    def poll(
        self,
        mark: Any,
        offset: timedelta | None,
        draw: Callable[[], dict[str, Any]],
        *,
        about: tuple[Key, ...] = (),
        until: datetime | None = None,
    ) -> HttpResponseBase:
        """The fragment, or 304 when neither `mark` nor the actor's grants have changed; `offset` is the plan's.

        `about` are the facts that the fragment depends on beside who asks (`core.watched`); by itself it
        changes at `until`, else with the minute. Without `about` every poll comes here.
        """
        response = self.live(
            (self._who(), mark, self.request.GET.urlencode()),
            lambda: self.show(draw(), template=self.fragment),
        )
        if offset is not None:
            response["X-Clock-Now"] = (self.now + offset).isoformat()
            if about:
                self._lay(response, Basis(self.facts(*about), until or next_minute(self.now), offset))
        return response

    def poll_figures(
        self,
        look: Callable[[datetime], Kept],
        draw: Callable[[Kept], dict[str, Any]],
        *,
        offset: timedelta,
        about: tuple[Key, ...],
    ) -> HttpResponseBase:
        """The fragment of figures that `look` keeps; 304 to who has the same, or later ones from another process."""
        found = look(self.now)
        etag = _FiguresTag.of(
            (self._who(), self.request.get_full_path(), self.request.LANGUAGE_CODE), found, self.now
        )
        given = self.request.headers.get("If-None-Match", "")
        response: HttpResponseBase
        if etag.is_answered_by(given):
            response = HttpResponseNotModified(headers={"ETag": given})
        else:
            response = self.show(draw(found), template=self.fragment)
            response["ETag"] = str(etag)
            response["Cache-Control"] = "private, no-cache"
            response["X-As-Of"] = as_of(found, offset)
        response["X-Clock-Now"] = (self.now + offset).isoformat()
        self._lay(
            response,
            Basis(
                self.facts(*about),
                next_minute(self.now),
                offset,
                mark=lambda now: look(now).mark,
                marked=found.mark,
                headers=lambda now: {"X-As-Of": as_of(look(now), offset)},
            ),
        )
        return response

    def page(self, context: dict[str, Any]) -> HttpResponse:
        """The whole page; kept by no cache but the browser's own, which asks first."""
        response = self.show(context)
        response["Cache-Control"] = "private, no-cache"
        return response

    def facts(self, *about: Key) -> tuple[Key, ...]:
        """Who asks, and what about: keys of `core.watched`."""
        session = self.request.session.session_key or ""
        return ("session", session), ("account", str(self.actor.user.pk)), *about

    def _who(self) -> Any:
        grants = sorted(
            (g.role.value, g.branch_id or 0, g.site_id or 0, g.centre_id or 0) for g in self.actor.grants
        )
        return self.actor.user.pk, grants

    @staticmethod
    def _lay(response: HttpResponseBase, basis: Basis) -> None:
        response.poll_basis = basis  # type: ignore[attr-defined]  # read by core.polls


class _FiguresTag:
    """ETag of kept figures: what is looked at, the state of the figures, as of when (ms)."""

    def __init__(self, view: str, state: str, at: int) -> None:
        self.view, self.state, self.at = view, state, at

    @classmethod
    def of(cls, view: Any, found: Kept, now: datetime) -> "_FiguresTag":
        minute = int(now.timestamp() // 60)
        return cls(_hash(view), _hash((found.mark, minute)), int(found.as_of.timestamp() * 1000))

    def is_answered_by(self, given: str) -> bool:
        """Whether a caller who has `given` has these figures, or later ones."""
        view, _, rest = given.strip('"').partition(".")
        state, _, at = rest.partition(".")
        return view == self.view and (state == self.state or (at.isdecimal() and int(at) > self.at))

    def __str__(self) -> str:
        return f'"{self.view}.{self.state}.{self.at}"'


def _hash(what: Any) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def as_of(found: Kept, offset: timedelta) -> str:
    """The time on the plan's clock as of which figures hold."""
    return words.clock_face(found.as_of + offset)


def next_minute(now: datetime) -> datetime:
    """When ages, and what is usual by now, are said anew."""
    return now.replace(second=0, microsecond=0) + MINUTE
