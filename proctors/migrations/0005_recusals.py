import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_one_room_at_a_time'),
        ('proctors', '0004_presses'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relation', models.CharField(choices=[('relative', 'Relative'), ('teacher', 'Teacher'), ('work', 'Work'), ('other', 'Other')], max_length=10)),
                ('reason', models.CharField(max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('candidate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to='core.candidate')),
                ('centre', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to='core.learningcentre')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to=settings.AUTH_USER_MODEL)),
                ('room', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to='core.examroom')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to='core.examsite')),
            ],
            options={
                'ordering': ['-entered_at', '-pk'],
                'constraints': [
                    models.CheckConstraint(name='a_recusal_names_one_thing', condition=Q(candidate__isnull=False, room=None, centre=None) | Q(candidate=None, room__isnull=False, centre=None) | Q(candidate=None, room=None, centre__isnull=False)),
                    models.UniqueConstraint(condition=Q(lifted_at=None), fields=('proctor', 'candidate'), name='one_recusal_per_proctor_and_candidate'),
                    models.UniqueConstraint(condition=Q(lifted_at=None), fields=('proctor', 'room'), name='one_recusal_per_proctor_and_room'),
                    models.UniqueConstraint(condition=Q(lifted_at=None), fields=('proctor', 'centre'), name='one_recusal_per_proctor_and_centre'),
                ],
            },
        ),
    ]
