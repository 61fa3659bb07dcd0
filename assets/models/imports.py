"""A file between the look at what it would do and the doing of it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class ImportFile(models.Model):
    """An uploaded list of assets, for the one who uploaded it, gone after the import or a day."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    packed = models.BinaryField(help_text="the file, compressed")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
