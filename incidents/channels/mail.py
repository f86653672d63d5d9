"""E-mail through the mail server of the settings."""

import hashlib
from email.utils import parseaddr
from smtplib import SMTPException

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from exam_ops.rules.text import Text
from incidents.channels.outgoing import Address, AddressRefused, NotTaken, Outgoing

MOST = 100_000  # bytes of a text
_INVALID = Text("请填写一个有效的电子邮件地址。", "Give one valid e-mail address.")
_NO_SECRET = Text("电子邮件没有签名密钥，请留空。", "E-mail has no signing secret; leave it empty.")
_NO_SERVER = Text(
    "系统没有配置邮件服务器（EMAIL_URL）。请联系系统管理员，或改用其他渠道。",
    "No mail server is set up (EMAIL_URL). Ask the system's administrator, or use another kind of channel.",
)


def check(to: Address) -> Address:
    """The address as it is stored; raises `AddressRefused`."""
    try:
        validate_email(to.address)
    except ValidationError:
        raise AddressRefused("address", _INVALID) from None
    if to.secret:
        raise AddressRefused("secret", _NO_SECRET)
    if not settings.MAIL_IS_SET_UP:
        raise AddressRefused("address", _NO_SERVER)
    return to


def send(to: Address, message: Outgoing) -> None:
    """Hands the mail to the server; its Message-ID comes from the key. Raises `NotTaken`."""
    if not settings.MAIL_IS_SET_UP:
        raise NotTaken(_NO_SERVER.en)
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    ident = hashlib.sha256(message.key.encode()).hexdigest()[:40]
    mail = EmailMessage(
        subject=" ".join(message.title.split()),
        body=message.text(most_bytes=MOST),
        to=[to.address],
        headers={"Message-ID": f"<{ident}@{domain}>", "Idempotency-Key": message.header_key},
    )
    try:
        taken = mail.send()
    except (SMTPException, OSError, ValueError) as error:
        raise NotTaken(f"{type(error).__name__}: {error}") from error
    if not taken:
        raise NotTaken("the mail server took nothing")


def mask(address: str) -> str:
    """`z…@example.org`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
