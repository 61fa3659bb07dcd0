"""People and where they belong. One person is one row: ``Employee`` is the user model."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from servicedesk.common.text import validate_line

from ..querysets import EmployeeManager


class Department(models.Model):
    """A unit of the company, as the directory names it."""

    name = models.CharField(_("name"), max_length=150, unique=True, validators=[validate_line])
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A site where people work; its zone is the default zone of those who work there."""

    name = models.CharField(_("name"), max_length=150, unique=True, validators=[validate_line])
    slug = models.SlugField(max_length=80, unique=True)
    city = models.CharField(_("city"), max_length=100, blank=True, validators=[validate_line])
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166-1, two letters"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Employee(AbstractBaseUser):
    """One person, or a service that acts under its own name. Never deleted, only deactivated.

    Rights come from groups alone: there is no superuser and no staff flag, so nothing can be
    allowed in passing. ``source`` and ``source_key`` say which directory owns the row.
    """

    class Kind(models.TextChoices):
        EMPLOYEE = "employee", _("Employee")
        EXTERNAL = "external", _("External person")
        SERVICE = "service", _("Service")

    # auth's permission helpers read these two; nobody ever has them.
    is_superuser = False
    is_staff = False

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.EMPLOYEE)
    login = models.CharField(_("login"), max_length=150, validators=[validate_line])
    name = models.CharField(_("name"), max_length=200, validators=[validate_line])
    given_name = models.CharField(_("given name"), max_length=100, blank=True, validators=[validate_line])
    family_name = models.CharField(_("family name"), max_length=100, blank=True, validators=[validate_line])
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    title = models.CharField(_("job title"), max_length=150, blank=True, validators=[validate_line])
    phone = models.CharField(_("phone"), max_length=50, blank=True, validators=[validate_line])
    employee_number = models.CharField(_("employee number"), max_length=50, blank=True, validators=[validate_line])
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("department")
    )
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, blank=True, related_name="employees", verbose_name=_("location")
    )
    manager = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("manager")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    groups = models.ManyToManyField(Group, blank=True, related_name="members", verbose_name=_("groups"))
    is_active = models.BooleanField(_("active"), default=True)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    source = models.CharField(max_length=100, blank=True, editable=False)
    source_key = models.CharField(max_length=500, blank=True, editable=False)
    source_dn = models.TextField(
        blank=True,
        editable=False,
        help_text=_("where the entry last stood, as directory.ldap.dn writes it"),
    )
    source_group = models.CharField(
        max_length=200,
        blank=True,
        editable=False,
        help_text=_("the primary group that the entry names (a gidNumber or a SID), for increments"),
    )
    left_source_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("when the directory stopped listing this person as active")
    )
    blocked_at = models.DateTimeField(
        null=True, blank=True, editable=False,
        help_text=_("since when nobody signs in as this person here, whatever a directory says"),
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Part of what a session must match: raising it ends every session of this person at once.
    access_stamp = models.PositiveIntegerField(default=0, editable=False)

    objects = EmployeeManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ("name",)
        indexes = [models.Index(fields=["name"]), models.Index(Lower("email"), name="employee_email_lower")]
        constraints = [
            models.UniqueConstraint(Lower("login"), name="employee_login_once"),
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=~models.Q(source=""), name="employee_source_key_once"
            ),
            # Every way in asks whether somebody is active; so none can forget to ask whether they are blocked.
            models.CheckConstraint(
                condition=models.Q(blocked_at=None) | models.Q(is_active=False), name="blocked_employee_is_not_active"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_time_zone(self) -> str:
        """The zone in which this person sees instants."""
        return self.time_zone or (self.location.time_zone if self.location_id else settings.TIME_ZONE)

    @property
    def further_address_list(self) -> list[str]:
        return [further.address for further in self.further_addresses.all()]

    @property
    def photo_url(self) -> str:
        """Where the photo is, or empty. Asks the database unless this person was read ``with_photo()``."""
        photo = getattr(self, "photo", None)
        return reverse("photo", args=[self.login, photo.digest]) if photo is not None else ""

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What ``get_session_auth_hash`` and its fallbacks are made of: a new password or stamp ends all sessions."""
        salt = "directory.Employee.session"
        return salted_hmac(salt, f"{self.password}{self.access_stamp}", secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """A right about a whole register, held through a group. Rights on queues: ``tickets.access``."""
        return self.is_active and obj is None and perm in self.get_all_permissions()

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())

    def get_all_permissions(self) -> frozenset[str]:
        """Model permissions of this person's groups, read once per instance."""
        if not hasattr(self, "_register_permissions"):
            self._register_permissions = Employee.objects.register_permissions_of(self)
        return self._register_permissions


class MailAddress(models.Model):
    """A further address of a person, besides the one the desk writes to; the directory lists them."""

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="further_addresses")
    address = models.EmailField(max_length=254)

    class Meta:
        ordering = ("address",)
        indexes = [models.Index(Lower("address"), name="mail_address_lower")]
        constraints = [models.UniqueConstraint("employee", Lower("address"), name="mail_address_once")]

    def __str__(self) -> str:
        return self.address


class Photo(models.Model):
    """The picture of a person, made small and written anew by us; ``digest`` (SHA-256) is that of the source's file."""

    employee = models.OneToOneField(Employee, models.CASCADE, primary_key=True, related_name="photo")
    digest = models.CharField(max_length=64)
    jpeg = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"photo of {self.employee_id}"
