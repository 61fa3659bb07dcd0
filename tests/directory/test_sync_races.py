"""Two runs at the same moment, on both databases."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from directory.ldap import sync
from directory.ldap.entries import Reading
from directory.ldap.ldif import LdifSource
from directory.models import Employee
from directory.services import system_employee

from .ldif_text import dn_of, group, person, source


class Together:
    """A source whose readers wait for each other, so that their transactions start together."""

    def __init__(self, inner: LdifSource, barrier: Barrier) -> None:
        self.inner, self.barrier, self.uri = inner, barrier, inner.uri

    def read(self, wanted) -> Reading:
        reading = self.inner.read(wanted)
        self.barrier.wait(timeout=30)
        return reading


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_go_one_after_the_other(tmp_path):
    system_employee("directory")  # making it would already hold the second run back, on the first day only
    everybody = [person(f"p{n}", ou="Sales", manager=dn_of("p0")) for n in range(1, 40)]
    together = Together(source(tmp_path, person("p0"), *everybody, group("crew", "p0", "p1")), Barrier(2))
    reports, errors = [], []

    def racer():
        try:
            reports.append(sync.run(together))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=racer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(report.created for report in reports) == [0, 40]
    assert sum(report.changed for report in reports) == 0
    assert Employee.objects.people().count() == 40
