"""The processes of docker-compose.yml, with its commands, as in production, on a real PostgreSQL and Redis."""

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg2
import pytest
import yaml
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PROGRAMS = Path(sys.executable).parent
HOST = "portal.example.edu"
DATABASE = f"as_deployed_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]


class Deployment:
    """Runs a service's command here: own programs, a free port, a folder of its own instead of /tmp."""

    def __init__(self, folder: Path, environment: dict[str, str], port: int) -> None:
        self.folder, self.environment, self.port = folder, environment, port
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def words(self, command: list[str], name: str) -> list[str]:
        program, *rest = (re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", word) for word in command)
        here = {"--port=8000": f"--port={self.port}", "--host=0.0.0.0": "--host=127.0.0.1"}
        rest = [here.get(word, word).replace("/tmp/", f"{self.folder}/{name}-") for word in rest]
        return [str(PROGRAMS / program), *(word.replace(":8000/", f":{self.port}/") for word in rest)]

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                self.words(SERVICES[name]["command"], name),
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *command: str) -> None:
        done = subprocess.run(
            self.words(list(command), "once"), cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def is_healthy(self, name: str) -> bool:
        kind, *test = SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD"
        done = subprocess.run(
            self.words(test, name), cwd=ROOT, env=self.environment, capture_output=True, timeout=30
        )
        return done.returncode == 0

    def get(self, path: str) -> httpx.Response:
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=5)

    def wait_for(self, what: str, question: Callable[[], bool], seconds: float = 60) -> None:
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            for name, process in self.running.items():
                assert process.poll() is None, f"{name} ended:\n{self.log(name)}"
            try:
                if question():
                    return
            except httpx.TransportError:
                pass
            threading.Event().wait(0.2)
        raise AssertionError(f"{what}: not within {seconds} s\n" + "\n".join(map(self.log, self.running)))

    def log(self, name: str) -> str:
        return f"--- {name}\n{(self.folder / f'{name}.log').read_text(errors='replace')[-3000:]}"

    def stop(self, name: str) -> bool:
        """True when it ended on its own within 15 s; killed with its children otherwise."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False
        return True


@pytest.fixture(scope="module")
def own_database() -> Iterator[str]:
    """An empty database beside the one of the other tests."""
    here = urlsplit(os.environ["DATABASE_URL"])
    line = psycopg2.connect(os.environ["DATABASE_URL"])
    line.autocommit = True
    with line.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        yield urlunsplit(here._replace(path=f"/{DATABASE}"))
        cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    line.close()


@pytest.fixture(scope="module")
def deployment(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    redis = urlsplit(os.environ["REDIS_URL"])
    environment = {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "DATA_DIR": str(folder / "data"),
        **{name: value for name, value in SERVICES["web"]["environment"].items() if "${" not in value},
        "DATABASE_URL": own_database,
        "REDIS_URL": urlunsplit(redis._replace(path="/63")),
        "SECRET_KEY": "made-for-this-test" * 4,
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "BLIND_INDEX_KEY": "made-for-this-test",
        "EVIDENCE_KEY": base64.b64encode(b"made-for-this-test".ljust(32)).decode(),
        "ALLOWED_HOSTS": HOST,
        "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    deployed = Deployment(folder, environment, port)
    deployed.run("python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    deployed.run(*SERVICES["migrate"]["command"])
    try:
        for name in ("web", "worker", "beat-a", "beat-b"):
            deployed.start(name)
        deployed.wait_for("web answers", lambda: deployed.get("/healthz").status_code == 200)
        yield deployed
    finally:
        for name in list(deployed.running):
            deployed.stop(name)


def test_the_portal_becomes_ready(deployment: Deployment) -> None:
    deployment.wait_for("readiness", lambda: deployment.get("/readyz").status_code == 200)


@pytest.mark.parametrize("name", ["web", "worker"])
def test_its_own_health_check_says_so(deployment: Deployment, name: str) -> None:
    deployment.wait_for(f"health of {name}", lambda: deployment.is_healthy(name))


def test_a_page_comes_with_hashed_static_files_and_secure_cookies(deployment: Deployment) -> None:
    page = deployment.get("/login/")

    assert page.status_code == 200
    assert re.search(r"/static/\S+\.[0-9a-f]{12}\.css", page.text)
    assert all("Secure" in cookie for cookie in page.headers.get_list("set-cookie"))
    assert "max-age=" in page.headers["strict-transport-security"]


def test_one_beat_may_fall(deployment: Deployment) -> None:
    assert deployment.stop("beat-a")

    deployment.wait_for("readiness", lambda: deployment.get("/readyz").status_code == 200)


def test_a_host_that_is_not_ours_is_refused(deployment: Deployment) -> None:
    answer = httpx.get(f"http://127.0.0.1:{deployment.port}/login/", headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400
