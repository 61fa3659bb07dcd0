"""How assets belong together, and which tickets are about which."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicedesk.tickets.models import Ticket

from .asset import Asset


class Relation(models.Model):
    """``asset`` depends on, is part of, or is connected to ``other``. Parts never contain what they are part of.

    ``cause`` and ``effect`` say once more what a failure does: of what fails, to what it happens. A connection alone
    hands no failure on.
    """

    class Kind(models.TextChoices):
        DEPENDS_ON = "depends_on", _("depends on")
        PART_OF = "part_of", _("is part of")
        CONNECTED_TO = "connected_to", _("is connected to")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="relations")
    other = models.ForeignKey(Asset, models.PROTECT, related_name="relations_here")
    cause = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", editable=False)
    effect = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["asset", "other", "kind"], name="asset_relation_once"),
            models.CheckConstraint(condition=~Q(asset=F("other")), name="asset_relation_to_another"),
            models.CheckConstraint(
                condition=Q(kind="connected_to", cause=None, effect=None)
                # Said in full, because a comparison with NULL would pass the check.
                | Q(kind="depends_on", cause__isnull=False, effect__isnull=False, cause=F("other"), effect=F("asset"))
                | Q(kind="part_of", cause__isnull=False, effect__isnull=False, cause=F("asset"), effect=F("other")),
                name="asset_relation_hands_failures_on",
            ),
        ]
        indexes = [models.Index(fields=["cause", "effect"], name="asset_failure")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.kind} {self.other_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.cause_id, self.effect_id = failure(self.kind, self.asset_id, self.other_id)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


def failure(kind: str, asset: int, other: int) -> tuple[int | None, int | None]:
    """(cause, effect): what depends on something fails with it, and a whole fails with its part."""
    ways: dict[str, tuple[int | None, int | None]] = {
        Relation.Kind.DEPENDS_ON: (other, asset), Relation.Kind.PART_OF: (asset, other),
    }  # fmt: skip
    return ways.get(kind, (None, None))


class TicketAsset(models.Model):
    """A ticket is about an asset. Shown on both, to those who may see the other one."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="asset_links")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="ticket_links")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["ticket", "asset"], name="ticket_asset_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} is about {self.asset_id}"
