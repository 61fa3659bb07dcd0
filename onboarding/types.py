"""What a case is about."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseType(models.TextChoices):
    JOINER = "joiner", _("Somebody joins")
    MOVER = "mover", _("Somebody moves")
    LEAVER = "leaver", _("Somebody leaves")


FIRST_STATES = {CaseType.JOINER: "requested", CaseType.MOVER: "requested", CaseType.LEAVER: "notified"}
