"""Background work. The database holds the truth; a Celery message is only a nudge to look at it."""
