"""The SQL doors to who looks and sounds how: a shop learns that a likeness is held, by which name and since when, never by whom.

Two reservations are confusable when face, voice and the skeleton of the name are the same and their markets meet ("001" is the world).
One advisory lock per likeness makes two shops that hire at the same moment stand in line.
"""

from typing import Final

from tenants.people_access import open_to

LIKENESS: Final = (
    """CREATE FUNCTION others_with_likeness(wanted_market text, wanted_face text, wanted_voice text, wanted_skeleton text, at timestamptz)
    RETURNS TABLE (employee_id uuid, tenant_id uuid, name text, market text, held_since timestamptz, answer text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT r.employee_id, r.tenant_id, r.name, r.market, r.held_since, (
            SELECT CASE WHEN q.decided_at IS NULL THEN 'open' WHEN q.is_accepted THEN 'accepted' ELSE 'declined' END
            FROM likeness_request q WHERE q.name_skeleton = wanted_skeleton AND (
                (q.asking_tenant_id = current_tenant() AND q.holding_employee_id = r.employee_id)
                OR (q.asking_tenant_id = r.tenant_id AND q.holding_tenant_id = current_tenant() AND q.is_accepted))
            ORDER BY q.is_accepted DESC NULLS LAST, q.asked_at DESC LIMIT 1)
        FROM reservation r
        WHERE r.tenant_id <> current_tenant() AND r.face_id = wanted_face AND r.voice_id = wanted_voice
            AND r.name_skeleton = wanted_skeleton AND (r.market = wanted_market OR '001' IN (r.market, wanted_market))
            AND r.released_at IS NULL AND (r.held_until IS NULL OR r.held_until > at)
    $$""",
    """CREATE FUNCTION find_likeness(wanted_market text, wanted_face text, wanted_voice text, wanted_skeleton text, at timestamptz)
    RETURNS TABLE (name text, market text, held_since timestamptz, answer text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT o.name, o.market, o.held_since, o.answer
        FROM others_with_likeness(wanted_market, wanted_face, wanted_voice, wanted_skeleton, at) o ORDER BY o.held_since
    $$""",
    """CREATE FUNCTION reserve_likeness(
        holder uuid, new_market text, new_face text, new_voice text, new_name text, new_skeleton text, at timestamptz, until timestamptz
    ) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws('/', 'likeness', new_face, new_voice, new_skeleton), 0));
        IF EXISTS (SELECT 1 FROM others_with_likeness(new_market, new_face, new_voice, new_skeleton, at) o
                   WHERE o.answer IS DISTINCT FROM 'accepted') THEN
            RETURN false;
        END IF;
        INSERT INTO reservation (employee_id, tenant_id, market, face_id, voice_id, name, name_skeleton, held_since, held_until)
        VALUES (holder, current_tenant(), new_market, new_face, new_voice, new_name, new_skeleton, at, until)
        ON CONFLICT (employee_id) DO UPDATE SET market = new_market, face_id = new_face, voice_id = new_voice, name = new_name,
            name_skeleton = new_skeleton, held_since = CASE WHEN reservation.released_at IS NULL THEN reservation.held_since ELSE at END,
            held_until = until, released_at = NULL
        WHERE reservation.tenant_id = current_tenant();
        RETURN true;
    END $$""",
    """CREATE FUNCTION release_likeness(holder uuid, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        UPDATE reservation SET released_at = at WHERE employee_id = holder AND tenant_id = current_tenant() AND released_at IS NULL
    $$""",
    # Asked once: a shop that said no is not asked again.
    """CREATE FUNCTION ask_for_likeness(
        wanted_market text, wanted_face text, wanted_voice text, wanted_name text, wanted_skeleton text, at timestamptz
    ) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH asked AS (
            INSERT INTO likeness_request (request_id, asking_tenant_id, holding_tenant_id, holding_employee_id, market, name,
                name_skeleton, asked_at)
            SELECT gen_random_uuid(), current_tenant(), o.tenant_id, o.employee_id, wanted_market, wanted_name, wanted_skeleton, at
            FROM others_with_likeness(wanted_market, wanted_face, wanted_voice, wanted_skeleton, at) o WHERE o.answer IS NULL
            RETURNING 1)
        SELECT count(*) FROM asked
    $$""",
    """CREATE FUNCTION likeness_requests_to_me() RETURNS TABLE (
        request_id uuid, employee_id uuid, name text, market text, asked_at timestamptz, decided_at timestamptz, is_accepted boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT q.request_id, q.holding_employee_id, q.name, q.market, q.asked_at, q.decided_at, q.is_accepted
        FROM likeness_request q WHERE q.holding_tenant_id = current_tenant() ORDER BY q.asked_at DESC
    $$""",
    """CREATE FUNCTION answer_likeness_request(answered uuid, accepted boolean, at timestamptz) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH done AS (UPDATE likeness_request SET decided_at = at, is_accepted = accepted
            WHERE request_id = answered AND holding_tenant_id = current_tenant() AND decided_at IS NULL RETURNING 1)
        SELECT EXISTS (SELECT 1 FROM done)
    $$""",
    # A rehired employee answers to the key that still stands on the shop's pages.
    """CREATE FUNCTION take_up_in_directory(old_kind text, old_key text, listed timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        UPDATE directory SET removed_at = NULL, listed_at = listed
        WHERE kind = old_kind AND key = old_key AND tenant_id = current_tenant() AND removed_at IS NOT NULL
    $$""",
    "REVOKE ALL ON FUNCTION others_with_likeness(text, text, text, text, timestamptz) FROM PUBLIC",
    *open_to("find_likeness(text, text, text, text, timestamptz)", "tillhand_app"),
    *open_to("reserve_likeness(uuid, text, text, text, text, text, timestamptz, timestamptz)", "tillhand_app"),
    *open_to("release_likeness(uuid, timestamptz)", "tillhand_app"),
    *open_to("ask_for_likeness(text, text, text, text, text, timestamptz)", "tillhand_app"),
    *open_to("likeness_requests_to_me()", "tillhand_app"),
    *open_to("answer_likeness_request(uuid, boolean, timestamptz)", "tillhand_app"),
    *open_to("take_up_in_directory(text, text, timestamptz)", "tillhand_app"),
)

LIKENESS_PROTECTION: Final[dict[str, tuple[str, ...]]] = {"reservation": LIKENESS}
"""Made once both tables stand."""
