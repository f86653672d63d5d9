"""`manage.py demo`: loads the example as a drill, runs the portal and plays the morning."""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from exam_ops.core import clock, drill
from exam_ops.core.deadlines import wake
from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamPlan
from exam_ops.office import loading
from exam_ops.rules.moments import BEIJING
from exam_ops.sim.morning import play
from exam_ops.sim.timekeeper import Pace
from exam_ops.workbench.demo import accounts, certificates, contacts, processes

WORKBOOK = settings.BASE_DIR / "examples" / "2025秋-网考.xlsx"
PHOTOS = settings.BASE_DIR / "examples" / "2025秋-网考-照片.zip"
VAR = (
    settings.BASE_DIR / "var"
)  # the development place of everything: `manage.py drill …` finds the demo there
LOGS = VAR / "demo"
AHEAD = "T-9d"  # where a new drill's clock stands while it is prepared
MARK = "EXAM_OPS_DEMO"  # set once the command runs with the demo's own settings


class Command(BaseCommand):
    help = "An exam morning on this machine (DEMO_PORT, DEMO_PLAY=0, DEMO_PACE=real, DEMO_AT=T-20m)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        port = int(os.environ.get("DEMO_PORT", "8000"))
        if MARK not in os.environ:
            self._begin_anew(port)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._run(port)
        except KeyboardInterrupt:
            self.say("演示已停止。Stopped.")
        except processes.NotStarted as error:
            raise CommandError(str(error)) from None

    def _begin_anew(self, port: int) -> None:
        """Starts this command again under the settings of development, whatever the environment says."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise CommandError(
                    f"端口 {port} 已被占用，请用 DEMO_PORT=8010 make demo。Port {port} is taken: DEMO_PORT=8010 make demo."
                )
        _empty(LOGS)
        _empty(VAR / "broker" / "queue")
        own = {"DATA_DIR": str(VAR), "DATABASE_URL": f"sqlite:///{VAR / 'portal.sqlite3'}"}
        plain = {"REDIS_URL": "", "PRODUCTION": "0", "DEBUG": "0", "LOG_LEVEL": "WARNING", MARK: "1"}
        plain["MALLOC_ARENA_MAX"] = "2"  # threads share their heaps: a demo fits a small machine
        os.chdir(settings.BASE_DIR)
        os.execve(sys.executable, [sys.executable, "manage.py", "demo"], os.environ | own | plain)

    def _run(self, port: int) -> None:
        self.say("准备数据库 … preparing the database")
        call_command("migrate", verbosity=0)
        self.say("导入示例计划 … loading the example plan as a drill")
        plan = self._load()
        contacts.lay(now=clock.now())
        people = accounts.with_new_passwords(plan, WORKBOOK)
        base_url = f"http://127.0.0.1:{port}"
        demo = _describe(plan, people, base_url)
        (VAR / "demo.json").write_text(json.dumps(demo, ensure_ascii=False, indent=1), encoding="utf-8")
        connection.close()
        with processes.running(port, LOGS) as started:
            processes.wait_until_up(base_url, started, LOGS)
            self._greet(base_url, people, plan)
            if os.environ.get("DEMO_PLAY", "1") != "0":
                self._play(demo, plan)
            self.say("按 Ctrl-C 停止。Ctrl-C stops everything.")
            while not threading.Event().wait(1.0):
                processes.check(started, LOGS)

    def _load(self) -> ExamPlan:
        """As an office does it: the plan days ahead, the proctors compared, then their rosters; now the clock is set."""
        self._load_workbook(hold_rosters=True)
        self.say("核对监考教师的实名认证 … comparing the proctors' identities")
        certificates.compare_claimed(now=clock.now())
        plan = ExamPlan.objects.get(code=self._load_workbook().plan_codes[0])
        begin = os.environ.get("DEMO_AT", "T-30m")
        try:
            to = drill.target_of(plan.units.earliest("start"), begin)
        except Refusal as refusal:
            raise CommandError(f"DEMO_AT={begin}: {refusal.detail.zh} {refusal.detail.en}") from None
        return drill.reset(plan, to=to, now=clock.now(), actor=None)

    def _load_workbook(self, *, hold_rosters: bool = False) -> loading.Result:
        result = loading.load(
            WORKBOOK,
            photos=PHOTOS,
            as_drill=True,
            drill_at=AHEAD,
            hold_rosters=hold_rosters,
            now=clock.now(),
            actor=None,
        )
        if not result.ok:
            raise CommandError("\n".join(error.line("zh") for error in result.problems.errors.shown[:20]))
        return result

    def _greet(self, base_url: str, people: list[dict[str, Any]], plan: ExamPlan) -> None:
        self.say(
            f"\n  {base_url}/   演练时间 {plan.plan_time(clock.now()).astimezone(BEIJING):%m-%d %H:%M}\n"
        )
        for line in accounts.table(people):
            self.say(line)
        self.say(f"  全部账号 all accounts: {VAR / 'demo.json'}\n")

    def _play(self, demo: dict[str, Any], plan: ExamPlan) -> None:
        def jump() -> None:
            plan.refresh_from_db()
            drill.jump_to_next(plan, now=clock.now(), actor=None)
            connection.close()
            wake.tick()

        pace: Pace = "real" if os.environ.get("DEMO_PACE") == "real" else "jumps"
        result = play(demo, WORKBOOK, jump=jump, say=self.say, pace=pace)
        self.say(f"上午已演完，意外回答 {len(result.unexpected)} 个。The morning is played.")
        for line in result.unexpected[:10]:
            self.say(f"  {line}")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _describe(plan: ExamPlan, people: list[dict[str, Any]], base_url: str) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "accounts": people,
        "plan": plan.code,
        "units": [
            {
                "code": unit.code,
                "start": unit.start.astimezone(BEIJING).isoformat(),
                "end": unit.end.astimezone(BEIJING).isoformat(),
            }
            for unit in plan.units.all()
        ],
        "pid": os.getpid(),
    }


def _empty(folder: Path) -> None:
    """Deletes what the last demo left; the folder itself stays."""
    for place in sorted(folder.rglob("*"), reverse=True):
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
    folder.mkdir(parents=True, exist_ok=True)
