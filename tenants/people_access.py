"""The SQL doors to what belongs to a person and to no shop: passwords, second factors, links sent by mail, and the mail itself.

These tables are global, so no role may read them. Each function below answers one narrow question or makes one change, and the
changes that must happen once (a link used, a code used) are single statements that only the first caller wins.
"""

from typing import Final


def open_to(signature: str, roles: str) -> tuple[str, str]:
    """Two statements: close a function to the public, and open it to these roles."""
    return f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC", f"GRANT EXECUTE ON FUNCTION {signature} TO {roles}"


PERSON_LINK: Final = (
    """CREATE FUNCTION shops_of(wanted_person uuid) RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT d.tenant_id FROM directory d
        WHERE d.kind = 'member' AND d.subject_id = wanted_person AND d.removed_at IS NULL ORDER BY d.listed_at, d.tenant_id
    $$""",
    """CREATE FUNCTION people_of_shop() RETURNS TABLE (person_id uuid, email text, has_second_factor boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT DISTINCT p.person_id, p.email, f.enrolled_at IS NOT NULL FROM person p
        JOIN directory d ON d.subject_id = p.person_id LEFT JOIN second_factor f ON f.person_id = p.person_id
        WHERE d.kind = 'member' AND d.tenant_id = current_tenant()
    $$""",
    """CREATE FUNCTION password_of_member(wanted_person uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT p.password_hash FROM person p WHERE p.person_id = wanted_person AND EXISTS (SELECT 1 FROM directory d
            WHERE d.kind = 'member' AND d.subject_id = p.person_id AND d.tenant_id = current_tenant() AND d.removed_at IS NULL)
    $$""",
    """CREATE FUNCTION change_password(changed_person uuid, old_hash text, new_hash text) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH changed AS (UPDATE person SET password_hash = new_hash
            WHERE person_id = changed_person AND password_hash = old_hash RETURNING 1)
        SELECT EXISTS (SELECT 1 FROM changed)
    $$""",
    """CREATE FUNCTION add_person_link(new_token text, linked_person uuid, made timestamptz, expires timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        UPDATE person_link SET used_at = made WHERE person_id = linked_person AND used_at IS NULL;
        INSERT INTO person_link (token_sha256, person_id, made_at, expires_at) VALUES (new_token, linked_person, made, expires)
    $$""",
    """CREATE FUNCTION person_of_link(wanted_token text, at timestamptz) RETURNS TABLE (person_id uuid, email text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT p.person_id, p.email FROM person_link l JOIN person p USING (person_id)
        WHERE l.token_sha256 = wanted_token AND l.used_at IS NULL AND l.expires_at > at
    $$""",
    """CREATE FUNCTION set_password_by_link(wanted_token text, new_hash text, at timestamptz) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH used AS (UPDATE person_link SET used_at = at WHERE token_sha256 = wanted_token AND used_at IS NULL AND expires_at > at
            RETURNING person_id)
        UPDATE person SET password_hash = new_hash FROM used WHERE person.person_id = used.person_id RETURNING person.person_id
    $$""",
    *open_to("shops_of(uuid)", "tillhand_app"),
    *open_to("people_of_shop()", "tillhand_app"),
    *open_to("password_of_member(uuid)", "tillhand_app"),
    *open_to("change_password(uuid, text, text)", "tillhand_app"),
    *open_to("add_person_link(text, uuid, timestamptz, timestamptz)", "tillhand_app"),
    *open_to("person_of_link(text, timestamptz)", "tillhand_app"),
    *open_to("set_password_by_link(text, text, timestamptz)", "tillhand_app"),
)

SIGN_UP: Final = (
    """CREATE FUNCTION note_sign_up(new_token text, new_email text, new_shop text, new_zone text, asked timestamptz, expires timestamptz)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        INSERT INTO sign_up (token_sha256, email, shop_name, time_zone, asked_at, expires_at)
        VALUES (new_token, lower(new_email), new_shop, new_zone, asked, expires)
    $$""",
    """CREATE FUNCTION sign_up_of(wanted_token text, at timestamptz) RETURNS TABLE (email text, shop_name text, time_zone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT s.email, s.shop_name, s.time_zone FROM sign_up s
        WHERE s.token_sha256 = wanted_token AND s.used_at IS NULL AND s.expires_at > at
    $$""",
    """CREATE FUNCTION use_sign_up(wanted_token text, at timestamptz) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH used AS (UPDATE sign_up SET used_at = at WHERE token_sha256 = wanted_token AND used_at IS NULL AND expires_at > at RETURNING 1)
        SELECT EXISTS (SELECT 1 FROM used)
    $$""",
    *open_to("note_sign_up(text, text, text, text, timestamptz, timestamptz)", "tillhand_app"),
    *open_to("sign_up_of(text, timestamptz)", "tillhand_app"),
    *open_to("use_sign_up(text, timestamptz)", "tillhand_app"),
)

SECOND_FACTOR: Final = (
    """CREATE FUNCTION second_factor_of(wanted_person uuid) RETURNS TABLE (secret_sealed bytea, enrolled_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT f.secret_sealed, f.enrolled_at FROM second_factor f WHERE f.person_id = wanted_person
    $$""",
    # A new secret replaces one that was never proved; one that is in force has to be removed first.
    """CREATE FUNCTION offer_second_factor(offered_person uuid, new_secret bytea) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        INSERT INTO second_factor (person_id, secret_sealed, last_step) VALUES (offered_person, new_secret, 0)
        ON CONFLICT (person_id) DO UPDATE SET secret_sealed = excluded.secret_sealed WHERE second_factor.enrolled_at IS NULL
    $$""",
    """CREATE FUNCTION enrol_second_factor(enrolled_person uuid, at timestamptz) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH done AS (UPDATE second_factor SET enrolled_at = at WHERE person_id = enrolled_person AND enrolled_at IS NULL RETURNING 1)
        SELECT EXISTS (SELECT 1 FROM done)
    $$""",
    """CREATE FUNCTION use_totp_step(using_person uuid, used_step bigint) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH used AS (UPDATE second_factor SET last_step = used_step WHERE person_id = using_person AND last_step < used_step RETURNING 1)
        SELECT EXISTS (SELECT 1 FROM used)
    $$""",
    """CREATE FUNCTION remove_second_factor(removed_person uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        DELETE FROM recovery_code WHERE person_id = removed_person;
        DELETE FROM second_factor WHERE person_id = removed_person
    $$""",
    """CREATE FUNCTION replace_recovery_codes(owning_person uuid, hashes text[], made timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        DELETE FROM recovery_code WHERE person_id = owning_person;
        INSERT INTO recovery_code (person_id, code_sha256, made_at) SELECT owning_person, unnest(hashes), made
    $$""",
    """CREATE FUNCTION use_recovery_code(using_person uuid, wanted_hash text, at timestamptz) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        WITH used AS (UPDATE recovery_code SET used_at = at
            WHERE person_id = using_person AND code_sha256 = wanted_hash AND used_at IS NULL RETURNING 1)
        SELECT EXISTS (SELECT 1 FROM used)
    $$""",
    """CREATE FUNCTION recovery_codes_left(wanted_person uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT count(*) FROM recovery_code WHERE person_id = wanted_person AND used_at IS NULL
    $$""",
    *open_to("second_factor_of(uuid)", "tillhand_app"),
    *open_to("offer_second_factor(uuid, bytea)", "tillhand_app"),
    *open_to("enrol_second_factor(uuid, timestamptz)", "tillhand_app"),
    *open_to("use_totp_step(uuid, bigint)", "tillhand_app"),
    *open_to("remove_second_factor(uuid)", "tillhand_app"),
    *open_to("replace_recovery_codes(uuid, text[], timestamptz)", "tillhand_app"),
    *open_to("use_recovery_code(uuid, text, timestamptz)", "tillhand_app"),
    *open_to("recovery_codes_left(uuid)", "tillhand_app"),
)

MAIL: Final = (
    """CREATE FUNCTION write_mail(new_mail uuid, new_recipient text, new_subject text, new_body text, written timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        INSERT INTO mail_outbox (mail_id, recipient, subject, body, written_at, state, attempts, next_try_at)
        VALUES (new_mail, new_recipient, new_subject, new_body, written, 'waiting', 0, written);
        SELECT pg_notify('tillhand_outbox', '')
    $$""",
    # The try is counted and the next one set before the letter leaves, so a letter that kills its process is given up in the end.
    """CREATE FUNCTION claim_mail(at timestamptz, count_max int)
    RETURNS TABLE (mail_id uuid, recipient text, subject text, body text, attempts int)
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        UPDATE mail_outbox m SET attempts = m.attempts + 1, next_try_at = at + make_interval(secs => least(30 * 2 ^ m.attempts, 3600))
        WHERE m.mail_id IN (SELECT w.mail_id FROM mail_outbox w WHERE w.state = 'waiting' AND w.next_try_at <= at
            ORDER BY w.next_try_at LIMIT count_max FOR UPDATE SKIP LOCKED)
        RETURNING m.mail_id, m.recipient, m.subject, m.body, m.attempts
    $$""",
    # A letter that was sent or given up is emptied: its links are keys, and nobody needs a second copy.
    """CREATE FUNCTION settle_mail(settled_mail uuid, new_state text, why text, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        UPDATE mail_outbox SET state = new_state, last_error = why, settled_at = CASE WHEN new_state = 'waiting' THEN NULL ELSE at END,
            body = CASE WHEN new_state = 'waiting' THEN body ELSE '' END
        WHERE mail_id = settled_mail AND state = 'waiting'
    $$""",
    *open_to("write_mail(uuid, text, text, text, timestamptz)", "tillhand_app"),
    *open_to("claim_mail(timestamptz, int)", "tillhand_intake"),
    *open_to("settle_mail(uuid, text, text, timestamptz)", "tillhand_intake"),
    "GRANT SELECT ON mail_outbox TO tillhand_operator",
)

PEOPLE_PROTECTION: Final[dict[str, tuple[str, ...]]] = {
    "person_link": PERSON_LINK,
    "sign_up": SIGN_UP,
    "second_factor": SECOND_FACTOR,
    "mail_outbox": MAIL,
}
