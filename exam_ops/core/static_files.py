"""Static files in production: under names that carry the hash of their content, kept for ever by proxies and phones."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Modules import each other by their hashed names too: a plain name would be an old file after an upgrade."""

    support_js_module_import_aggregation = True
