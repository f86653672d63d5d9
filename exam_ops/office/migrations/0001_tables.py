"""All tables, gathered from the first weeks' migrations; a database that has those has this."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("office", "0001_initial"),
    ]

    dependencies = [
        ('core', '0001_tables'),
        ('core', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='TicketCase',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('problem', models.CharField(choices=[('missing', 'missing'), ('unprinted', 'unprinted'), ('wrong_name', 'wrong_name'), ('wrong_photo', 'wrong_photo'), ('wrong_place', 'wrong_place'), ('other', 'other')], max_length=12)),
                ('corrected', models.CharField(blank=True, max_length=300)),
                ('rule', models.CharField(choices=[('reprinted', 'reprinted'), ('corrected', 'corrected'), ('documents', 'documents'), ('police_proof', 'police_proof'), ('not_admitted', 'not_admitted')], max_length=14)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('incident', models.CharField(blank=True, max_length=30)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ticket_cases', to='core.sitting')),
            ],
            options={
                'ordering': ['-decided_at'],
                'indexes': [],
                'constraints': [],
            },
        ),
    ]
