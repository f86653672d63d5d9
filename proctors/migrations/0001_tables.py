"""All tables, gathered from the first weeks' migrations; a database that has those has this."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("proctors", "0001_proctor_changes"),
    ]

    dependencies = [
        ('core', '0001_tables'),
        ('core', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProctorChange',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('batch', models.UUIDField(db_index=True)),
                ('position', models.CharField(choices=[('lead', 'Lead'), ('second', 'Second')], max_length=6)),
                ('reason', models.TextField()),
                ('window', models.CharField(choices=[('free', 'Free'), ('branch_approval', 'Branch Approval'), ('emergency', 'Emergency')], max_length=15)),
                ('window_until', models.DateTimeField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('applied', 'Applied'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('expired', 'Expired'), ('withdrawn', 'Withdrawn')], max_length=9)),
                ('requested_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_note', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incoming', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proctor_changes_into', to=settings.AUTH_USER_MODEL)),
                ('outgoing', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proctor_changes', to=settings.AUTH_USER_MODEL)),
                ('room_session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proctor_changes', to='core.roomsession')),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proctor_changes', to='core.siteunit')),
            ],
            options={
                'ordering': ['-requested_at'],
                'indexes': [models.Index(fields=['site_unit', 'status'], name='proctor_change_of_site_unit'), models.Index(condition=models.Q(('status', 'pending')), fields=['window_until'], name='proctor_change_waits')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('room_session', 'outgoing'), name='one_pending_change_per_outgoing'), models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('room_session', 'incoming'), name='one_pending_change_per_incoming'), models.UniqueConstraint(condition=models.Q(('status', 'pending')), fields=('room_session', 'position'), name='one_pending_change_per_position'), models.CheckConstraint(condition=models.Q(models.Q(('outgoing__isnull', False), ('incoming__isnull', False), _connector='OR'), models.Q(('outgoing', None), ('incoming', None), models.Q(('outgoing', models.F('incoming')), _negated=True), _connector='OR')), name='a_change_moves_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'rejected']), _negated=True), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), name='nobody_decides_their_own_change'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'rejected']), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='a_decided_change_names_who_and_when'), models.CheckConstraint(condition=models.Q(models.Q(('window', 'free'), _negated=True), ('status', 'applied'), _connector='OR'), name='a_free_change_waits_for_nobody')],
            },
        ),
    ]
