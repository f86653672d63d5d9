"""Exit 0 when the given address of this container answers 200, asked as the proxy asks (host name, TLS)."""

import os
import sys
import urllib.request

request = urllib.request.Request(
    sys.argv[1],
    headers={
        "Host": os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip("."),
        "X-Forwarded-Proto": "https",
    },
)
try:
    with urllib.request.urlopen(request, timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
