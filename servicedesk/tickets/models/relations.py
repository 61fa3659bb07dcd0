"""Who follows a ticket, and how tickets belong together."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ticket import Ticket


class Watch(models.Model):
    """An employee follows a ticket: sees it (unless it is confidential) and hears of it."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="watches")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="watches")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["employee", "ticket"], name="watch_once")]
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return f"{self.employee_id} watches {self.ticket_id}"


class Link(models.Model):
    """Two tickets belong together. Shown only to those who may see both."""

    class Kind(models.TextChoices):
        RELATES = "relates", _("relates to")
        DUPLICATES = "duplicates", _("duplicates")
        CAUSED_BY = "caused_by", _("is caused by")
        SPLIT_FROM = "split_from", _("was split from")
        CHILD_OF = "child_of", _("is part of")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.RELATES)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="links")
    other = models.ForeignKey(Ticket, models.PROTECT, related_name="links_here")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="link_once"),
            models.CheckConstraint(condition=~models.Q(ticket=models.F("other")), name="link_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"
