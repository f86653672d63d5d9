"""All tables, gathered from the first weeks' migrations; a database that has those has this."""

import django.db.models.deletion
import exam_ops.core.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("client_support", "0001_initial"),
        ("client_support", "0003_lifted_locks"),
    ]

    dependencies = [
        ('core', '0001_tables'),
        ('core', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=32, unique=True)),
                ('required', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='ClientLogin',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('machine_id', models.CharField(max_length=64)),
                ('client_version', models.CharField(max_length=32)),
                ('os', models.CharField(max_length=100)),
                ('seen_ip', models.GenericIPAddressField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('skew_ms', models.BigIntegerField(blank=True, null=True)),
                ('nth', models.PositiveIntegerField(default=1)),
                ('status', models.CharField(choices=[('waiting_entry', 'Waiting Entry'), ('waiting_authorisation', 'Waiting Authorisation'), ('authorised', 'Authorised'), ('admitted', 'Admitted'), ('denied', 'Denied'), ('expired', 'Expired')], max_length=24)),
                ('created_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=10)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('authorised_until', models.DateTimeField(blank=True, null=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='client_logins', to='core.sitting')),
            ],
            options={
                'indexes': [models.Index(fields=['sitting', 'status'], name='client_login_of_sitting')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'authorised'), _negated=True), ('authorised_until__isnull', False), _connector='OR'), name='an_authorisation_has_an_end')],
            },
        ),
        migrations.CreateModel(
            name='MachineReport',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('machine_id', models.CharField(db_index=True, max_length=64)),
                ('client_version', models.CharField(max_length=32)),
                ('os', models.CharField(max_length=100)),
                ('memory_mb', models.PositiveIntegerField(blank=True, null=True)),
                ('disk_gb', models.FloatField(blank=True, null=True)),
                ('opengl', models.CharField(blank=True, max_length=64, null=True)),
                ('directx', models.CharField(blank=True, max_length=64, null=True)),
                ('seen_ip', models.GenericIPAddressField()),
                ('problems', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='machine_reports', to='core.examsite')),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='PublicAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(max_length=50)),
                ('carrier', models.CharField(blank=True, max_length=40)),
                ('valid_from', models.DateTimeField(blank=True, null=True)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('drill_only', models.BooleanField(default=False)),
                ('registered_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('registered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('removed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='public_addresses', to='core.examsite')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('site', 'network'), name='a_network_is_registered_once_per_site'), models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='an_address_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='RefusedLogin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ticket_no', models.CharField(max_length=30)),
                ('machine_id', models.CharField(max_length=64)),
                ('client_version', models.CharField(max_length=32)),
                ('seen_ip', models.GenericIPAddressField(null=True)),
                ('code', models.CharField(max_length=24)),
                ('at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='refused_logins', to='core.examsite')),
                ('sitting', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='refused_logins', to='core.sitting')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'at'], name='refused_login_at_site'), models.Index(fields=['ticket_no', 'machine_id', 'at'], name='refused_login_by_ticket')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=64)),
                ('stored', models.TextField()),
                ('answered_at', models.DateTimeField()),
                ('machine_id', models.CharField(max_length=64)),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='core.sitting')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sitting', 'question'), name='one_answer_stands_per_question')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='ClientSession',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('machine_id', models.CharField(max_length=64)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('token_used_at', models.DateTimeField(blank=True, null=True)),
                ('export_key', exam_ops.core.fields.EncryptedField()),
                ('skew_ms', models.BigIntegerField(blank=True, null=True)),
                ('opened_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('paper_loaded_at', models.DateTimeField(blank=True, null=True)),
                ('offline_since', models.DateTimeField(blank=True, null=True)),
                ('fault_note', models.CharField(blank=True, max_length=200)),
                ('superseded_at', models.DateTimeField(blank=True, null=True)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('forced', models.BooleanField(default=False)),
                ('login', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='session', to='client_support.clientlogin')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='client_sessions', to='core.sitting')),
            ],
            options={
                'indexes': [models.Index(fields=['sitting', 'machine_id'], name='client_session_of_machine')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('sitting',), name='one_machine_at_a_time_per_sitting'), models.CheckConstraint(condition=models.Q(('forced', False), ('submitted_at__isnull', False), _connector='OR'), name='only_a_submitted_paper_is_forced')],
            },
        ),
        migrations.CreateModel(
            name='ClientEvent',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('paper_loaded', 'Paper Loaded'), ('offline', 'Offline'), ('online', 'Online'), ('fault', 'Fault')], max_length=16)),
                ('at', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=500)),
                ('received_at', models.DateTimeField()),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='client_support.clientsession')),
            ],
            options={
                'indexes': [models.Index(fields=['session', 'at'], name='client_event_of_session')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='AnswerWrite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64)),
                ('outcome', models.CharField(choices=[('stored', 'Stored'), ('submitted', 'Submitted'), ('superseded', 'Superseded')], max_length=12)),
                ('stored', models.PositiveIntegerField(default=0)),
                ('ignored', models.PositiveIntegerField(default=0)),
                ('kept', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='writes', to='client_support.clientsession')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('session', 'fingerprint'), name='a_repeated_write_changes_nothing')],
            },
        ),
        migrations.CreateModel(
            name='OfflinePackage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=255)),
                ('exported_at', models.DateTimeField()),
                ('answers', models.TextField()),
                ('answer', models.JSONField()),
                ('uploaded_at', models.DateTimeField()),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='packages', to='client_support.clientsession')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
    ]
