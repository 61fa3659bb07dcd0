"""What people are told of signing in, by mail. The row is written with the event; ``notifications`` sends it."""

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.outbox import services as outbox

KIND = "sign-in-notice"
FOR_ADMINISTRATORS = "sign-in-alarm"


def enqueue(event: Event, *, to: Employee) -> None:
    """Tell ``to`` of ``event``; call it inside the event's transaction."""
    outbox.enqueue(
        KIND, key=f"event:{event.pk}:employee:{to.pk}:notice", payload={"event": event.pk, "employee": to.pk}
    )


def enqueue_for_administrators(event: Event) -> None:
    """Tell every administrator of ``event``; who they are is worked out when it is sent."""
    outbox.enqueue(FOR_ADMINISTRATORS, key=f"event:{event.pk}:alarm", payload={"event": event.pk})
