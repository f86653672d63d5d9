"""Static files in production: under names that carry the hash of their content, kept for ever by proxies and phones."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_, _IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns  # type: ignore[attr-defined]


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Our modules import each other by their hashed names too: a plain name would be an old file after an upgrade.

    Others' files are left alone: their comments name imports that are none.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)
