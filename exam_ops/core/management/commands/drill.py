"""`manage.py drill PLAN --unit UNIT --at T-6m`: moves a drill's clock."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exam_ops.core import clock, drill
from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamPlan, TimeUnit


class Command(BaseCommand):
    help = "Moves the clock of a drill: to a moment of a unit, to just before the next deadline, or anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", help="code of the drill plan")
        parser.add_argument("--unit", help="code of the unit (default: the plan's first)")
        parser.add_argument("--at", help="T-6m, T+32m, E-10s … (T start, E end of the unit)")
        parser.add_argument("--next", action="store_true", help="to just before the next deadline")
        parser.add_argument("--reset", action="store_true", help="delete the drill's results and begin anew")

    def handle(self, *args, **options) -> None:
        plan = ExamPlan.objects.filter(code=options["plan"]).first()
        if plan is None:
            raise CommandError(f"没有考试计划 {options['plan']}。No such plan.")
        try:
            plan = self.move(plan, options)
        except Refusal as refusal:
            raise CommandError(f"{refusal.detail.zh}\n{refusal.detail.en}") from None
        self.stdout.write(f"{plan.code} {drill.local(plan.plan_time(clock.now()))}")

    def move(self, plan: ExamPlan, options) -> ExamPlan:
        now = clock.now()
        if options["next"] and not options["reset"]:
            return drill.jump_to_next(plan, now=now, actor=None)
        if not options["at"] and not options["reset"]:
            raise CommandError("--at, --next or --reset is needed")
        to = drill.target_of(self.unit(plan, options["unit"]), options["at"] or "T-30m")
        if options["reset"]:
            return drill.reset(plan, to=to, now=now, actor=None)
        return drill.jump(plan, to=to, now=now, actor=None)

    def unit(self, plan: ExamPlan, code: str | None) -> TimeUnit:
        units = plan.units.all()
        unit = units.filter(code=code).first() if code else units.first()
        if unit is None:
            raise CommandError(f"没有时间单元 {code or ''}。No such unit.")
        return unit
