"""The deadline engine: what is due stands in the database, Celery only wakes the engine."""
