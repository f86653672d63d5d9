"""Files in an S3-compatible bucket, where `FILES_URL` is `s3://bucket/prefix`; needs the extra `[s3]` (boto3).

Endpoint, region and keys come from `FILES_ENDPOINT`, `FILES_REGION`, `FILES_ACCESS_KEY` and `FILES_SECRET_KEY`. A file
is sent before its row is committed, and what the bucket then says of it (size and SHA-256) must be what was sent.
"""

import base64
import errno
import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any, BinaryIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from exam_ops.core.errors import Unavailable
from exam_ops.core.folder_store import CHUNK, Damaged

IN_MEMORY = 1 << 20  # bytes of a file that is being read; more goes to a temporary file
MISSING = {"404", "NoSuchKey", "NotFound"}
FULL = {"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge"}

log = logging.getLogger(__name__)


class Bucket:
    """The store of an installation with several machines."""

    def __init__(self, url: str) -> None:
        """`url`: `s3://bucket` or `s3://bucket/prefix`. Raises `ImproperlyConfigured` without boto3 or a bucket."""
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.hostname:
            raise ImproperlyConfigured("FILES_URL: write s3://bucket or s3://bucket/prefix")
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.client, self.client_error, self.any_error = _connected()

    def put(self, sha256: str, file: IO[bytes], size: int) -> bool:
        """Sends `file`; returns whether nothing stood there before. Raises `Damaged`, `Unavailable`, OSError (full)."""
        is_new = self._head(sha256) is None
        file.seek(0)
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        self._ask(
            self.client.put_object,
            sha256,
            Body=file,
            ContentLength=size,
            ChecksumSHA256=checksum,
            Metadata={"sha256": sha256},
        )
        told = self._head(sha256) or {}
        kept = told.get("ChecksumSHA256")
        same = kept == checksum if kept else self._digest(sha256) == sha256
        if told.get("ContentLength") != size or not same:
            raise Damaged(f"{sha256} stands otherwise in the bucket than it was sent")
        return is_new

    def open(self, sha256: str) -> BinaryIO:
        """A copy of the stored file; raises `FileNotFoundError`, `Damaged`, `Unavailable`."""
        folder = Path(settings.FILES_DIR) / "incoming"  # a sealed package has no room in /tmp
        folder.mkdir(parents=True, exist_ok=True)
        copy: Any = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder))  # noqa: SIM115  the caller closes it
        digest = hashlib.sha256()
        for chunk in self._chunks(sha256):
            digest.update(chunk)
            copy.write(chunk)
        if digest.hexdigest() != sha256:
            copy.close()
            raise Damaged(f"{sha256} came from the bucket with other bytes")
        copy.seek(0)
        return copy

    def exists(self, sha256: str) -> bool:
        return self._head(sha256) is not None

    def remove(self, sha256: str) -> None:
        self._ask(self.client.delete_object, sha256)

    def stored_at(self, sha256: str) -> datetime | None:
        """When the file was last sent; None: it is not there."""
        return (self._head(sha256) or {}).get("LastModified")

    def names(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Hashes that begin with the two digits `prefix`, with the instants when they were last sent."""
        with self._told(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._key(prefix)
            )
            for page in pages:
                for row in page.get("Contents", ()):
                    yield row["Key"].rpartition("/")[2], row["LastModified"]

    def _head(self, sha256: str) -> dict[str, Any] | None:
        try:
            return self._ask(self.client.head_object, sha256, ChecksumMode="ENABLED")
        except FileNotFoundError:
            return None

    def _digest(self, sha256: str) -> str:
        """For stores that keep no checksum of their own: the file is read back."""
        digest = hashlib.sha256()
        for chunk in self._chunks(sha256):
            digest.update(chunk)
        return digest.hexdigest()

    def _chunks(self, sha256: str) -> Iterator[bytes]:
        body = self._ask(self.client.get_object, sha256)["Body"]
        with self._told(sha256):
            yield from body.iter_chunks(CHUNK)

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def _ask(self, call: Callable[..., dict[str, Any]], sha256: str, **more: Any) -> dict[str, Any]:
        with self._told(sha256):
            return call(Bucket=self.bucket, Key=self._key(sha256), **more)

    @contextmanager
    def _told(self, sha256: str) -> Iterator[None]:
        """The library's errors in the portal's words."""
        try:
            yield
        except self.client_error as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
            if code in MISSING:
                raise FileNotFoundError(sha256) from error
            if {code, status} & FULL:
                raise OSError(errno.ENOSPC, code) from error
            log.error("the bucket refused %s: %s", sha256, code)
            raise Unavailable(retry_after=5) from error
        except self.any_error as error:
            log.error("the bucket does not answer: %s", error)
            raise Unavailable(retry_after=5) from error


def _connected() -> tuple[Any, Any, Any]:
    """A client, its refusals and all its errors."""
    try:
        boto3, config = import_module("boto3"), import_module("botocore.config")
        exceptions = import_module("botocore.exceptions")
    except ImportError:
        raise ImproperlyConfigured(
            "FILES_URL names a bucket, and the library for it is missing: pip install -r requirements/s3.txt"
        ) from None
    client = boto3.client(
        "s3",
        endpoint_url=settings.FILES_ENDPOINT or None,
        region_name=settings.FILES_REGION,
        aws_access_key_id=settings.FILES_ACCESS_KEY,
        aws_secret_access_key=settings.FILES_SECRET_KEY,
        config=config.Config(
            connect_timeout=3,
            read_timeout=15,
            retries={"mode": "standard", "total_max_attempts": 2},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if settings.FILES_ENDPOINT else "auto"},
        ),
    )
    return client, exceptions.ClientError, exceptions.BotoCoreError
