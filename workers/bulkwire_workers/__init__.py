"""The processes that send: Celery app and tasks, One API client, sending, following up."""
