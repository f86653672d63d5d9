"""Orders, packages in their plan's chain, keys and checks on demand (C14)."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_manual_checks'),
        ('incidents', '0011_evidence_checks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidenceKey',
            fields=[
                ('key_id', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('public_key', models.CharField(max_length=44)),
                ('first_used_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PackageOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('closed', 'Closed'), ('reopened', 'Reopened'), ('changed', 'Changed'), ('asked', 'Asked')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('without_lost', models.BooleanField(default=False)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('making', 'Making'), ('done', 'Done'), ('dropped', 'Dropped')], default='waiting', max_length=7)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('failed_code', models.CharField(blank=True, max_length=20)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.examplan')),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='package_orders', to='core.siteunit')),
            ],
        ),
        migrations.CreateModel(
            name='EvidencePackage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('previous', models.CharField(blank=True, max_length=64)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('manifest_sha256', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=88)),
                ('size', models.BigIntegerField()),
                ('counts', models.JSONField(default=dict)),
                ('lost', models.JSONField(default=list)),
                ('cause', models.CharField(choices=[('closed', 'Closed'), ('reopened', 'Reopened'), ('changed', 'Changed'), ('asked', 'Asked')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('read_at', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packages', to='incidents.evidencekey')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packages', to='core.examplan')),
                ('site_unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packages', to='core.siteunit')),
                ('supersedes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='superseded_by', to='incidents.evidencepackage')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='package', to='incidents.packageorder')),
            ],
            options={
                'ordering': ['plan', 'number'],
            },
        ),
        migrations.CreateModel(
            name='PackageCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('findings', models.JSONField(default=list)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('package', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='incidents.evidencepackage')),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='package_check_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('done_at', None)), fields=('package',), name='one_check_of_a_package_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('due_at__isnull', False)), models.Q(('done_at__isnull', False), ('due_at', None)), _connector='OR'), name='a_package_check_says_when')],
            },
        ),
        migrations.AddIndex(
            model_name='packageorder',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='package_order_due'),
        ),
        migrations.AddConstraint(
            model_name='packageorder',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('site_unit',), name='one_package_of_a_site_unit_waits'),
        ),
        migrations.AddConstraint(
            model_name='packageorder',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'making')), fields=('plan',), name='packages_of_a_plan_are_made_one_by_one'),
        ),
        migrations.AddConstraint(
            model_name='packageorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state__in', ['waiting', 'making'])), models.Q(('due_at', None), ('state__in', ['done', 'dropped'])), _connector='OR'), name='an_order_that_is_open_says_when'),
        ),
        migrations.AddConstraint(
            model_name='evidencepackage',
            constraint=models.UniqueConstraint(fields=('plan', 'number'), name='packages_of_a_plan_are_numbered'),
        ),
        migrations.AddConstraint(
            model_name='evidencepackage',
            constraint=models.UniqueConstraint(fields=('plan', 'previous'), name='a_package_is_followed_by_one'),
        ),
        migrations.AddConstraint(
            model_name='evidencepackage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number', 1), ('previous', '')), models.Q(('number__gt', 1), models.Q(('previous', ''), _negated=True)), _connector='OR'), name='the_first_package_follows_none'),
        ),
    ]
