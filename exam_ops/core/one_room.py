"""Nobody proctors two rooms at once, across plans and sites: held by the database itself (C8, decision 0031).

PostgreSQL: each row of a roster carries the span and the clock of its site unit, laid and followed by triggers, so
that no writer can forget it; an exclusion constraint keeps the spans of one person apart. Spans are plan time: a
drill's jump moves none of them, and a drill (a clock of its own) binds nobody outside it. SQLite has one writer: a
trigger looks at the site units themselves.

New times for a site unit never fail on a roster. Rows that then meet another are *excused*: the constraint passes them
over until the times, or the people, are apart again. Readers derive who stands twice (`proctors/selectors/busy.py`).

The triggers of SQLite are taken away before a migration and laid after it: a table that they name may be rebuilt.
"""

from typing import Any

from django.db import connection
from django.db.models.signals import post_migrate, pre_migrate

ONE_ROOM = "a_proctor_stands_in_one_room_at_a_time"  # the error of both databases bears this name

COLUMNS = """
ALTER TABLE core_rosterrow ADD COLUMN busy tstzrange, ADD COLUMN busy_clock bigint,
    ADD COLUMN excused boolean NOT NULL DEFAULT false
"""

# Half-open; a stop ends it, and before its start leaves nothing of it.
FUNCTIONS = """
CREATE FUNCTION roster_span(starts timestamptz, ends timestamptz, stopped timestamptz, clock_offset interval)
RETURNS tstzrange LANGUAGE sql STABLE AS $$
    SELECT tstzrange(starts, GREATEST(starts, LEAST(ends, stopped + clock_offset)))
$$;

CREATE FUNCTION roster_lay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.room_session_id = OLD.room_session_id AND NEW.proctor_id = OLD.proctor_id THEN
        RETURN NEW;
    END IF;
    SELECT roster_span(u.start, u."end", u.stopped_at, p.clock_offset),
           CASE p.kind WHEN 'drill' THEN p.id ELSE 0 END, false
      INTO NEW.busy, NEW.busy_clock, NEW.excused
      FROM core_roomsession s JOIN core_siteunit u ON u.id = s.site_unit_id
      JOIN core_timeunit t ON t.id = u.unit_id JOIN core_examplan p ON p.id = t.plan_id
     WHERE s.id = NEW.room_session_id;
    RETURN NEW;
END $$;

CREATE FUNCTION roster_settle(people bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE core_rosterrow r SET excused = false  -- looked up row by row: NOT EXISTS would be hashed with the whole table
     WHERE r.excused AND r.proctor_id = ANY(people) AND (
        SELECT o.id FROM core_rosterrow o
         WHERE o.proctor_id = r.proctor_id AND o.id <> r.id AND o.busy_clock = r.busy_clock AND o.busy && r.busy
         LIMIT 1) IS NULL;
EXCEPTION WHEN exclusion_violation THEN  -- somebody else has just placed one of them: they stay excused
    NULL;
END $$;

CREATE FUNCTION roster_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE core_rosterrow r SET excused = true, busy = roster_span(NEW.start, NEW."end", NEW.stopped_at, p.clock_offset)
      FROM core_roomsession s, core_timeunit t JOIN core_examplan p ON p.id = t.plan_id
     WHERE s.id = r.room_session_id AND s.site_unit_id = NEW.id AND t.id = NEW.unit_id;
    RETURN NULL;
END $$;

CREATE FUNCTION roster_followed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM roster_settle(ARRAY(
        SELECT DISTINCT r.proctor_id FROM core_rosterrow r JOIN core_roomsession s ON s.id = r.room_session_id
         WHERE s.site_unit_id = NEW.id));
    RETURN NULL;
END $$;

CREATE FUNCTION roster_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM roster_settle(ARRAY[OLD.proctor_id]);
    RETURN NULL;
END $$
"""

# What already stands twice when this is laid stays, excused: the later row of each two.
FILL = (
    """
    UPDATE core_rosterrow r
       SET busy = roster_span(u.start, u."end", u.stopped_at, p.clock_offset),
           busy_clock = CASE p.kind WHEN 'drill' THEN p.id ELSE 0 END
      FROM core_roomsession s JOIN core_siteunit u ON u.id = s.site_unit_id
      JOIN core_timeunit t ON t.id = u.unit_id JOIN core_examplan p ON p.id = t.plan_id
     WHERE s.id = r.room_session_id
    """,
    """
    UPDATE core_rosterrow r SET excused = true WHERE EXISTS (
        SELECT 1 FROM core_rosterrow o
         WHERE o.proctor_id = r.proctor_id AND o.id < r.id AND o.busy_clock = r.busy_clock AND o.busy && r.busy)
    """,
)

# A row that moves to its own time is excused at once and judged when the transaction commits: of several site units
# that change places, one may lie on another in between.
GUARDS = (
    f"""
    ALTER TABLE core_rosterrow ADD CONSTRAINT {ONE_ROOM} EXCLUDE USING gist (
        int8range(proctor_id, proctor_id, '[]') WITH &&, int8range(busy_clock, busy_clock, '[]') WITH &&, busy WITH &&
    ) WHERE (NOT excused)
    """,
    "CREATE INDEX roster_row_excused ON core_rosterrow (proctor_id) WHERE excused",
    """
    CREATE TRIGGER roster_lay BEFORE INSERT OR UPDATE OF room_session_id, proctor_id ON core_rosterrow
    FOR EACH ROW EXECUTE FUNCTION roster_lay()
    """,
    """
    CREATE TRIGGER roster_left AFTER DELETE OR UPDATE OF room_session_id, proctor_id ON core_rosterrow
    FOR EACH ROW EXECUTE FUNCTION roster_left()
    """,
    """
    CREATE TRIGGER roster_follow AFTER UPDATE OF start, "end", stopped_at ON core_siteunit FOR EACH ROW
    WHEN ((OLD.start, OLD."end", OLD.stopped_at) IS DISTINCT FROM (NEW.start, NEW."end", NEW.stopped_at))
    EXECUTE FUNCTION roster_follow()
    """,
    """
    CREATE CONSTRAINT TRIGGER roster_followed AFTER UPDATE OF start, "end", stopped_at ON core_siteunit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.start, OLD."end", OLD.stopped_at) IS DISTINCT FROM (NEW.start, NEW."end", NEW.stopped_at))
    EXECUTE FUNCTION roster_followed()
    """,
)
AWAY = (
    "DROP FUNCTION IF EXISTS roster_lay() CASCADE",
    "DROP FUNCTION IF EXISTS roster_left() CASCADE",
    "DROP FUNCTION IF EXISTS roster_follow() CASCADE",
    "DROP FUNCTION IF EXISTS roster_followed() CASCADE",
    "DROP FUNCTION IF EXISTS roster_settle(bigint[])",
    "ALTER TABLE core_rosterrow DROP COLUMN busy, DROP COLUMN busy_clock, DROP COLUMN excused",
    "DROP FUNCTION IF EXISTS roster_span(timestamptz, timestamptz, timestamptz, interval)",
)

_MEETS = """
EXISTS (
    SELECT 1 FROM core_roomsession s JOIN core_siteunit u ON u.id = s.site_unit_id
      JOIN core_timeunit t ON t.id = u.unit_id JOIN core_examplan p ON p.id = t.plan_id
      JOIN core_rosterrow r ON r.proctor_id = NEW.proctor_id AND r.id IS NOT NEW.id
      JOIN core_roomsession rs ON rs.id = r.room_session_id JOIN core_siteunit ru ON ru.id = rs.site_unit_id
      JOIN core_timeunit rt ON rt.id = ru.unit_id JOIN core_examplan rp ON rp.id = rt.plan_id
     WHERE s.id = NEW.room_session_id AND rs.id <> s.id
       AND u.starts_at < u.ends_at AND ru.starts_at < ru.ends_at
       AND u.starts_at < ru.ends_at AND ru.starts_at < u.ends_at
       AND CASE p.kind WHEN 'drill' THEN p.id ELSE 0 END = CASE rp.kind WHEN 'drill' THEN rp.id ELSE 0 END)
"""
_MOVED = "(NEW.proctor_id <> OLD.proctor_id OR NEW.room_session_id <> OLD.room_session_id)"
_SQLITE = {
    f"{ONE_ROOM}_insert": f"BEFORE INSERT ON core_rosterrow FOR EACH ROW WHEN {_MEETS}",
    f"{ONE_ROOM}_update": (
        f"BEFORE UPDATE OF proctor_id, room_session_id ON core_rosterrow FOR EACH ROW WHEN {_MOVED} AND {_MEETS}"
    ),
}
_NAMED = {"core_rosterrow", "core_roomsession", "core_siteunit", "core_timeunit", "core_examplan"}


def create(apps: Any, schema_editor: Any) -> None:
    """For `migrations.RunPython`: what PostgreSQL holds; SQLite's part is laid after each migration."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in (COLUMNS, FUNCTIONS, *FILL, "SET CONSTRAINTS ALL IMMEDIATE", *GUARDS):
            schema_editor.execute(statement, params=None)


def drop(apps: Any, schema_editor: Any) -> None:
    """For `migrations.RunPython`, backwards."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in AWAY:
            schema_editor.execute(statement, params=None)


def install() -> None:
    """Connects the signals of SQLite's part; called once, in the core app's `ready()`."""
    pre_migrate.connect(_take_away, dispatch_uid="one_room.take_away")
    post_migrate.connect(_lay, dispatch_uid="one_room.lay")


def _take_away(sender: Any, **kwargs: Any) -> None:
    if sender.label == "core" and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in _SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _lay(sender: Any, **kwargs: Any) -> None:
    if sender.label != "core" or connection.vendor != "sqlite":
        return
    if set(connection.introspection.table_names()) >= _NAMED:
        _take_away(sender)
        with connection.cursor() as cursor:
            for name, when in _SQLITE.items():
                cursor.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{ONE_ROOM}'); END")
