"""The ways a message leaves the portal: one module a kind, each with `check`, `send` and `mask`.

They know neither database nor organisation: a message and an address come in, an exception says what went wrong.
"""
