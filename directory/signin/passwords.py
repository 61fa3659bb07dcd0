"""Asking whether a login and a password belong together. Every face that takes a password asks here."""

from django.contrib.auth import authenticate
from django.http import HttpRequest

from directory.backends import DirectoryIsSilent
from directory.models import Employee

from . import lockout


def check(request: HttpRequest, login: str, password: str) -> Employee | None:
    """Whose login and password these are; None for every kind of failure.

    Raises :class:`.DirectoryIsSilent`, and counts no guess, when the directory that knows does not answer.
    """
    try:
        employee = authenticate(request, username=login, password=password)
    except DirectoryIsSilent:
        lockout.give_back(request, login)
        raise
    if employee is None:
        return None
    lockout.forgive(request, login)
    return employee
