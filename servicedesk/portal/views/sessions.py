"""``/profile/sessions/``: where one is signed in, and ending it."""

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from directory.signin import sessions

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """``/profile/sessions/``: all sessions that live, this one first."""
    found = sessions.sessions_of(request)
    rows = [{"session": session, "browser": browser_of(session.browser)} for session in found]
    others = any(not session.is_this for session in found)
    return render(request, "portal/sign_in/sessions.html", {"rows": rows, "others": others})


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """``/profile/sessions/end/``: the one that ``session`` names, or without it all others."""
    key = request.POST.get("session", "")
    if not key:
        ended = sessions.end_others(request)
        text = ngettext("%(n)s other session is ended.", "%(n)s other sessions are ended.", ended)
        notices.success(request, text % {"n": ended})
    elif key.isascii() and key.isdigit() and len(key) < 19 and sessions.end_one(request, int(key)):
        notices.success(request, _("The session is ended."))
    else:
        notices.info(request, _("This session had ended already."))
    return redirect("sessions")


def browser_of(text: str) -> str:
    """What a browser says of itself, in two words; what is not known is not shown in full."""
    browser = next((name for mark, name in _BROWSERS if mark in text), "")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")
