"""`manage.py load_plan FILE [--photos ZIP] [--drill] [--at T-30m] [--hold-rosters] [--check]`: loads an exam plan workbook."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exam_ops.core import clock
from exam_ops.office.loading import FileRefused, Result, load
from exam_ops.office.loading.report import SHOWN


class Command(BaseCommand):
    help = "Loads an exam plan workbook (.xlsx); reports every bad row and loads nothing when there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the workbook")
        parser.add_argument("--photos", type=Path, help="ZIP of candidates' photos, {学号 or 证件号码}.jpg")
        parser.add_argument("--drill", action="store_true", help="load the plans as drills")
        parser.add_argument("--at", default="", help="where the clock of a new drill begins, e.g. T-30m")
        parser.add_argument(
            "--hold-rosters", action="store_true", help="leave roster rows of uncertified proctors out"
        )
        parser.add_argument("--check", action="store_true", help="only say what would be loaded")

    def handle(self, *args, **options) -> None:
        for path in filter(None, (options["file"], options["photos"])):
            if not path.is_file():
                raise CommandError(f"没有这个文件：{path}。No such file.")
        try:
            result = load(
                options["file"],
                photos=options["photos"],
                now=clock.now(),
                actor=None,
                as_drill=options["drill"],
                drill_at=options["at"],
                hold_rosters=options["hold_rosters"],
                check_only=options["check"],
            )
        except FileRefused as refused:
            raise CommandError(self.both(refused.detail.zh, refused.detail.en)) from None
        self.report(result)

    def report(self, result: Result) -> None:
        language = "zh"  # columns and sheets have Chinese names alone
        for warning in result.problems.warnings.shown:
            self.stderr.write(f"! {warning.line(language)}", self.style.WARNING)
        if not result.ok:
            for error in result.problems.errors.shown:
                self.stderr.write(error.line(language))
            count = len(result.problems.errors)
            more = f"（只列出前 {SHOWN} 处）" if result.problems.errors.hidden else ""
            raise CommandError(
                self.both(f"{count} 处错误{more}，没有载入任何内容。", f"{count} errors; nothing was loaded.")
            )
        for line in result.lines(language):
            self.stdout.write(line)
        photos = result.photos
        self.stdout.write(
            f"照片: {photos.given} 张，无照片的考生 {photos.missing} 人，没有用上 {photos.unused} 个文件"
        )
        done = "检查通过，没有写入" if result.check_only else "已载入"
        self.stdout.write(f"{done} {' '.join(result.plan_codes)}，用时 {result.seconds:.1f} 秒")

    def both(self, zh: str, en: str) -> str:
        return f"{zh}\n{en}"
