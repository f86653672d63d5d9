import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0007_hot_rows"),
        ("verification", "0005_take_sign_ins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "sitting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="presence",
                        serialize=False,
                        to="core.sitting",
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[("present", "Present"), ("not_here", "Not Here")], max_length=8
                    ),
                ),
                ("answered_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SignInReview",
            fields=[
                (
                    "sign_in",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="review",
                        serialize=False,
                        to="verification.signin",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("no_effect", "No Effect"), ("applied", "Applied")], max_length=9
                    ),
                ),
                ("note", models.TextField()),
                ("cleared_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="signin",
            name="sign_in_review",
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(
                    ("status", "rejected"),
                    models.Q(("effective", False), ("outcome", "passed"), ("status", "created")),
                    ("proctor_unchecked", True),
                    ("late", True),
                    ("skew_ms__gt", 300000),
                    ("skew_ms__lt", -300000),
                    _connector="OR",
                ),
                fields=["room_session"],
                name="sign_in_review",
            ),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(
                    ("status", "rejected"),
                    models.Q(("effective", False), ("outcome", "passed"), ("status", "created")),
                    ("proctor_unchecked", True),
                    ("late", True),
                    ("skew_ms__gt", 300000),
                    ("skew_ms__lt", -300000),
                    _connector="OR",
                ),
                fields=["-received_at", "id"],
                name="sign_in_review_order",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="answered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="signinreview",
            name="cleared_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="signinreview",
            name="sitting",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="core.sitting",
            ),
        ),
        migrations.AddConstraint(
            model_name="signinreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "no_effect"), ("sitting", None)),
                    models.Q(("outcome", "applied"), ("sitting__isnull", False)),
                    _connector="OR",
                ),
                name="an_applied_fact_names_whom_it_signed_in",
            ),
        ),
    ]
