"""Who may do what with each table, and the SQL that makes PostgreSQL enforce it.

A table says it in `__table_args__`: `{"info": access(app="SELECT, INSERT")}`. Migrations carry the resulting SQL, and a test
compares the running database with these declarations, so the two cannot drift apart.
"""

from typing import Any

from sqlalchemy import Table

from tenants.likeness_access import LIKENESS_PROTECTION
from tenants.people_access import PEOPLE_PROTECTION

OPERATOR_READS = "SELECT"

GLOBAL_TABLES: dict[str, str] = {
    "directory": "maps a public key, a connection or a sign-in token to its tenant before any tenant is known",
    "person": "one human may work for several tenants, and signs in before choosing one",
    "fx_rate": "a published exchange rate is the same for every tenant",
    "person_link": "a link that resets a password belongs to a person, whichever shops they work for",
    "second_factor": "a person's authenticator is one, whichever shops they work for",
    "recovery_code": "stands in for the authenticator of the same person",
    "sign_up": "a shop that is asked for has no tenant before its address is proved",
    "reservation": "that two shops' employees are never confusable can only be known across shops",
    "likeness_request": "one shop asks another, which stays unnamed, whether a confusable employee may work beside theirs",
    "machine": "a worker works for every shop, and reports in without one",
    "mail_outbox": "letters go to addresses, some of which belong to no tenant yet or any more",
}
"""Tables without a tenant, each with its reason. The app role reaches them only through the functions in FOUNDATION."""


def access(*, app: str, intake: str = "", operator: str = OPERATOR_READS, append_only: bool = False) -> dict[str, Any]:
    """Declare privileges per role for a table's `info`. `append_only` adds a trigger that refuses UPDATE and DELETE to everyone."""
    return {"access": {"app": app, "intake": intake, "operator": operator, "append_only": append_only}}


def protection_of(table: Table) -> dict[str, Any]:
    """Return a table's declared access; a tenant's table without one is a mistake and raises KeyError."""
    declared: dict[str, Any] = table.info["access"]
    return declared


def protect_statements(table: str, *, app: str, intake: str = "", operator: str = OPERATOR_READS, append_only: bool = False) -> list[str]:
    """SQL statements that put one tenant-owned table under row-level security and grant each role its privileges."""
    statements = [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY own_tenant ON "{table}" TO tillhand_app '
        "USING (tenant_id = (SELECT current_tenant())) WITH CHECK (tenant_id = (SELECT current_tenant()))",
    ]
    for role, privileges in (("app", app), ("intake", intake), ("operator", operator)):
        if privileges:
            statements.append(f'GRANT {privileges} ON "{table}" TO tillhand_{role}')
        if privileges and role != "app":
            statements.append(f'CREATE POLICY across_tenants_{role} ON "{table}" TO tillhand_{role} USING (true) WITH CHECK (true)')
    if append_only:
        statements.append(
            f'CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_change()'
        )
    return statements


def grown_statements(table: str, *, role: str, declared: str, granted: frozenset[str]) -> list[str]:
    """SQL statements that give a role what an older table's declaration grants it by now and the database does not yet."""
    wanted = [name.strip() for name in declared.split(",") if name.strip()]
    new = [name for name in wanted if name not in granted]
    if not new:
        return []
    statements = [f'GRANT {", ".join(new)} ON "{table}" TO tillhand_{role}']
    if not granted and role != "app":
        statements.append(f'CREATE POLICY across_tenants_{role} ON "{table}" TO tillhand_{role} USING (true) WITH CHECK (true)')
    return statements


FOUNDATION: tuple[str, ...] = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    # An unset tenant must be an error: an empty result would quietly become wrong money.
    """CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE tenant text := nullif(current_setting('tillhand.tenant', true), '');
    BEGIN
        IF tenant IS NULL THEN RAISE EXCEPTION 'no tenant is set for this session' USING ERRCODE = 'insufficient_privilege'; END IF;
        RETURN tenant::uuid;
    END $$""",
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = 'insufficient_privilege';
    END $$""",
)

LOOK_UPS: tuple[str, ...] = (
    """CREATE FUNCTION look_up(wanted_kind text, wanted_key text) RETURNS TABLE (tenant_id uuid, subject_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT d.tenant_id, d.subject_id FROM directory d WHERE d.kind = wanted_kind AND d.key = wanted_key AND d.removed_at IS NULL
    $$""",
    """CREATE FUNCTION list_in_directory(new_kind text, new_key text, new_subject uuid, listed timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        INSERT INTO directory (kind, key, tenant_id, subject_id, listed_at)
        VALUES (new_kind, new_key, current_tenant(), new_subject, listed)
    $$""",
    """CREATE FUNCTION remove_from_directory(old_kind text, old_key text, removed timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        UPDATE directory SET removed_at = removed WHERE kind = old_kind AND key = old_key AND tenant_id = current_tenant()
    $$""",
    """CREATE FUNCTION find_person(wanted_email text) RETURNS TABLE (person_id uuid, password_hash text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT p.person_id, p.password_hash FROM person p WHERE p.email = lower(wanted_email)
    $$""",
    """CREATE FUNCTION add_person(new_person uuid, new_email text, new_hash text, added timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        INSERT INTO person (person_id, email, password_hash, added_at) VALUES (new_person, lower(new_email), new_hash, added)
    $$""",
)


GLOBAL_PROTECTION: dict[str, tuple[str, ...]] = {
    **PEOPLE_PROTECTION,
    **LIKENESS_PROTECTION,
    "fx_rate": (
        # The rate of a day is that of the last published day up to it, and known once a day at or after it is published.
        """CREATE FUNCTION find_rates(quotes text[], days date[])
    RETURNS TABLE (quote text, asked date, base text, day date, rate_e9 bigint, source text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT w.quote, w.day, r.base, r.day, r.rate_e9, r.source
        FROM unnest(quotes, days) AS w (quote, day)
        CROSS JOIN LATERAL (SELECT f.* FROM fx_rate f WHERE f.quote = w.quote AND f.day <= w.day ORDER BY f.day DESC LIMIT 1) r
        WHERE EXISTS (SELECT 1 FROM fx_rate f WHERE f.quote = w.quote AND f.day >= w.day)
    $$""",
        "REVOKE ALL ON FUNCTION find_rates(text[], date[]) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION find_rates(text[], date[]) TO tillhand_app, tillhand_intake, tillhand_operator",
        "GRANT SELECT, INSERT ON fx_rate TO tillhand_operator",
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON fx_rate FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ),
    "machine": (
        # A shop learns which engines draw talks at the moment, never where or how many.
        """CREATE FUNCTION engines_at_work(heard_since timestamptz) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT DISTINCT unnest(m.engines) FROM machine m WHERE m.seen_at >= heard_since AND NOT m.is_leaving AND m.stage_address IS NOT NULL
    $$""",
        "REVOKE ALL ON FUNCTION engines_at_work(timestamptz) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION engines_at_work(timestamptz) TO tillhand_app, tillhand_intake, tillhand_operator",
        # Which engines draw films at the moment, on how large cards: those of machines that listen for films. Never where.
        """CREATE FUNCTION film_cards_at_work(heard_since timestamptz) RETURNS TABLE (engine text, vram_mb bigint, vram_free_mb bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT unnest(m.engines), m.vram_mb, m.vram_free_mb FROM machine m
        WHERE m.seen_at >= heard_since AND NOT m.is_leaving AND m.queues <> '{}'
    $$""",
        "REVOKE ALL ON FUNCTION film_cards_at_work(timestamptz) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION film_cards_at_work(timestamptz) TO tillhand_app, tillhand_intake, tillhand_operator",
        # Where the web process finds a stage for a talk; a stage has seats, a worker that makes films has none.
        """CREATE FUNCTION stages_at_work(heard_since timestamptz) RETURNS TABLE (address text, engines text[], seats_free integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
        SELECT m.stage_address, m.engines, (m.seats - m.speaking)::integer FROM machine m
        WHERE m.seen_at >= heard_since AND NOT m.is_leaving AND m.stage_address IS NOT NULL AND m.queues = '{}'
        ORDER BY m.seats - m.speaking DESC, m.machine_id
    $$""",
        "REVOKE ALL ON FUNCTION stages_at_work(timestamptz) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION stages_at_work(timestamptz) TO tillhand_intake",
        """CREATE FUNCTION report_machine(reported uuid, facts jsonb, forgotten_before timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        DELETE FROM machine WHERE machine_id = reported OR seen_at < forgotten_before;
        INSERT INTO machine SELECT (jsonb_populate_record(NULL::machine, facts || jsonb_build_object('machine_id', reported))).*
    $$""",
        """CREATE FUNCTION machine_left(gone uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
        DELETE FROM machine WHERE machine_id = gone
    $$""",
        "REVOKE ALL ON FUNCTION report_machine(uuid, jsonb, timestamptz) FROM PUBLIC",
        "REVOKE ALL ON FUNCTION machine_left(uuid) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION report_machine(uuid, jsonb, timestamptz) TO tillhand_intake",
        "GRANT EXECUTE ON FUNCTION machine_left(uuid) TO tillhand_intake",
        "GRANT SELECT ON machine TO tillhand_operator",
    ),
}
"""What a global table brings along in the migration that creates it: its look-ups, its one writer, its guard against change."""


def look_up_grants() -> list[str]:
    """SQL statements that close every function to the public and open the look-ups to the app and intake roles."""
    signatures = {
        "look_up(text, text)": "tillhand_app, tillhand_intake",
        "list_in_directory(text, text, uuid, timestamptz)": "tillhand_app",
        "remove_from_directory(text, text, timestamptz)": "tillhand_app",
        "find_person(text)": "tillhand_app",
        "add_person(uuid, text, text, timestamptz)": "tillhand_app",
    }
    statements: list[str] = []
    for signature, roles in signatures.items():
        statements += [f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC", f"GRANT EXECUTE ON FUNCTION {signature} TO {roles}"]
    return statements
