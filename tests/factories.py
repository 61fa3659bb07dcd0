"""Small factories: each makes one believable thing, with what it cannot do without."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import Any

from django.contrib.auth.models import Group, Permission
from guardian.shortcuts import assign_perm
from PIL import Image

from directory.models import Department, Employee, Location, Photo, SyncAlarm, SyncChange, SyncRun
from incidents.models import CatalogueItem, Incident
from incidents.services import report_incident
from kb.models import ArticleVersion
from kb.services import draft_article
from servicedesk.common.time import now
from servicedesk.tickets import typed_fields
from servicedesk.tickets.models import ApprovalRule, Category, Queue, Tag
from servicedesk.workflow import perform

_serial = count(1)


def make_employee(login: str = "", *, groups: tuple[Group, ...] = (), **fields: Any) -> Employee:
    """An active person; ``login`` is made up when left out."""
    login = login or f"person{next(_serial)}"
    fields.setdefault("name", login.replace(".", " ").title())
    fields.setdefault("email", f"{login}@example.com")
    employee = Employee(login=login, **fields)
    employee.set_password(fields.get("password") or "correct horse battery")
    employee.save()
    employee.groups.add(*groups)
    return employee


def make_photo(employee: Employee, *, colour: str = "#7a4a86", digest: str = "") -> Photo:
    """A picture of one colour, as the sync would have written it."""
    file = BytesIO()
    Image.new("RGB", (96, 96), colour).save(file, "JPEG")
    jpeg = file.getvalue()
    return Photo.objects.create(employee=employee, jpeg=jpeg, digest=digest or sha256(jpeg).hexdigest())


def make_queue(slug: str = "", *, tiers: int = 3, **fields: Any) -> Queue:
    slug = slug or f"queue-{next(_serial)}"
    fields.setdefault("name", slug.replace("-", " ").title())
    return Queue.objects.create(slug=slug, tiers=tiers, **fields)


def make_group(name: str = "", *, on: Queue | None = None, rights: tuple[str, ...] = ()) -> Group:
    """A group that holds ``rights`` on one queue."""
    group, _new = Group.objects.get_or_create(name=name or f"group {next(_serial)}")
    for right in rights:
        assign_perm(right, group, on)
    return group


def make_technician(queue: Queue, *rights: str, login: str = "", **fields: Any) -> Employee:
    """Somebody who holds exactly ``rights`` on ``queue`` through a group of their own."""
    return make_employee(login, groups=(make_group(on=queue, rights=rights),), **fields)


def make_agent(queue: Queue, tier: int = 1, login: str = "") -> Employee:
    """Works one tier of the queue."""
    return make_technician(queue, "view_queue", f"work_l{tier}", login=login)


def make_coordinator(queue: Queue, login: str = "") -> Employee:
    return make_technician(queue, "view_queue", "triage_queue", login=login)


def make_manager(queue: Queue, login: str = "") -> Employee:
    return make_technician(queue, "view_queue", "manage_queue", login=login)


def make_trainee(queue: Queue, login: str = "") -> Employee:
    return make_technician(queue, "view_queue", "train_l1", login=login)


def make_analyst(queue: Queue, login: str = "") -> Employee:
    return make_technician(queue, "audit_queue", login=login)


def make_administrator(login: str = "") -> Employee:
    """Configures the desk: a right about the whole register, held through a group."""
    group = make_group("administrators of the test")
    group.permissions.add(Permission.objects.get(content_type__app_label="tickets", codename="configure_desk"))
    return make_employee(login, groups=(group,))


def make_department(name: str = "Finance") -> Department:
    return Department.objects.get_or_create(name=name, defaults={"slug": name.lower()})[0]


def make_location(name: str = "Milan", time_zone: str = "Europe/Rome") -> Location:
    return Location.objects.get_or_create(name=name, defaults={"slug": name.lower(), "time_zone": time_zone})[0]


def make_category(name: str = "", *, parent: Category | None = None, queue: Queue | None = None) -> Category:
    number = next(_serial)
    return Category.objects.create(
        name=name or f"Category {number}", slug=f"category-{number}", parent=parent, queue=queue
    )


def make_tag(name: str = "") -> Tag:
    number = next(_serial)
    return Tag.objects.create(name=name or f"tag {number}", slug=f"tag-{number}")


def make_incident(queue: Queue, *, by: Employee | None = None, confidential: bool = False, **details: Any) -> Incident:
    """A new incident in ``queue``, reported through the door; ``by`` is its requester."""
    requester = by or make_employee()
    details.setdefault("title", "The VPN drops every few minutes")
    incident = report_incident(by=requester, **details)
    # A report goes to the queue of its category; a test names the queue it is about.
    Incident.objects.filter(pk=incident.pk).update(queue=queue, confidential=confidential)
    incident.refresh_from_db()
    return incident


def make_run(changed: Employee, joined: Employee, *, looked_by: Employee) -> SyncRun:
    """A run of the directory with a change, somebody new, a warning, and an alarm of each state."""
    at = now()
    run = SyncRun.objects.create(
        source="ldaps://dc1.example.com/dc=example,dc=com", name="directory", started_at=at - timedelta(seconds=3),
        finished_at=at, complete=True, seen=2, created=1, changed=1, groups=1,
        warnings=[{"person": "uid=wei,ou=People,dc=example,dc=com", "reason": "There is no e-mail address (mail)."}],
    )  # fmt: skip
    SyncChange.objects.create(
        run=run, employee=changed, kind="changed", diff={"title": ["Clerk", "Baker"], "phone": ["+39 02 5550", ""]}
    )
    SyncChange.objects.create(run=run, employee=joined, kind="joined", diff={"name": ["", joined.name]})
    for about, looked_at, looker in (("uid=open", None, None), ("uid=settled", at, looked_by)):
        SyncAlarm.objects.create(
            run=run, kind="login_reused", source="dc=example,dc=com", about=f"{about},dc=example,dc=com",
            reason="The login was used before by somebody who left.", employee=joined, other=changed, raised_at=at,
            looked_at=looked_at, looked_by=looker,
        )  # fmt: skip
    return run


def make_approval_rule(*steps: Any, sequential: bool = True) -> ApprovalRule:
    """A rule of ``steps``: "line_manager", "department_head", or ("group", group, quorum)."""
    number = next(_serial)
    rule = ApprovalRule.objects.create(name=f"Rule {number}", slug=f"rule-{number}", is_sequential=sequential)
    for position, step in enumerate(steps, start=1):
        who, group, quorum = step if isinstance(step, tuple) else (step, None, 1)
        rule.steps.create(position=position, who=who, group=group, quorum=quorum)
    return rule


def make_change_manager(*queues: Queue, login: str = "") -> Employee:
    """Manages changes, and sees ``queues``."""
    group = make_group(f"change managers {next(_serial)}")
    group.permissions.add(Permission.objects.get(content_type__app_label="changes", codename="manage_change"))
    for queue in queues:
        assign_perm("view_queue", group, queue)
    return make_employee(login, groups=(group,))


def make_runner(queue: Queue, login: str = "") -> Employee:
    """Runs onboarding cases, and sees those of ``queue``, the confidential ones too."""
    group = make_group(f"onboarding coordinators {next(_serial)}", on=queue, rights=("view_queue", "view_confidential"))
    group.permissions.add(Permission.objects.get(content_type__app_label="onboarding", codename="run_case"))
    return make_employee(login, groups=(group,))


def make_catalogue_item(
    queue: Queue, name: str = "", *, rule: ApprovalRule | None = None, form: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> CatalogueItem:  # fmt: skip
    """Something to ask for; its form has one field, ``model``, unless ``form`` says otherwise."""
    name = name or f"Item {next(_serial)}"
    asks = [{"label": "Model", "kind": "text"}] if form is None else form
    return CatalogueItem.objects.create(
        name=name, slug=name.lower().replace(" ", "-"), section="IT", summary=f"{name} for your work", queue=queue,
        approval_rule=rule, form=typed_fields.checked(asks), **fields,
    )  # fmt: skip


def make_publisher(login: str = "", *, on: Queue | None = None) -> Employee:
    """A knowledge manager: publishes what others wrote. With ``on`` an agent of that queue as well."""
    group = make_group("knowledge managers of the test")
    group.permissions.add(Permission.objects.get(content_type__app_label="kb", codename="publish_article"))
    person = make_agent(on, login=login) if on is not None else make_employee(login)
    person.groups.add(group)
    return person


def make_draft(by: Employee, **details: Any) -> ArticleVersion:
    """A draft of a new article, written through the door."""
    details.setdefault("title", "Connect to the VPN from home")
    details.setdefault("body", "1. Open the client\n2. Choose **Office**\n3. Sign in")
    if "category" not in details:
        details["category"] = make_category().slug
    return draft_article(by=by, **details)


def make_article(by: Employee, publisher: Employee, **details: Any) -> ArticleVersion:
    """A published article."""
    version = perform(make_draft(by, **details), "submit", by=by)
    return perform(version, "publish", by=publisher)
