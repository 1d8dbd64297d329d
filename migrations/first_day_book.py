"""Carries a book of the first working day over into the counting house's: revision 0002 runs these statements between its columns.

The first day's book knew one payee, whole contracts at one rate and no months of its own. Each of its transactions gets its kind, its
employee, its month and the working from which it can be recounted; no amount changes. The tables are append-only to every role, so the
owner takes their locks and triggers away for the length of this one transaction.
"""

from typing import Final

TABLES: Final = (
    "contract_version", "shop_order", "order_revision", "attribution_run", "attribution_credit", "ledger_transaction", "posting",
)  # fmt: skip
APPEND_ONLY: Final = ("order_revision", "ledger_transaction", "posting")

_OPEN: Final = (
    *(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY' for table in TABLES),
    *(f'ALTER TABLE "{table}" DISABLE TRIGGER refuse_change' for table in APPEND_ONLY),
)
_CLOSE: Final = (
    *(f'ALTER TABLE "{table}" ENABLE TRIGGER refuse_change' for table in APPEND_ONLY),
    *(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY' for table in TABLES),
)
_FILL: Final = (
    # The hash is of the text as it is kept from now on.
    "UPDATE order_revision SET facts_sha256 = encode(sha256(convert_to(facts, 'UTF8')), 'hex')",
    """UPDATE shop_order o SET is_own_win = EXISTS (
        SELECT FROM attribution_credit c
        WHERE c.tenant_id = o.tenant_id AND c.order_id = o.order_id AND c.revision = o.revision AND c.target_minor <> 0)""",
    r"""UPDATE posting SET payee = 'platform',
        source = regexp_replace(source, '^(employee\..*\.earned)$', '\1.platform'),
        destination = regexp_replace(destination, '^(employee\..*\.earned)$', '\1.platform')""",
    """UPDATE ledger_transaction t SET kind = 'share', employee_id = v.employee_id,
        period_start = date_trunc('month', t.occurred_at AT TIME ZONE (v.terms->>'period_time_zone'))
            AT TIME ZONE (v.terms->>'period_time_zone')
    FROM contract_version v WHERE v.tenant_id = t.tenant_id AND v.contract_version_id = t.contract_version_id""",
    """WITH moved AS (
        SELECT t.tenant_id, t.transaction_id, t.order_id, t.contract_version_id, t.revision, r.base_minor, r.base_exact, f.facts_sha256,
            sum(CASE WHEN p.source LIKE 'shop.%' THEN p.amount_minor ELSE -p.amount_minor END) AS delta
        FROM ledger_transaction t JOIN posting p USING (tenant_id, transaction_id)
        JOIN attribution_run r ON r.tenant_id = t.tenant_id AND r.order_id = t.order_id AND r.revision = t.revision
        JOIN order_revision f ON f.tenant_id = t.tenant_id AND f.order_id = t.order_id AND f.revision = t.revision
        GROUP BY t.tenant_id, t.transaction_id, t.order_id, t.contract_version_id, t.revision, r.base_minor, r.base_exact, f.facts_sha256
    ), credited AS (
        SELECT m.*, c.weight_ppm, c.share_ppm,
            coalesce(CASE WHEN c.weight_ppm IS NOT NULL THEN m.base_minor END, 0) AS turnover,
            (sum(m.delta) OVER told)::bigint AS target
        FROM moved m LEFT JOIN attribution_credit c ON c.tenant_id = m.tenant_id AND c.order_id = m.order_id
            AND c.revision = m.revision AND c.contract_version_id = m.contract_version_id
        WINDOW told AS (PARTITION BY m.tenant_id, m.order_id, m.contract_version_id ORDER BY m.revision)
    ), worked AS (
        SELECT *, (target - delta)::bigint AS before,
            coalesce(lag(turnover) OVER (PARTITION BY tenant_id, order_id, contract_version_id ORDER BY revision), 0) AS turnover_before
        FROM credited
    )
    UPDATE ledger_transaction t SET working = jsonb_build_object(
        'parts', CASE WHEN w.weight_ppm IS NULL OR w.base_minor = 0 THEN '[]'::jsonb
            ELSE jsonb_build_array(jsonb_build_array(w.base_exact, w.weight_ppm, w.share_ppm)) END,
        'fx', NULL, 'target_minor', w.target, 'before_minor', w.before, 'turnover_minor', w.turnover,
        'turnover_before_minor', w.turnover_before, 'payees', '[["platform", 1000000]]'::jsonb, 'facts_sha256', w.facts_sha256)
    FROM worked w WHERE w.tenant_id = t.tenant_id AND w.transaction_id = t.transaction_id""",
)
_REQUIRE: Final = tuple(
    f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
    for table, columns in (
        ("ledger_transaction", ("kind", "employee_id", "period_start", "working")),
        ("posting", ("payee",)),
        ("shop_order", ("is_own_win",)),
    )
    for column in columns
)

STATEMENTS: Final = (*_OPEN, *_FILL, *_REQUIRE, *_CLOSE)
