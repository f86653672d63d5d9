-- A batch of checks taken in by one statement (C0, C12): token, scope, window, idempotent store, moves, counters,
-- event rows. The PostgreSQL adapter of verification/services/sign_ins.py, which says what each step means; the
-- same tests hold both to the same answers.
--
-- It takes what phones send all day: checks of one room's candidates by its own proctor, passed, failed, late,
-- outside the window, and the same again. NULL, with nothing written, hands the batch to the other adapter: no such
-- token, an item that it can't place, items of two rooms, an id used for something else, a candidate who waits for
-- the chief, owes evidence or may have been kept since the paper before (留考). So does an error: somebody else
-- moved a candidate, or stored an id, at the same moment.
--
-- `items` are those of verification/services/at_once.py, each with a key of its own; `first_of_all` is the candidate
-- whom the first of them names; `phone` is the one that they come from, `numbers` are those it gave them.
-- Plans are laid once and by index alone: the hottest write must not change its plan on exam morning.
CREATE OR REPLACE FUNCTION verification_missing(seen int8multirange, told bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $missing$
    SELECT GREATEST(told, COALESCE(upper(seen) - 1, 0)) - COALESCE(sum(upper(run) - lower(run)), 0)::bigint
    FROM unnest(seen) AS run
$missing$;

CREATE OR REPLACE FUNCTION verification_take_sign_ins(
    hashed text, roles text[], at timestamptz, sent timestamptz, first_of_all bigint, items json, batch uuid,
    phone text, numbers int8multirange, told integer
) RETURNS json LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off
AS $take$
#variable_conflict use_column
DECLARE
    who bigint;
    sites bigint[];
    in_room bigint;
    in_unit bigint;
    in_plan bigint;
    ahead interval; -- of the plan's clock
    skew interval;
    opens timestamptz;
    closes timestamptz;
    closed boolean;
    settled boolean;
    locked_out boolean;
    unchecked boolean;
    by_hand boolean;
    odd boolean;
    wanted integer;
    done integer;
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

    -- Held first, against jumps and decisions; what stands there is read after whoever was waited for.
    SELECT site_unit.id INTO in_unit
    FROM core_sitting AS sitting JOIN core_siteunit AS site_unit ON site_unit.id = sitting.site_unit_id
    WHERE sitting.id = first_of_all AND site_unit.site_id = ANY(sites)
    FOR SHARE OF site_unit;
    IF NOT FOUND THEN RETURN NULL; END IF;

    -- The room of the first, in which all must stand.
    SELECT room.id, unit.plan_id, plan.clock_offset, at + plan.clock_offset - sent,
        site_unit.entry_opens_at, site_unit.entry_closes_at, at >= site_unit.entry_closes_at,
        at >= site_unit.entry_closes_at
            AND (site_unit.stopped_at IS NULL OR site_unit.stopped_at > site_unit.entry_closes_at),
        room.app_locked_out, duty.checked_at IS NULL, site_unit.manual_check_for_all
    INTO in_room, in_plan, ahead, skew, opens, closes, closed, settled, locked_out, unchecked, by_hand
    FROM core_sitting AS sitting
    JOIN core_roomsession AS room ON room.id = sitting.room_session_id AND room.site_unit_id = in_unit
    JOIN core_rosterrow AS duty ON duty.room_session_id = room.id AND duty.proctor_id = who
    JOIN core_siteunit AS site_unit ON site_unit.id = room.site_unit_id
    JOIN core_timeunit AS unit ON unit.id = site_unit.unit_id
    JOIN core_examplan AS plan ON plan.id = unit.plan_id
    WHERE sitting.id = first_of_all;
    IF NOT FOUND THEN RETURN NULL; END IF;

    WITH ground AS (
        SELECT item.*, sitting.entry_status AS origin, sitting.failed_attempts AS failed_before, sitting.version,
            sitting.emergency OR sitting.has_client_session OR locked_out AS spared,
            CASE
                WHEN at < opens OR a - ahead + COALESCE(skew, INTERVAL '0') < opens
                    OR a - ahead + COALESCE(skew, INTERVAL '0') >= closes THEN 'not_open'
                WHEN o = 'passed' AND sitting.entry_status = 'rejected' THEN 'entry_rejected'
                WHEN m = 'manual' AND NOT by_hand THEN 'manual_not_allowed'
                ELSE ''
            END AS code,
            known.id IS NOT NULL AS is_known, known.code AS known_code,
            sitting.id IS NULL OR sitting.site_unit_id <> in_unit OR sitting.room_session_id IS DISTINCT FROM in_room
                OR sitting.entry_status = 'pending' OR (sitting.held_over AND sitting.entry_status = 'not_signed_in')
                OR (sitting.emergency AND sitting.entry_status IN ('not_signed_in', 'absent'))
                OR known.fingerprint <> f OR known.proctor_id <> who AS is_odd
        FROM ROWS FROM (
            json_to_recordset(items) AS (
                k uuid, f text, r text, s bigint, t text, m text, o text, c double precision, q integer, a timestamptz
            )
        ) WITH ORDINALITY AS item(k, f, r, s, t, m, o, c, q, a, n)
        -- OFFSET 0: each by its key, whatever the size of the tables when the plan was laid
        LEFT JOIN LATERAL (
            SELECT held.*, held.xmin AS version FROM core_sitting AS held WHERE held.id = item.s OFFSET 0
        ) AS sitting ON true
        LEFT JOIN LATERAL (
            SELECT fact.* FROM verification_signin AS fact WHERE fact.id = item.k OFFSET 0
        ) AS known ON true
    ), judged AS MATERIALIZED (
        SELECT ground.*, bool_or(is_odd) OVER () AS any_odd,
            min(n) FILTER (WHERE NOT is_known AND code = '' AND o = 'passed') OVER person AS first_pass,
            origin IN ('not_signed_in', 'absent') AS may_move
        FROM ground WINDOW person AS (PARTITION BY s)
    ), fresh AS MATERIALIZED (
        SELECT judged.*, COALESCE(may_move AND n = first_pass, false) AS lets_in
        FROM judged WHERE NOT is_known AND any_odd IS NOT TRUE
    ), person AS MATERIALIZED ( -- in the order of all writers: after the site unit its sittings, then the room
        SELECT s, version, origin, failed_before, bool_or(lets_in) AS moves, closed OR origin = 'absent' AS is_late,
            count(*) FILTER (WHERE code = '' AND o = 'failed') AS failed,
            failed_before = 0 AND origin NOT IN ('signed_in', 'approved') AS was_free
        FROM fresh GROUP BY s, version, origin, failed_before ORDER BY s
    ), put AS (
        INSERT INTO verification_signin (
            id, sitting_id, room_session_id, proctor_id, reported_id, reported_sitting, reported, device_id,
            device_seq, method, outcome, score, captured_at, received_at, skew_ms, status, code, effective, late,
            proctor_unchecked, photo, fingerprint, batch
        )
        SELECT k, s, in_room, who, r, t, '{}'::jsonb, phone, q, m, o, c, a, at,
            floor(extract(epoch FROM skew) * 1000), CASE code WHEN '' THEN 'created' ELSE 'rejected' END, code,
            lets_in, code = '' AND closed, unchecked, '', f, batch
        FROM fresh
    ), moved AS ( -- as they were read: who was moved meanwhile is left out, and missed below
        UPDATE core_sitting AS sitting SET
            entry_status = CASE WHEN moves THEN 'signed_in' ELSE sitting.entry_status END,
            entry_moved_at = CASE WHEN moves THEN at ELSE sitting.entry_moved_at END,
            late = sitting.late OR (moves AND is_late),
            failed_attempts = sitting.failed_attempts + failed
        FROM person WHERE sitting.id = person.s AND sitting.xmin = person.version AND (moves OR failed > 0)
        RETURNING 1
    ), counted AS (
        UPDATE core_roomsession AS room SET
            signed_in = room.signed_in + moved, absent = room.absent - back,
            failed_only = room.failed_only + newly_failed - unblocked, revision = room.revision + 1,
            last_sign_in_at = CASE WHEN moved > 0 THEN at ELSE room.last_sign_in_at END
        FROM (
            SELECT count(*) FILTER (WHERE moves) AS moved,
                count(*) FILTER (WHERE moves AND origin = 'absent') AS back,
                count(*) FILTER (WHERE was_free AND failed > 0) AS newly_failed,
                count(*) FILTER (WHERE moves AND failed_before + failed > 0) AS unblocked
            FROM person
        ) AS change
        WHERE room.id = in_room AND (moved > 0 OR newly_failed > 0)
    ), logged AS (
        INSERT INTO core_event (
            kind, at, plan_at, actor_id, plan_id, site_unit_id, room_session_id, sitting_id, subject, data
        )
        SELECT 'sign_in.' || CASE WHEN code <> '' THEN 'rejected' WHEN closed THEN 'late' ELSE o END, at,
            at + ahead, who, in_plan, in_unit, in_room, s, k::text,
            jsonb_build_object('effective', lets_in, 'code', code)
        FROM fresh ORDER BY n
    )
    SELECT (SELECT count(*) FROM person WHERE moves OR failed > 0), (SELECT count(*) FROM moved), bool_or(any_odd),
        json_agg(
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
    INTO wanted, done, odd, answer FROM judged;
    IF odd THEN RETURN NULL; END IF;
    IF wanted <> done THEN -- undone, and told by the other adapter
        RAISE EXCEPTION 'somebody moved at the same moment' USING ERRCODE = 'serialization_failure';
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
    RETURN json_build_object('plan_at', at + ahead, 'results', answer);
END $take$;
