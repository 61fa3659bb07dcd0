import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import servicedesk.common.text
import servicedesk.tickets.models.ticket


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0009_absences"),
        ("directory", "__first__"),
        ("tickets", "0002_approvals"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssetType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=80, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name in addresses")),
                ("icon", models.CharField(default="device-laptop", max_length=30, verbose_name="symbol")),
                (
                    "tag_prefix",
                    models.CharField(
                        blank=True,
                        help_text="Two letters, say: LT for LT-0382.",
                        max_length=6,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="beginning of its tags",
                    ),
                ),
                (
                    "holds_data",
                    models.BooleanField(
                        default=False,
                        help_text="It must be wiped before somebody else gets it.",
                        verbose_name="holds data",
                    ),
                ),
                ("fields", models.JSONField(blank=True, default=list, verbose_name="fields")),
                ("is_active", models.BooleanField(default=True, verbose_name="can be chosen")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="asset_type_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AssetModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=120, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                ("slug", models.SlugField(max_length=120, unique=True, verbose_name="short name in addresses")),
                (
                    "model_number",
                    models.CharField(
                        blank=True,
                        max_length=80,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="model number",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="can be chosen")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="models",
                        to="assets.assettype",
                        verbose_name="type",
                    ),
                ),
            ],
            options={
                "ordering": ("maker__name", "name", "pk"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Asset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    servicedesk.tickets.models.ticket.StateField(
                        default="ordered", max_length=20, protected=True, verbose_name="status"
                    ),
                ),
                (
                    "tag",
                    models.CharField(
                        blank=True,
                        max_length=40,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="tag",
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True,
                        max_length=120,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="name",
                    ),
                ),
                (
                    "serial",
                    models.CharField(
                        blank=True,
                        max_length=80,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="serial number",
                    ),
                ),
                ("answers", models.JSONField(blank=True, default=dict, verbose_name="fields of its type")),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "New"),
                            ("good", "Good"),
                            ("worn", "Worn"),
                            ("damaged", "Damaged"),
                            ("broken", "Broken"),
                        ],
                        max_length=10,
                        verbose_name="condition",
                    ),
                ),
                (
                    "cost",
                    models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="cost"),
                ),
                ("currency", models.CharField(default="EUR", max_length=3, verbose_name="currency")),
                (
                    "supplier",
                    models.CharField(
                        blank=True,
                        max_length=120,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="supplier",
                    ),
                ),
                (
                    "order_number",
                    models.CharField(
                        blank=True,
                        max_length=60,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="order number",
                    ),
                ),
                ("purchased_on", models.DateField(blank=True, null=True, verbose_name="bought on")),
                ("warranty_until", models.DateField(blank=True, null=True, verbose_name="warranty until")),
                (
                    "notes",
                    models.TextField(
                        blank=True,
                        max_length=4000,
                        validators=[servicedesk.common.text.validate_block],
                        verbose_name="notes",
                    ),
                ),
                ("needs_wiping", models.BooleanField(default=False, editable=False, verbose_name="to be wiped")),
                (
                    "certificate",
                    models.CharField(
                        blank=True, editable=False, max_length=200, verbose_name="certificate of disposal"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="added"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="held by",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.location",
                        verbose_name="location",
                    ),
                ),
                (
                    "missing_reported_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reserved_for",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reserved for",
                    ),
                ),
                (
                    "written_off_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="assets.assetmodel",
                        verbose_name="model",
                    ),
                ),
                (
                    "type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assets",
                        to="assets.assettype",
                        verbose_name="type",
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "permissions": [("manage_asset", "Manage assets: every move, stock, types and imports")],
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("holder__isnull", False)), fields=["holder"], name="asset_of_holder"
                    ),
                    models.Index(fields=["state", "-id"], name="asset_by_state"),
                    models.Index(fields=["type", "-id"], name="asset_by_type"),
                    models.Index(
                        django.db.models.functions.text.Lower("serial"),
                        condition=models.Q(("serial", ""), _negated=True),
                        name="asset_by_serial",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("tag"),
                        condition=models.Q(("tag", ""), _negated=True),
                        name="asset_tag_once",
                    ),
                    models.UniqueConstraint(
                        models.F("model"),
                        django.db.models.functions.text.Lower("serial"),
                        condition=models.Q(("serial", ""), _negated=True),
                        name="asset_serial_of_model",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                (
                                    "ordered",
                                    "in_stock",
                                    "reserved",
                                    "pending_acceptance",
                                    "in_use",
                                    "in_repair",
                                    "pending_return",
                                    "retired",
                                    "disposed",
                                    "missing",
                                    "written_off",
                                ),
                            )
                        ),
                        name="asset_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("holder__isnull", False),
                                ("state__in", ("pending_acceptance", "in_use", "in_repair", "pending_return")),
                            ),
                            ("state", "missing"),
                            models.Q(
                                models.Q(
                                    (
                                        "state__in",
                                        ("pending_acceptance", "in_use", "in_repair", "pending_return", "missing"),
                                    ),
                                    _negated=True,
                                ),
                                ("holder", None),
                            ),
                            _connector="OR",
                        ),
                        name="asset_held_by_somebody_in_these_states",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reserved_for__isnull", False), ("state", "reserved")),
                            models.Q(models.Q(("state", "reserved"), _negated=True), ("reserved_for", None)),
                            _connector="OR",
                        ),
                        name="asset_reserved_for_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "written_off"), _negated=True),
                            models.Q(
                                ("missing_reported_by__isnull", False),
                                ("written_off_by__isnull", False),
                                models.Q(("written_off_by", models.F("missing_reported_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="asset_written_off_by_a_second_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Custody",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("given_at", models.DateTimeField(verbose_name="handed over")),
                (
                    "terms",
                    models.TextField(
                        blank=True,
                        max_length=4000,
                        validators=[servicedesk.common.text.validate_block],
                        verbose_name="terms",
                    ),
                ),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted")),
                (
                    "signature",
                    models.CharField(
                        blank=True,
                        max_length=200,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="signature",
                    ),
                ),
                ("due_back_on", models.DateField(blank=True, null=True, verbose_name="to be given back by")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                (
                    "ended_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("returned", "Given back"),
                            ("declined", "Not accepted"),
                            ("retired", "Retired while they had it"),
                            ("found", "Found after it was missing"),
                            ("written_off", "Written off"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "decline_reason",
                    models.TextField(blank=True, max_length=2000, verbose_name="why it was not accepted"),
                ),
                (
                    "condition",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "New"),
                            ("good", "Good"),
                            ("worn", "Worn"),
                            ("damaged", "Damaged"),
                            ("broken", "Broken"),
                        ],
                        max_length=10,
                        verbose_name="condition",
                    ),
                ),
                (
                    "wiped",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Wiped"), ("no", "Not wiped yet"), ("not_needed", "Holds no data")],
                        max_length=12,
                        verbose_name="data",
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="custodies", to="assets.asset"
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="custodies",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="employee",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handed over by",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "custodies",
                "ordering": ("-given_at", "-pk"),
                "default_permissions": (),
                "indexes": [models.Index(fields=["employee", "-given_at"], name="custody_of_employee")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("asset",), name="custody_one_active"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None), ("ended_how", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_how", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="custody_ended_somehow_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_how", "returned"), _negated=True),
                            models.Q(
                                models.Q(("condition", ""), _negated=True), models.Q(("wiped", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="custody_returned_and_seen",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("signature", ""), ("accepted_at__isnull", False), _connector="OR"),
                        name="custody_signed_is_accepted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("packed", models.BinaryField(help_text="the file, compressed")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Maker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=80, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name in addresses")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="maker_name_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="assetmodel",
            name="maker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="models",
                to="assets.maker",
                verbose_name="maker",
            ),
        ),
        migrations.CreateModel(
            name="Relation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("depends_on", "depends on"),
                            ("part_of", "is part of"),
                            ("connected_to", "is connected to"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="relations", to="assets.asset"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "cause",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assets.asset",
                    ),
                ),
                (
                    "effect",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="assets.asset",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="relations_here", to="assets.asset"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "indexes": [models.Index(fields=["cause", "effect"], name="asset_failure")],
                "constraints": [
                    models.UniqueConstraint(fields=("asset", "other", "kind"), name="asset_relation_once"),
                    models.CheckConstraint(
                        condition=models.Q(("asset", models.F("other")), _negated=True),
                        name="asset_relation_to_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause", None), ("effect", None), ("kind", "connected_to")),
                            models.Q(
                                ("cause", models.F("other")),
                                ("cause__isnull", False),
                                ("effect", models.F("asset")),
                                ("effect__isnull", False),
                                ("kind", "depends_on"),
                            ),
                            models.Q(
                                ("cause", models.F("asset")),
                                ("cause__isnull", False),
                                ("effect", models.F("other")),
                                ("effect__isnull", False),
                                ("kind", "part_of"),
                            ),
                            _connector="OR",
                        ),
                        name="asset_relation_hands_failures_on",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=120, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                (
                    "shelf",
                    models.CharField(
                        blank=True,
                        max_length=60,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="shelf",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        default="piece",
                        max_length=20,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="unit",
                    ),
                ),
                ("quantity", models.PositiveIntegerField(default=0, editable=False, verbose_name="in stock")),
                (
                    "reorder_at",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="The list marks it when no more than so many are left.",
                        verbose_name="order again at",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="can be issued")),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "ordering": ("name", "pk"),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 0)), name="stock_never_negative"),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"), models.F("location"), name="stock_item_once"
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("location", None)),
                        name="stock_item_nowhere_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("received", "Received"), ("issued", "Issued"), ("counted", "Counted")], max_length=10
                    ),
                ),
                ("change", models.IntegerField(verbose_name="change")),
                ("left", models.PositiveIntegerField(verbose_name="left")),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        max_length=300,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="note",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consumables",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="assets.stockitem"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consumables",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "default_permissions": (),
                "indexes": [models.Index(fields=["item", "-id"], name="stock_movements_of_item")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("left__gte", models.F("change"))), name="stock_movement_from_what_was_there"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "issued"), _negated=True),
                            ("employee__isnull", False),
                            ("ticket__isnull", False),
                            _connector="OR",
                        ),
                        name="stock_issued_to_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TicketAsset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "asset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ticket_links", to="assets.asset"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="asset_links", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("ticket", "asset"), name="ticket_asset_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="assetmodel",
            constraint=models.UniqueConstraint(
                models.F("maker"),
                django.db.models.functions.text.Lower("name"),
                django.db.models.functions.text.Lower("model_number"),
                name="asset_model_once",
            ),
        ),
    ]
