"""Password storage."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with OWASP's small-memory parameters: a morning's logins must not cost gigabytes."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
