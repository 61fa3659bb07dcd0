import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import servicedesk.common.text
import servicedesk.tickets.models.ticket


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("directory", "__first__"),
        ("tickets", "0002_approvals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ("-pk",),
                "permissions": [("publish_article", "Review, publish and archive articles")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ArticleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ordinal", models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "state",
                    servicedesk.tickets.models.ticket.StateField(max_length=30, protected=True, verbose_name="status"),
                ),
                (
                    "title",
                    models.CharField(
                        max_length=200, validators=[servicedesk.common.text.validate_line], verbose_name="title"
                    ),
                ),
                (
                    "summary",
                    models.CharField(
                        blank=True,
                        max_length=300,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="summary",
                    ),
                ),
                (
                    "body",
                    models.TextField(
                        max_length=50000, validators=[servicedesk.common.text.validate_block], verbose_name="text"
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("everybody", "Everybody"),
                            ("technicians", "People who work at a desk"),
                            ("queue", "The people of one queue"),
                            ("groups", "Named groups"),
                        ],
                        default="everybody",
                        max_length=12,
                        verbose_name="audience",
                    ),
                ),
                (
                    "draft_readers",
                    models.CharField(
                        choices=[
                            ("technicians", "Every technician of its audience"),
                            ("writers", "Nobody else: it is confidential"),
                        ],
                        default="technicians",
                        max_length=12,
                        verbose_name="readers of the draft",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("en", "English"),
                            ("it", "Italian"),
                            ("zh-Hans", "Chinese (simplified)"),
                            ("zh-Hant", "Chinese (traditional)"),
                            ("ms", "Malay"),
                            ("de", "German"),
                            ("fr", "French"),
                            ("es", "Spanish"),
                        ],
                        default="en",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                (
                    "keywords",
                    models.CharField(
                        blank=True,
                        max_length=300,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="keywords",
                    ),
                ),
                ("review_by", models.DateField(blank=True, null=True, verbose_name="review by")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("published_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="published")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="kb.article"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="tickets.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "edited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="last edited by",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(blank=True, related_name="articles", to="auth.group", verbose_name="groups"),
                ),
                (
                    "publisher",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
            ],
            options={
                "ordering": ("article", "-ordinal"),
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "published")), fields=["review_by"], name="article_to_review"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("article", "ordinal"), name="article_version_counted_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "in_review"))),
                        fields=("article",),
                        name="article_one_open_version",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("published", "review_due"))),
                        fields=("article",),
                        name="article_one_live_version",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("draft", "in_review", "published", "review_due", "archived"))
                        ),
                        name="article_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("publisher", None),
                            models.Q(
                                models.Q(("publisher", models.F("author")), _negated=True),
                                models.Q(("publisher", models.F("edited_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="article_published_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("published", "review_due")), _negated=True),
                            models.Q(("published_at__isnull", False), ("publisher__isnull", False)),
                            _connector="OR",
                        ),
                        name="article_live_was_published",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("audience__in", ["everybody", "technicians", "queue", "groups"])),
                        name="article_audience_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("audience", "queue"), ("queue__isnull", False)),
                            models.Q(models.Q(("audience", "queue"), _negated=True), ("queue", None)),
                            _connector="OR",
                        ),
                        name="article_queue_of_its_audience",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("draft_readers__in", ["technicians", "writers"])),
                        name="article_draft_readers_known",
                    ),
                ],
            },
            bases=(servicedesk.tickets.models.ticket.RereadsState, models.Model),
        ),
        migrations.CreateModel(
            name="Feedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("helpful", models.BooleanField(verbose_name="helpful")),
                (
                    "comment",
                    models.CharField(
                        blank=True,
                        max_length=2000,
                        validators=[servicedesk.common.text.validate_block],
                        verbose_name="comment",
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="feedback", to="kb.articleversion"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "feedback",
                "ordering": ("-at", "-pk"),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("version", "employee"), name="article_feedback_once")],
            },
        ),
        migrations.CreateModel(
            name="Writer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="writers", to="kb.articleversion"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("version", "employee"), name="article_writer_once")],
            },
        ),
        migrations.CreateModel(
            name="ArticleLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("used", "used on it"), ("read", "read before it was reported")],
                        default="used",
                        max_length=6,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="kb.article"
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="articles", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "ordering": ("at", "pk"),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("ticket", "article"), name="article_link_once")],
            },
        ),
    ]
