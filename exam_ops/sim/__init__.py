"""Honest callers: phones, exam clients and offices that know the API contract and nothing of the server.

They speak real HTTP and import no other part of the project; the demo, the journeys and the benchmarks use
them. `morning.play` is a whole exam morning.
"""
