"""What every page needs to know: theme, languages and navigation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from servicedesk.ui.nav import Navigation

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor of all pages; ``theme`` is empty when the browser's preference decides."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": chosen if chosen in THEMES else "",
        "languages": [get_language_info(code) for code, _ in settings.LANGUAGES],
        "nav": Navigation(request),
    }
