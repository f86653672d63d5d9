"""A webhook: one JSON document by POST, with its key, signed where the channel has a secret."""

import hashlib
import hmac
import json
from dataclasses import asdict

from incidents.channels import guard, wire
from incidents.channels.outgoing import Address, AddressRefused, NotTaken, Outgoing

SIGNATURE = "X-Portal-Signature"  # sha256=<hex of HMAC-SHA256(secret, body)>


def check(to: Address) -> Address:
    """The address as it is stored; raises `AddressRefused` unless it is a public https address."""
    try:
        guard.judged(guard.target_of(to.address))
    except guard.TargetRefused as refused:
        raise AddressRefused("address", refused.reason) from None
    return to


def send(to: Address, message: Outgoing) -> None:
    """Posts the message; raises `NotTaken`, `guard.TargetRefused`, `wire.NotReached`."""
    body = json.dumps(asdict(message), ensure_ascii=False, sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "exam-ops",
        "Idempotency-Key": message.header_key,
    }
    if to.secret:
        signed = hmac.new(to.secret.encode(), body, hashlib.sha256).hexdigest()
        headers[SIGNATURE] = f"sha256={signed}"
    answer = wire.post(to.address, body, headers)
    if not 200 <= answer.status_code < 300:
        raise NotTaken(f"HTTP {answer.status_code}")


def mask(address: str) -> str:
    """The host; what follows it is often the only secret of a webhook."""
    host = address.split("://", 1)[-1].split("/", 1)[0]
    return f"https://{host}/…"
