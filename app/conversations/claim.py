"""What waits for the mind's worker, across shops: documents to read, examinations to hold, sites to read."""

from typing import Final

from app.conversations.knowledge.tables import GoldenRun, Upload
from app.conversations.learning_tables import SiteReading
from tenants.work_line import WorkLine

UPLOADS: Final = WorkLine(Upload, Upload.upload_id, Upload.sent_at, in_work=("reading", "learning"))
EXAMINATIONS: Final = WorkLine(GoldenRun, GoldenRun.run_id, GoldenRun.asked_at)
SITE_READINGS: Final = WorkLine(SiteReading, SiteReading.reading_id, SiteReading.asked_at, ("reading",))
