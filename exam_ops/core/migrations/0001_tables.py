"""All tables, gathered from the first weeks' migrations; a database that has those has this."""

import datetime
import django.db.models.deletion
import django.db.models.functions.comparison
import exam_ops.core.fields
import exam_ops.rules.permissions
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ("core", "0001_initial"),
        ("core", "0002_drill_clock_set_at"),
        ("core", "0003_drill_clock_history"),
        ("core", "0004_decisions_of_headquarters"),
        ("core", "0006_login_failed_and_one_time_codes"),
        ("core", "0007_hot_rows"),
        ("core", "0008_deputies_and_manual_checks"),
        ("core", "0009_figures_of_boards"),
        ("core", "0010_manual_checks"),
        ("core", "0011_coordinates_of_sites"),
        ("core", "0012_fewer_indexes_of_events"),
    ]

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=64)),
                ('is_active', models.BooleanField(default=True)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'abstract': False,
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Branch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('duty_phone', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('data', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='ExamPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('real', 'Real'), ('mock', 'Mock'), ('drill', 'Drill')], default='real', max_length=6)),
                ('mode', models.CharField(choices=[('cbe', 'Cbe'), ('paper', 'Paper')], default='cbe', max_length=6)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('clock_offset', models.DurationField(default=datetime.timedelta(0))),
                ('clock_set_at', models.DateTimeField(blank=True, null=True)),
                ('clock_history', models.JSONField(blank=True, default=list)),
                ('policy_version', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind', 'drill'), ('clock_offset', datetime.timedelta(0)), _connector='OR'), name='only_a_drill_has_a_clock_of_its_own'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='a_plan_ends_after_it_begins')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('sent_at', None)), fields=['due_at'], name='outbox_due')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('device_id', models.CharField(max_length=100)),
                ('platform', models.CharField(max_length=20)),
                ('app_version', models.CharField(max_length=32)),
                ('os_version', models.CharField(blank=True, max_length=32)),
                ('model', models.CharField(blank=True, max_length=64)),
                ('memory_mb', models.PositiveIntegerField(blank=True, null=True)),
                ('form_factor', models.CharField(blank=True, max_length=10)),
                ('seen_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('user', 'device_id'), name='one_row_per_account_and_device')],
            },
        ),
        migrations.CreateModel(
            name='LearningCentre',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='centres', to='core.branch')),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='one_time_codes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(condition=models.Q(('used_at', None)), fields=('user',), name='one_usable_code_per_account')],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=10)),
                ('name', models.CharField(max_length=100)),
                ('minutes', models.PositiveIntegerField()),
                ('listening', models.BooleanField(default=False)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='papers', to='core.examplan')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('plan', 'number'), name='a_paper_number_is_unique_in_its_plan')],
            },
        ),
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('values', models.JSONField(default=dict)),
                ('changed_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='core.examplan')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('plan', 'version'), name='policy_versions_count_up')],
            },
        ),
        migrations.CreateModel(
            name='StoredAnswer',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('fingerprint', models.CharField(max_length=64)),
                ('answer', models.JSONField()),
                ('at', models.DateTimeField()),
                ('plan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.examplan')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='TimeUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(blank=True, max_length=60)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='core.examplan')),
            ],
            options={
                'ordering': ['start', 'code'],
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('plan', 'code'), name='a_unit_code_is_unique_in_its_plan'), models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='a_unit_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('digest', models.CharField(max_length=128, primary_key=True, serialize=False)),
                ('token_key', models.CharField(db_index=True, max_length=25)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('expiry', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
                ('device', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='core.device')),
            ],
            options={
                'abstract': False,
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='ExamSite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('kind', models.CharField(choices=[('formal', 'Formal'), ('temporary', 'Temporary')], default='formal', max_length=10)),
                ('status', models.CharField(choices=[('normal', 'Normal'), ('suspended', 'Suspended'), ('revoked', 'Revoked')], default='normal', max_length=10)),
                ('uplink_mbps', models.PositiveIntegerField(blank=True, null=True)),
                ('downlink_mbps', models.PositiveIntegerField(blank=True, null=True)),
                ('latitude', models.FloatField(blank=True, null=True)),
                ('longitude', models.FloatField(blank=True, null=True)),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='core.branch')),
                ('centres', models.ManyToManyField(blank=True, related_name='sites', to='core.learningcentre')),
            ],
            options={
                'indexes': [],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('latitude', None), ('longitude', None)), models.Q(('latitude__isnull', False), ('latitude__range', (-90, 90)), ('longitude__isnull', False), ('longitude__range', (-180, 180))), _connector='OR'), name='a_site_lies_on_the_earth')],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('student_no', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=64)),
                ('id_no', exam_ops.core.fields.EncryptedField(blank=True)),
                ('id_no_index', models.CharField(blank=True, db_index=True, max_length=64)),
                ('photo', models.CharField(blank=True, max_length=64)),
                ('centre', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='core.learningcentre')),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='ExamRoom',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('room_no', models.CharField(max_length=20)),
                ('place', models.CharField(blank=True, max_length=100)),
                ('seats', models.PositiveIntegerField(default=0)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rooms', to='core.examsite')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('site', 'room_no'), name='a_room_number_is_unique_in_its_site')],
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('granted_at', models.DateTimeField()),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegations', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='delegations', to='core.examsite')),
            ],
            options={
                'indexes': [],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('valid_from'))), name='a_delegation_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('hq', 'hq'), ('branch_officer', 'branch_officer'), ('site_admin', 'site_admin'), ('chief', 'chief'), ('proctor', 'proctor'), ('centre_officer', 'centre_officer'), ('support', 'support'), ('inspector', 'inspector'), ('candidate', 'candidate')], max_length=20)),
                ('rights', models.JSONField(blank=True, default=list)),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='core.branch')),
                ('candidate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='core.candidate')),
                ('centre', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='core.learningcentre')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='core.examsite')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(models.F('user'), models.F('role'), django.db.models.functions.comparison.Coalesce('branch', 0), django.db.models.functions.comparison.Coalesce('site', 0), django.db.models.functions.comparison.Coalesce('centre', 0), django.db.models.functions.comparison.Coalesce('candidate', 0), name='one_membership_per_role_and_scope'), models.CheckConstraint(condition=models.Q(models.Q(('branch', None), ('candidate', None), ('centre', None), ('role', exam_ops.rules.permissions.Role['HQ']), ('site', None)), models.Q(('branch__isnull', False), ('role', exam_ops.rules.permissions.Role['BRANCH'])), models.Q(('role__in', [exam_ops.rules.permissions.Role['SITE'], exam_ops.rules.permissions.Role['CHIEF'], exam_ops.rules.permissions.Role['PROCTOR']]), ('site__isnull', False)), models.Q(('centre__isnull', False), ('role', exam_ops.rules.permissions.Role['CENTRE'])), models.Q(('candidate__isnull', False), ('role', exam_ops.rules.permissions.Role['CANDIDATE'])), ('role__in', [exam_ops.rules.permissions.Role['SUPPORT'], exam_ops.rules.permissions.Role['INSPECTOR']]), _connector='OR'), name='a_role_has_its_own_kind_of_scope')],
            },
        ),
        migrations.CreateModel(
            name='ProctorProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('id_no', exam_ops.core.fields.EncryptedField(blank=True)),
                ('id_no_index', models.CharField(blank=True, db_index=True, max_length=64)),
                ('phone', exam_ops.core.fields.EncryptedField(blank=True)),
                ('status', models.CharField(choices=[('certified', 'Certified'), ('pending', 'Pending'), ('refused', 'Refused')], default='pending', max_length=12)),
                ('source', models.CharField(blank=True, choices=[('import', 'Import'), ('person', 'Person'), ('service', 'Service')], max_length=12)),
                ('status_reason', models.CharField(blank=True, max_length=200)),
                ('status_at', models.DateTimeField(blank=True, null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proctors', to='core.examsite')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='proctor', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='SiteUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_due_at', models.DateTimeField(blank=True, null=True)),
                ('generation', models.PositiveIntegerField(default=0)),
                ('start', models.DateTimeField()),
                ('end', models.DateTimeField()),
                ('paper_minutes', models.JSONField(default=list)),
                ('manual_check_for_all', models.BooleanField(default=False)),
                ('evidence_end', models.DateTimeField(blank=True, null=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('place', models.CharField(blank=True, max_length=200)),
                ('starts_at', models.DateTimeField()),
                ('entry_opens_at', models.DateTimeField()),
                ('entry_closes_at', models.DateTimeField()),
                ('evidence_closes_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='site_units', to='core.examsite')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='site_units', to='core.timeunit')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_due_at__isnull', False)), fields=['next_due_at'], name='site_unit_due'), models.Index(fields=['starts_at'], name='site_unit_start')],
                'constraints': [models.UniqueConstraint(fields=('site', 'unit'), name='one_site_unit_per_site_and_unit'), models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='a_site_unit_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='RoomSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('registered', models.IntegerField(default=0)),
                ('signed_in', models.IntegerField(default=0)),
                ('pending', models.IntegerField(default=0)),
                ('approved', models.IntegerField(default=0)),
                ('rejected', models.IntegerField(default=0)),
                ('absent', models.IntegerField(default=0)),
                ('emergency', models.IntegerField(default=0)),
                ('failed_only', models.IntegerField(default=0)),
                ('refused_logins', models.IntegerField(default=0)),
                ('open_incidents', models.IntegerField(default=0)),
                ('app_locked_out', models.BooleanField(default=False)),
                ('proctors_checked', models.IntegerField(default=0)),
                ('last_sign_in_at', models.DateTimeField(blank=True, null=True)),
                ('revision', models.BigIntegerField(default=0)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='core.examroom')),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_sessions', to='core.siteunit')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('site_unit', 'room'), name='one_session_per_room_and_site_unit')],
            },
        ),
        migrations.CreateModel(
            name='Effect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('generation', models.PositiveIntegerField()),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='effects', to='core.siteunit')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['due_at'], name='effect_due')],
                'constraints': [models.UniqueConstraint(fields=('site_unit', 'kind', 'generation'), name='an_effect_is_asked_once')],
            },
        ),
        migrations.CreateModel(
            name='DeadlineRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deadline', models.CharField(max_length=40)),
                ('generation', models.PositiveIntegerField()),
                ('due_at', models.DateTimeField()),
                ('fired_at', models.DateTimeField(blank=True, null=True)),
                ('lag_ms', models.BigIntegerField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('fired', 'Fired'), ('late', 'Late'), ('skipped', 'Skipped'), ('failed', 'Failed')], max_length=8)),
                ('attempts', models.PositiveIntegerField(default=1)),
                ('retry_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deadline_records', to='core.siteunit')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('retry_at__isnull', False)), fields=['retry_at'], name='deadline_retry')],
                'constraints': [models.UniqueConstraint(fields=('site_unit', 'deadline', 'generation'), name='a_deadline_fires_once_per_generation')],
            },
        ),
        migrations.CreateModel(
            name='RosterRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.CharField(choices=[('lead', 'Lead'), ('second', 'Second')], default='lead', max_length=6)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('login_failed_at', models.DateTimeField(blank=True, null=True)),
                ('proctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roster_rows', to=settings.AUTH_USER_MODEL)),
                ('room_session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roster', to='core.roomsession')),
            ],
            options={
                'indexes': [],
                'constraints': [models.UniqueConstraint(fields=('room_session', 'proctor'), name='a_proctor_stands_once_in_a_room_session'), models.UniqueConstraint(fields=('room_session', 'position'), name='one_proctor_per_position')],
            },
        ),
        migrations.CreateModel(
            name='Sitting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seat_no', models.CharField(blank=True, max_length=10)),
                ('ticket_no', models.CharField(max_length=30)),
                ('held_over', models.BooleanField(default=False)),
                ('manual_check', models.BooleanField(db_default=False, default=False)),
                ('entry_status', models.CharField(choices=[('not_signed_in', 'not_signed_in'), ('signed_in', 'signed_in'), ('pending', 'pending'), ('approved', 'approved'), ('rejected', 'rejected'), ('absent', 'absent')], default='not_signed_in', max_length=14)),
                ('emergency', models.BooleanField(default=False)),
                ('failed_attempts', models.PositiveIntegerField(default=0)),
                ('late', models.BooleanField(default=False)),
                ('entry_moved_at', models.DateTimeField(blank=True, null=True)),
                ('has_client_session', models.BooleanField(default=False)),
                ('client_refused', models.BooleanField(default=False)),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='core.candidate')),
                ('paper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='core.paper')),
                ('room_session', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='core.roomsession')),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sittings', to='core.siteunit')),
            ],
            options={
                'indexes': [models.Index(fields=['ticket_no'], name='sitting_ticket'), models.Index(condition=models.Q(('room_session', None)), fields=['site_unit'], name='sitting_without_room'), models.Index(condition=models.Q(('held_over', True)), fields=['site_unit'], name='sitting_held_over'), models.Index(condition=models.Q(('manual_check', True)), fields=['site_unit'], name='sitting_manual_check')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('seat_no', ''), _negated=True), fields=('room_session', 'seat_no'), name='one_candidate_per_seat'), models.UniqueConstraint(fields=('candidate', 'site_unit', 'paper'), name='a_paper_is_sat_once_per_unit'), models.UniqueConstraint(fields=('ticket_no', 'site_unit', 'paper'), name='a_ticket_admits_one_sitting')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('plan_at', models.DateTimeField(blank=True, null=True)),
                ('subject', models.CharField(blank=True, max_length=60)),
                ('data', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='core.examplan')),
                ('room_session', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.roomsession')),
                ('site_unit', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='core.siteunit')),
                ('sitting', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='core.sitting')),
            ],
            options={
                'indexes': [models.Index(fields=['site_unit', 'id'], name='event_of_site_unit'), models.Index(condition=models.Q(('site_unit', None)), fields=['plan', 'id'], name='event_of_plan')],
                'constraints': [],
            },
        ),
    ]
