"""Every table of every room, gathered for Alembic and for tests that build a schema; nothing else imports this file."""

import importlib
import importlib.util

TABLE_MODULES = (
    "tenants.tables",
    "tenants.employment_tables",
    "billing.tables",
    "app.api.tables",
    "app.casting.tables",
    "app.conversations.knowledge.tables",
    "app.conversations.tables",
    "app.costs.tables",
    "app.installation.tables",
    "app.outgoing.tables",
    "app.speaking.tables",
    "app.studio.batch_tables",
    "app.studio.concept_tables",
    "app.studio.greeting_tables",
    "app.studio.likeness_tables",
    "app.studio.release_tables",
    "app.studio.tables",
    "app.worker.tables",
)

for _name in TABLE_MODULES:
    if importlib.util.find_spec(_name.rpartition(".")[0]) and importlib.util.find_spec(_name):
        importlib.import_module(_name)
