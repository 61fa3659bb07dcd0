"""How much one person may ask of the API in a minute."""

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:  # rest_framework.views reads the settings, which name this module
    from rest_framework.views import APIView


class PersonThrottle(BaseThrottle):
    """``API_REQUESTS_PER_MINUTE`` for each person, over all their tokens and sessions.

    Counted in the cache, which all workers share, so that a read writes nothing to the database. The
    file cache may miss a few requests that arrive at the same moment: it is a fence against runaway
    scripts, not a lock.
    """

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if request.user.pk is None:
            return True
        key = f"api-requests:{request.user.pk}:{int(time.time()) // 60}"
        cache.add(key, 0, 120)
        try:
            return cache.incr(key) <= settings.API_REQUESTS_PER_MINUTE
        except ValueError:  # the cache dropped the key in between
            return True

    def wait(self) -> float:
        return 60 - time.time() % 60
