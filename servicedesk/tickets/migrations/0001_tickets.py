import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import servicedesk.common.text
import servicedesk.tickets.models.conversation
import servicedesk.tickets.models.ticket


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("directory", "0001_people"),
        ("directory", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=40, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("near_key", models.CharField(editable=False, max_length=80, unique=True)),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=100,
                        unique=True,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="name",
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name in addresses")),
                (
                    "description",
                    models.CharField(
                        blank=True,
                        max_length=300,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="description",
                    ),
                ),
                (
                    "tiers",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3),
                        ],
                        verbose_name="tiers",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="takes new tickets")),
                ("is_default", models.BooleanField(default=False, verbose_name="takes what no category routes")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ("name",),
                "permissions": [
                    ("view_queue", "See the queue's tickets"),
                    ("train_l1", "Learn on low-impact tickets of tier 1"),
                    ("work_l1", "Work tier 1"),
                    ("work_l2", "Work tier 2"),
                    ("work_l3", "Work tier 3"),
                    ("triage_queue", "Assign, route, prioritise and escalate in every tier"),
                    ("manage_queue", "Manage the queue"),
                    ("audit_queue", "Audit the queue's tickets"),
                    ("view_confidential", "See confidential tickets of the queue"),
                    ("configure_desk", "Configure the desk"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("tiers__range", (1, 3))), name="queue_has_1_to_3_tiers"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_queue"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=80, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                ("slug", models.SlugField(max_length=120, unique=True, verbose_name="short name in addresses")),
                ("near_key", models.CharField(editable=False, max_length=160)),
                ("path", models.CharField(editable=False, max_length=400)),
                ("is_active", models.BooleanField(default=True, verbose_name="can be chosen")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="tickets.category",
                        verbose_name="parent",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        help_text="New tickets of this category go here.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="categories",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "categories",
                "ordering": ("path",),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("parent", "near_key"), name="category_near_key_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("parent", None)), fields=("near_key",), name="top_category_near_key_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueGroupObjectPermission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content_object", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="tickets.queue")),
                ("group", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.group")),
                ("permission", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.permission")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("incident", "Incident")], editable=False, max_length=20, verbose_name="kind"
                    ),
                ),
                (
                    "state",
                    servicedesk.tickets.models.ticket.StateField(max_length=30, protected=True, verbose_name="status"),
                ),
                ("is_open", models.BooleanField(default=True, editable=False)),
                (
                    "title",
                    models.CharField(
                        max_length=200, validators=[servicedesk.common.text.validate_line], verbose_name="title"
                    ),
                ),
                (
                    "description",
                    models.TextField(
                        blank=True,
                        max_length=20000,
                        validators=[servicedesk.common.text.validate_block],
                        verbose_name="description",
                    ),
                ),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(3),
                        ],
                        verbose_name="tier",
                    ),
                ),
                (
                    "impact",
                    models.CharField(
                        choices=[("high", "High"), ("medium", "Medium"), ("low", "Low")],
                        default="medium",
                        max_length=6,
                        verbose_name="impact",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("high", "High"), ("medium", "Medium"), ("low", "Low")],
                        default="medium",
                        max_length=6,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[("P1", "P1 Critical"), ("P2", "P2 High"), ("P3", "P3 Normal"), ("P4", "P4 Low")],
                        default="P3",
                        max_length=2,
                        verbose_name="priority",
                    ),
                ),
                ("priority_by_hand", models.BooleanField(default=False, editable=False)),
                ("confidential", models.BooleanField(default=False, verbose_name="confidential")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("portal", "Portal"),
                            ("phone", "Phone"),
                            ("email", "E-mail"),
                            ("chat", "Chat"),
                            ("walk_in", "In person"),
                            ("api", "API"),
                            ("import", "Import"),
                        ],
                        default="portal",
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                (
                    "pending_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("requester", "The employee"),
                            ("vendor", "The supplier"),
                            ("change", "A change"),
                            ("problem", "A problem"),
                            ("evidence", "Evidence"),
                        ],
                        max_length=10,
                        verbose_name="waiting for",
                    ),
                ),
                ("follow_up_at", models.DateTimeField(blank=True, null=True, verbose_name="follow up")),
                ("next_due_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="due")),
                (
                    "opened_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="opened"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated"),
                ),
                ("resolved_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="resolved")),
                ("closed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="closed")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assigned_tickets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assignee",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="tickets.category",
                        verbose_name="category",
                    ),
                ),
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
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "requested_for",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets_for",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested for",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested_tickets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requester",
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(blank=True, related_name="tickets", to="tickets.tag", verbose_name="tags"),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)), fields=["queue", "next_due_at", "id"], name="open_by_due"
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["queue", "priority", "id"],
                        name="open_by_priority",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["queue", "-updated_at", "-id"],
                        name="open_by_update",
                    ),
                    models.Index(condition=models.Q(("is_open", True)), fields=["queue", "-id"], name="open_by_number"),
                    models.Index(
                        condition=models.Q(("is_open", True)), fields=["assignee", "-id"], name="open_of_assignee"
                    ),
                    models.Index(fields=["requester", "-id"], name="of_requester"),
                    models.Index(fields=["requested_for", "-id"], name="of_requested_for"),
                    models.Index(fields=["queue", "-id"], name="all_by_number"),
                    models.Index(
                        condition=models.Q(("state", "pending")), fields=["follow_up_at"], name="waiting_until"
                    ),
                    models.Index(
                        condition=models.Q(("state", "resolved")), fields=["resolved_at"], name="waiting_to_close"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("pk__in", []),
                            models.Q(
                                ("is_open", True),
                                ("kind", "incident"),
                                ("state__in", ["new", "assigned", "in_progress", "pending"]),
                            ),
                            models.Q(
                                ("is_open", False),
                                ("kind", "incident"),
                                ("state__in", ["resolved", "closed", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                        name="ticket_state_of_its_kind",
                    ),
                    models.CheckConstraint(condition=models.Q(("tier__range", (1, 3))), name="ticket_tier_1_to_3"),
                    models.CheckConstraint(
                        condition=models.Q(("priority__in", ["P1", "P2", "P3", "P4"])), name="ticket_priority_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("impact__in", ["high", "medium", "low"]), ("urgency__in", ["high", "medium", "low"])
                        ),
                        name="ticket_levels_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into", None), ("state", "cancelled"), _connector="OR"),
                        name="ticket_merged_is_cancelled",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "title",
                    models.CharField(
                        max_length=200, validators=[servicedesk.common.text.validate_line], verbose_name="task"
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("skipped", "Skipped")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("skip_reason", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assignee",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "indexes": [models.Index(condition=models.Q(("state", "open")), fields=["ticket"], name="open_tasks")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "skipped"), _negated=True),
                            models.Q(("skip_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="task_skipped_with_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "open"), models.Q(("done_by", None), _negated=True), _connector="OR"
                        ),
                        name="task_done_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(choices=[("reply", "Reply"), ("resolution", "Resolution")], max_length=10)),
                ("code", models.CharField(blank=True, max_length=30)),
                ("body", models.TextField(max_length=20000, validators=[servicedesk.common.text.validate_block])),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for a colleague"),
                            ("released", "Released"),
                            ("discarded", "Discarded"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "pk"),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("author")), _negated=True),
                            _connector="OR",
                        ),
                        name="proposal_released_by_another",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("internal", models.BooleanField(default=False, verbose_name="internal note")),
                (
                    "body",
                    models.TextField(
                        max_length=20000, validators=[servicedesk.common.text.validate_block], verbose_name="message"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("channel", models.CharField(blank=True, max_length=20)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "pk"),
                "default_permissions": (),
                "indexes": [models.Index(fields=["ticket", "at", "id"], name="message_of_ticket")],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("relates", "relates to"),
                            ("duplicates", "duplicates"),
                            ("caused_by", "is caused by"),
                            ("split_from", "was split from"),
                            ("child_of", "is part of"),
                        ],
                        default="relates",
                        max_length=12,
                        verbose_name="kind",
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
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links_here", to="tickets.ticket"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "other", "kind"), name="link_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ticket", models.F("other")), _negated=True), name="link_to_another"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("internal", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "file",
                    models.FileField(max_length=120, upload_to=servicedesk.tickets.models.conversation.attachment_path),
                ),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("content_type", models.CharField(max_length=100)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "uploader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="tickets.message",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "pk"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TimeEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes",
                    ),
                ),
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
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="time_entries", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "time entries",
                "ordering": ("at",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="watches", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="watches", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "watches",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("employee", "ticket"), name="watch_once")],
            },
        ),
        migrations.AlterUniqueTogether(
            name="queuegroupobjectpermission",
            unique_together={("group", "permission", "content_object")},
        ),
    ]
