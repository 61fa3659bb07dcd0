"""``python -m servicedesk.benchmark.bare_read``: the least that reading a directory can cost.

ldap3 alone, in a process without anything else: every entry, a thousand at a time, with the attributes that the desk
asks for; nothing is made of them. The details come as JSON on standard input, the seconds go out as JSON.
"""

import json
import sys
import time

import ldap3

PAGE = 1000
_CHANGED = "Changed by the benchmark"


def read(host: str, port: int, user: str, password: str, base: str, attributes: list[str]) -> tuple[float, int]:
    """Seconds from the first byte to the last, and how many entries came."""
    started = time.perf_counter()
    server = ldap3.Server(host, port, get_info=ldap3.NONE)
    options = {"auto_bind": True, "raise_exceptions": True, "check_names": False, "return_empty_attributes": False}
    with ldap3.Connection(server, user, password, **options) as connection:
        entries = connection.extend.standard.paged_search(
            base, "(objectClass=*)", attributes=attributes, paged_size=PAGE, paged_criticality=True, generator=True
        )
        count = sum(1 for _entry in entries)
    return time.perf_counter() - started, count


def change(host: str, port: int, user: str, password: str, names: list[str]) -> None:
    """Give these people another job title."""
    server = ldap3.Server(host, port, get_info=ldap3.NONE)
    options = {"auto_bind": True, "raise_exceptions": True, "check_names": False}
    with ldap3.Connection(server, user, password, **options) as connection:
        for name in names:
            connection.modify(name, {"title": [(ldap3.MODIFY_REPLACE, [_CHANGED])]})


def main() -> None:
    seconds, count = read(**json.load(sys.stdin))
    sys.stdout.write(json.dumps({"seconds": seconds, "entries": count}))


if __name__ == "__main__":
    main()
