"""What a proctor's certificate stands on: document, pictures, what is missing (decision 0030). Certificates that
workbooks of earlier releases gave stay as they are: nobody is locked out on an exam day."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_one_room_at_a_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="proctorprofile",
            name="claimed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="document",
            field=models.CharField(
                blank=True,
                choices=[
                    ("resident", "resident"),
                    ("residence_permit", "residence_permit"),
                    ("foreign_resident", "foreign_resident"),
                    ("passport", "passport"),
                    ("other", "other"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="document_photo",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="entered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="held_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="held_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="hints",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="needs",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="photo",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="revision",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="proctorprofile",
            name="valid_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="proctorprofile",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("recheck", "Recheck"),
                    ("certified", "Certified"),
                    ("refused", "Refused"),
                    ("recorded", "Recorded"),
                ],
                default="pending",
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="proctorprofile",
            index=models.Index(fields=["site", "status"], name="proctor_of_site_by_status"),
        ),
        migrations.AddIndex(
            model_name="proctorprofile",
            index=models.Index(
                condition=models.Q(("valid_until__isnull", False)),
                fields=["valid_until"],
                name="certificate_ends",
            ),
        ),
    ]
