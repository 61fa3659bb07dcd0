"""Tables of these tests alone: every type of field, with and without NULL. They point at no table of the product.

They belong to no installed app, so Django knows no way back along their relations: neither ``paper.tags.set()``
nor a cascade works on them.
"""

from django.db import models


class Colleague(models.Model):
    login = models.CharField(max_length=50)

    class Meta:
        app_label = "query_trial"


class Place(models.Model):
    slug = models.SlugField(max_length=50, allow_unicode=True)

    class Meta:
        app_label = "query_trial"


class Paper(models.Model):
    MOODS = (("calm", "Calm"), ("wild", "Wild"), ("sad", "Sad"))

    title = models.CharField(max_length=200)
    note = models.TextField(null=True)
    size = models.IntegerField(null=True)
    pages = models.IntegerField(default=1)
    ready = models.BooleanField(null=True)
    mood = models.CharField(max_length=10, choices=MOODS, blank=True)
    seen_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    due_on = models.DateField(null=True)
    owner = models.ForeignKey(Colleague, models.PROTECT, null=True, related_name="papers")
    place = models.ForeignKey(Place, models.PROTECT, related_name="papers")
    tags = models.ManyToManyField(Place, related_name="tagged")
    readers = models.ManyToManyField(Colleague, through="Reading", related_name="read")

    class Meta:
        app_label = "query_trial"

    @property
    def number(self) -> str:
        return f"PAP-{self.pk:06d}"


class Reading(models.Model):
    paper = models.ForeignKey(Paper, models.CASCADE, related_name="readings")
    reader = models.ForeignKey(Colleague, models.PROTECT)

    class Meta:
        app_label = "query_trial"


ALL = (Colleague, Place, Paper, Reading)


def empty() -> None:
    for model in (Paper.tags.through, Reading, Paper, Place, Colleague):
        model._base_manager.all().delete()
