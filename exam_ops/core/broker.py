"""Whether the broker can be reached; nothing that must hold depends on it."""

from exam_ops.celery import app


def is_reachable() -> bool:
    """One bounded connection attempt."""
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except Exception:
        return False
    return True
