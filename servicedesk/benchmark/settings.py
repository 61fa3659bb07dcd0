"""The product's settings plus one page, the floor. Only the benchmark's own processes use them."""

from servicedesk.settings import *  # noqa: F403
from servicedesk.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "servicedesk.benchmark.urls"
TEMPLATES = [{**TEMPLATES[0], "DIRS": [BASE_DIR / "servicedesk" / "benchmark" / "templates"]}]
