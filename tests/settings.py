"""The product's settings, in a folder of their own and with what makes tests quick.

Nothing of the developer's environment leaks in: only ``DATABASE_URL`` chooses the database.
"""

import atexit
import os
import shutil
import tempfile

_DATA_DIR = tempfile.mkdtemp(prefix="servicedesk-tests-")
atexit.register(shutil.rmtree, _DATA_DIR, ignore_errors=True)

for _name in (
    "ENVIRONMENT", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "HOST", "PORT", "ALLOWED_HOSTS", "BASE_URL",
    "FILES_BASE_URL", "TRUSTED_PROXIES", "DEBUG", "SECRET_KEY_FILE", "DATABASE_URL_FILE", "DIRECTORY_URI",
    "DIRECTORY_BIND_DN", "DIRECTORY_PASSWORD", "DIRECTORY_PASSWORD_FILE", "DIRECTORY_CA_FILE", "DIRECTORY_STARTTLS",
    "DIRECTORY_MAPPING", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_CLIENT_SECRET_FILE", "OIDC_NAME",
    "OIDC_KEY_CLAIM",
):  # fmt: skip
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = _DATA_DIR
os.environ["SECRET_KEY"] = "of-tests-only-" + "k" * 50

from servicedesk.settings import *  # noqa: E402, F403
from servicedesk.settings import DATA_DIR, DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The live server answers under a port that is known only when it runs.
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # a file is sought when it is asked for, not all of them by each new client

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file and not memory: threads, the live server and WAL are then as in the product.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    # Fifty racers need fifty connections at once, each for the length of its transaction.
    DATABASES["default"]["OPTIONS"].pop("pool")

STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns about a folder that is not there
