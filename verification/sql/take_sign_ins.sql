-- A batch of checks taken in by one statement (C0, C12): token, scope, window, idempotent store, moves, counters,
-- event rows. The PostgreSQL adapter of verification/services/sign_ins.py, which says what each step means; the
-- same tests hold both to the same answers.
--
-- It takes what phones send all day: checks of one room's candidates by its own proctor, passed, failed, late,
-- outside the window, and the same again. NULL, with nothing written, hands the batch to the other adapter: no such
-- token, an item that it can't place, items of two rooms, an id used for something else, a candidate who waits for
-- the chief, owes evidence or may have been kept since the paper before (留考).
--
-- `items` are those of verification/services/at_once.py, each with a key of its own; `people` are the sittings
-- they name; `phone` is the one that they come from, `numbers` are those it gave them.
-- Plans are laid once and by index alone: the hottest write must not change its plan on exam morning.
CREATE OR REPLACE FUNCTION verification_missing(seen int8multirange, told bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $missing$
    SELECT GREATEST(told, COALESCE(upper(seen) - 1, 0)) - COALESCE(sum(upper(run) - lower(run)), 0)::bigint
    FROM unnest(seen) AS run
$missing$;

CREATE OR REPLACE FUNCTION verification_take_sign_ins(
    hashed text, roles text[], at timestamptz, sent timestamptz, people bigint[], items json, batch uuid,
    phone text, numbers int8multirange, told integer
) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off
AS $take$
#variable_conflict use_column
DECLARE
    who bigint;
    sites bigint[];
    in_unit bigint;
    in_room bigint;
    placed integer;
    special boolean;
    wanted integer;
    stored integer;
    answer json;
BEGIN
    SELECT token.user_id, array_agg(membership.site_id) INTO who, sites
    FROM core_accesstoken AS token
    JOIN core_user AS account ON account.id = token.user_id
    JOIN core_membership AS membership ON membership.user_id = account.id AND membership.role = ANY(roles)
    WHERE token.digest = hashed AND account.is_active AND token.device_id IS NOT NULL
        AND (token.expiry IS NULL OR token.expiry > at)
    GROUP BY token.user_id;
    IF who IS NULL THEN RETURN NULL; END IF;

    -- All stand in the room of the first, or the batch is no ordinary one.
    SELECT sitting.site_unit_id, sitting.room_session_id INTO in_unit, in_room
    FROM core_sitting AS sitting WHERE sitting.id = people[1];
    PERFORM 1 FROM core_rosterrow AS duty WHERE duty.room_session_id = in_room AND duty.proctor_id = who;
    IF NOT FOUND THEN RETURN NULL; END IF;

    -- In the order of all writers: the site unit against jumps and decisions, then sittings, then the room.
    PERFORM 1 FROM core_siteunit AS site_unit
    WHERE site_unit.id = in_unit AND site_unit.site_id = ANY(sites) FOR SHARE;
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT count(*) FILTER (WHERE site_unit_id = in_unit AND room_session_id = in_room), bool_or(
        entry_status = 'pending' OR (held_over AND entry_status = 'not_signed_in')
        OR (emergency AND entry_status IN ('not_signed_in', 'absent'))
    )
    INTO placed, special
    FROM (
        SELECT sitting.entry_status, sitting.emergency, sitting.held_over, sitting.site_unit_id, sitting.room_session_id
        FROM core_sitting AS sitting WHERE sitting.id = ANY(people) ORDER BY sitting.id FOR NO KEY UPDATE
    ) AS held;
    IF special OR placed <> cardinality(people) THEN RETURN NULL; END IF;

    WITH place AS MATERIALIZED ( -- once a room, not once an item
        SELECT room.id, room.app_locked_out, room.site_unit_id, unit.plan_id, plan.clock_offset,
            duty.checked_at IS NULL AS unchecked, site_unit.manual_check_for_all,
            site_unit.entry_opens_at AS opens, site_unit.entry_closes_at AS closes,
            at >= site_unit.entry_closes_at AS closed,
            at >= site_unit.entry_closes_at
                AND (site_unit.stopped_at IS NULL OR site_unit.stopped_at > site_unit.entry_closes_at) AS settled,
            at + plan.clock_offset - sent AS skew
        FROM core_roomsession AS room
        JOIN core_siteunit AS site_unit ON site_unit.id = room.site_unit_id
        JOIN core_timeunit AS unit ON unit.id = site_unit.unit_id
        JOIN core_examplan AS plan ON plan.id = unit.plan_id
        JOIN core_rosterrow AS duty ON duty.room_session_id = room.id AND duty.proctor_id = who
        WHERE room.id = in_room
    ), heard AS (
        SELECT item.*, sitting.entry_status AS origin, sitting.failed_attempts AS failed_before,
            sitting.room_session_id, sitting.emergency OR sitting.has_client_session AS has_sign
        FROM json_to_recordset(items) AS item(
            n integer, k uuid, f text, r text, s bigint, t text, m text, o text, c double precision, d text,
            q integer, a timestamptz
        )
        JOIN core_sitting AS sitting ON sitting.id = item.s
    ), ground AS (
        SELECT heard.*, place.site_unit_id, place.plan_id, place.clock_offset, place.unchecked, place.closed,
            place.settled, place.skew, has_sign OR place.app_locked_out AS spared,
            CASE
                WHEN at < opens OR a - clock_offset + COALESCE(skew, INTERVAL '0') < opens
                    OR a - clock_offset + COALESCE(skew, INTERVAL '0') >= closes THEN 'not_open'
                WHEN o = 'passed' AND origin = 'rejected' THEN 'entry_rejected'
                WHEN m = 'manual' AND NOT manual_check_for_all THEN 'manual_not_allowed'
                ELSE ''
            END AS code,
            known.id IS NOT NULL AS is_known, known.code AS known_code,
            known.id IS NOT NULL AND (known.fingerprint <> f OR known.proctor_id <> who) AS is_other
        FROM heard
        JOIN place ON place.id = heard.room_session_id
        LEFT JOIN verification_signin AS known ON known.id = heard.k
    ), judged AS MATERIALIZED (
        SELECT ground.*, NOT is_known AND NOT bool_or(is_other) OVER () AS is_fresh,
            min(n) FILTER (WHERE NOT is_known AND code = '' AND o = 'passed') OVER person AS first_pass,
            origin IN ('not_signed_in', 'absent') AS may_move
        FROM ground WINDOW person AS (PARTITION BY s)
    ), fresh AS MATERIALIZED (
        SELECT judged.*, COALESCE(may_move AND n = first_pass, false) AS lets_in FROM judged WHERE is_fresh
    ), person AS MATERIALIZED (
        SELECT s, room_session_id, origin, closed OR origin = 'absent' AS is_late, bool_or(lets_in) AS moves,
            count(*) FILTER (WHERE code = '' AND o = 'failed') AS failed,
            failed_before = 0 AND origin NOT IN ('signed_in', 'approved') AS was_free, failed_before
        FROM fresh GROUP BY s, room_session_id, origin, closed, failed_before
    ), put AS (
        INSERT INTO verification_signin (
            id, sitting_id, room_session_id, proctor_id, reported_id, reported_sitting, reported, device_id,
            device_seq, method, outcome, score, captured_at, received_at, skew_ms, status, code, effective, late,
            proctor_unchecked, photo, fingerprint, batch
        )
        SELECT k, s, room_session_id, who, r, t, '{}'::jsonb, d, q, m, o, c, a, at,
            floor(extract(epoch FROM skew) * 1000), CASE code WHEN '' THEN 'created' ELSE 'rejected' END, code,
            lets_in, code = '' AND closed, unchecked, '', f, batch
        FROM fresh ORDER BY n
        ON CONFLICT (id) DO NOTHING RETURNING 1
    ), moved AS (
        UPDATE core_sitting AS sitting SET
            entry_status = CASE WHEN moves THEN 'signed_in' ELSE sitting.entry_status END,
            entry_moved_at = CASE WHEN moves THEN at ELSE sitting.entry_moved_at END,
            late = sitting.late OR (moves AND is_late),
            failed_attempts = sitting.failed_attempts + failed
        FROM person WHERE sitting.id = person.s AND (moves OR failed > 0)
    ), counted AS (
        UPDATE core_roomsession AS room SET
            signed_in = room.signed_in + moved, absent = room.absent - back,
            failed_only = room.failed_only + newly_failed - unblocked, revision = room.revision + 1,
            last_sign_in_at = CASE WHEN moved > 0 THEN at ELSE room.last_sign_in_at END
        FROM (
            SELECT room_session_id, count(*) FILTER (WHERE moves) AS moved,
                count(*) FILTER (WHERE moves AND origin = 'absent') AS back,
                count(*) FILTER (WHERE was_free AND failed > 0) AS newly_failed,
                count(*) FILTER (WHERE moves AND failed_before + failed > 0) AS unblocked
            FROM person GROUP BY room_session_id
        ) AS change
        WHERE room.id = change.room_session_id AND (moved > 0 OR newly_failed > 0)
    ), logged AS (
        INSERT INTO core_event (
            kind, at, plan_at, actor_id, plan_id, site_unit_id, room_session_id, sitting_id, subject, data
        )
        SELECT 'sign_in.' || CASE WHEN code <> '' THEN 'rejected' WHEN closed THEN 'late' ELSE o END, at,
            at + clock_offset, who, plan_id, site_unit_id, room_session_id, s, k::text,
            jsonb_build_object('effective', lets_in, 'code', code)
        FROM fresh ORDER BY n
    )
    SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM put), bool_or(is_other),
        json_build_object(
            'plan_at', max(at + clock_offset),
            'results', json_agg(
                json_build_array(
                    CASE
                        WHEN COALESCE(known_code, code) <> '' THEN 'rejected'
                        WHEN is_known THEN 'duplicate'
                        ELSE 'created'
                    END,
                    NULLIF(COALESCE(known_code, code), ''),
                    CASE
                        WHEN may_move AND first_pass IS NOT NULL THEN 'signed_in'
                        WHEN settled AND NOT spared AND origin IN ('not_signed_in', 'pending') THEN 'absent'
                        ELSE origin
                    END
                ) ORDER BY n
            )
        )
    INTO wanted, stored, special, answer FROM judged;
    IF special THEN RETURN NULL; END IF;
    IF wanted <> stored THEN -- the id came to another room at the same moment: undone, and told by the other adapter
        RAISE EXCEPTION 'an id came twice at once' USING ERRCODE = 'unique_violation';
    END IF;

    IF told IS NOT NULL OR NOT isempty(numbers) THEN
        INSERT INTO verification_phonetally AS tally (room_session_id, device_id, last_seq, seen, missing, heard_at)
        VALUES (in_room, phone, COALESCE(told, 0), numbers, verification_missing(numbers, COALESCE(told, 0)), at)
        ON CONFLICT (room_session_id, device_id) DO UPDATE SET
            last_seq = GREATEST(tally.last_seq, EXCLUDED.last_seq), seen = tally.seen + EXCLUDED.seen,
            missing = verification_missing(
                tally.seen + EXCLUDED.seen, GREATEST(tally.last_seq, EXCLUDED.last_seq)
            ),
            heard_at = at
        WHERE tally.last_seq < EXCLUDED.last_seq OR NOT tally.seen @> EXCLUDED.seen;
    END IF;
    RETURN answer;
END $take$;
