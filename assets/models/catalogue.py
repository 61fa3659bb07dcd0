"""What assets can be: types with fields of their own, makers, and the models they make."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_line


class AssetType(models.Model):
    """Laptop, monitor, phone…: ``fields`` are definitions (``tickets.typed_fields``) of what is noted of each one."""

    name = models.CharField(_("name"), max_length=80, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    icon = models.CharField(_("symbol"), max_length=30, default="device-laptop")
    tag_prefix = models.CharField(
        _("beginning of its tags"), max_length=6, blank=True, validators=[validate_line],
        help_text=_("Two letters, say: LT for LT-0382."),
    )  # fmt: skip
    holds_data = models.BooleanField(
        _("holds data"), default=False, help_text=_("It must be wiped before somebody else gets it.")
    )
    fields = models.JSONField(_("fields"), default=list, blank=True)
    is_active = models.BooleanField(_("can be chosen"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("name",)
        default_permissions = ()
        constraints = [models.UniqueConstraint(Lower("name"), name="asset_type_name_once")]

    def __str__(self) -> str:
        return self.name


class Maker(models.Model):
    """Who makes things."""

    name = models.CharField(_("name"), max_length=80, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=60, unique=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("name",)
        default_permissions = ()
        constraints = [models.UniqueConstraint(Lower("name"), name="maker_name_once")]

    def __str__(self) -> str:
        return self.name


class AssetModel(models.Model):
    """What a maker calls one of its products."""

    type = models.ForeignKey(AssetType, models.PROTECT, related_name="models", verbose_name=_("type"))
    maker = models.ForeignKey(Maker, models.PROTECT, related_name="models", verbose_name=_("maker"))
    name = models.CharField(_("name"), max_length=120, validators=[validate_line])
    slug = models.SlugField(_("short name in addresses"), max_length=120, unique=True)
    model_number = models.CharField(_("model number"), max_length=80, blank=True, validators=[validate_line])
    is_active = models.BooleanField(_("can be chosen"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("maker__name", "name", "pk")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("maker", Lower("name"), Lower("model_number"), name="asset_model_once"),
        ]

    def __str__(self) -> str:
        return f"{self.maker.name} {self.name}"
