"""Targets that the portal does not call: no socket is opened to any of them, whatever name leads there."""

import subprocess
import sys
import threading

import pytest

from incidents.channels import dingtalk, feishu, guard, webhook, wecom, wire
from incidents.channels.outgoing import Address, AddressRefused, Outgoing
from tests.incidents.receiver import certificate_for, receiving

MESSAGE = Outgoing(
    "k1", "channel.test", "标题", "正文", "zh-hans", "", 4, "", "", "2025-12-06T08:30:00+08:00"
)

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:7f00:1::1", "2001:db8::1", "2002:7f00:1::1",
    "2002:a00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%lo", "fec0::1",
    "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "198.17.0.1", "198.20.0.1",
          "223.5.5.5", "2400:3200::1", "2606:4700:4700::1111"]  # fmt: skip

ODD = [
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://017700000001/", "https://127.1/",
    "https://127.0.1/", "https://0x7f.0x0.0x0.0x1/", "https://127.0.0.1./", "https://1.1.1.1./", "https://0/",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://intranet/", "https://[::1]/",
    "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[fe80::1%25lo]/", "https://[::1/", "https://::1/",
    "https://user@hooks.example.org/", "https://user:pass@hooks.example.org/", "https://hooks.example.org@127.0.0.1/",
    "https://hooks.example.org\\@127.0.0.1/", "https:\\\\127.0.0.1/", "https://127。0。0。1/", "https://１２７.0.0.1/",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://hooks.exаmple.org/", "https://hooks.example.org:22/", "https://hooks.example.org:0/",
    "https://hooks.example.org:99999/", "https://hooks.example.org:443:80/", "http://hooks.example.org/", "HTTP://8.8.8.8/",
    "ftp://hooks.example.org/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "unix:///var/run/x.sock",
    "dingtalk://token/", "https:///hooks.example.org/", "https:hooks.example.org", "//hooks.example.org/",
    "hooks.example.org", "", "https://", "https://hooks.example.org /", " https://hooks.example.org/",
    "https://hooks.example.org\n.evil.example/", "https://ho\tok.example.org/", "https://hooks.example.org\x00/",
    "https://-hooks.example.org/", "https://hooks..example.org/", "https://127%2e0.0.1/",
    "https://{}.example.org/".format("a" * 64),
]  # fmt: skip


@pytest.fixture
def name_server(monkeypatch):
    """`name_server["hooks.example.org"] = [...]`; the questions it was asked stand in `asked`."""

    class Names(dict):
        asked: list[str] = []

    names = Names()
    names.asked = []

    def look_up(host, port):
        names.asked.append(host)
        answer = names.get(host, [])
        return answer.pop(0) if answer and isinstance(answer[0], list) else answer

    monkeypatch.setattr(guard, "look_up", look_up)
    return names


@pytest.fixture
def sockets(monkeypatch):
    """Every address to which a socket was to be opened; none is."""
    opened = []

    def open_none(address, **_):
        opened.append(address)
        raise OSError("no network in a test")

    monkeypatch.setattr(wire.socket, "create_connection", open_none)
    return opened


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_such_an_address_opens_no_socket(address, name_server, sockets):
    name_server["hooks.example.org"] = [address]
    with pytest.raises(guard.TargetRefused):
        webhook.send(Address("https://hooks.example.org/x"), MESSAGE)
    assert sockets == []


@pytest.mark.parametrize("address", [a for a in PRIVATE if "%" not in a])
def test_nor_does_the_address_itself(address, name_server, sockets):
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(guard.TargetRefused):
        webhook.send(Address(f"https://{host}/x"), MESSAGE)
    assert (sockets, name_server.asked) == ([], [])


@pytest.mark.parametrize("url", ODD)
def test_an_oddly_written_target_opens_no_socket(url, name_server, sockets):
    name_server |= {"localhost": ["127.0.0.1"], "hooks.example.org": ["8.8.8.8"], "intranet": ["10.0.0.1"]}
    with pytest.raises(guard.TargetRefused):
        webhook.send(Address(url), MESSAGE)
    assert sockets == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_opened(address, name_server, sockets):
    name_server["hooks.example.org"] = [address]
    with pytest.raises(wire.NotReached):
        webhook.send(Address("https://hooks.example.org/x"), MESSAGE)
    assert sockets == [(address, 443)]


def test_one_bad_address_among_good_ones_opens_no_socket(name_server, sockets):
    name_server["hooks.example.org"] = ["8.8.8.8", "10.0.0.1"]
    with pytest.raises(guard.TargetRefused):
        webhook.send(Address("https://hooks.example.org/"), MESSAGE)
    assert sockets == []


def test_the_name_server_is_asked_once_so_that_its_second_answer_is_never_used(name_server, sockets):
    name_server["hooks.example.org"] = [["8.8.8.8"], ["127.0.0.1"]]
    with pytest.raises(wire.NotReached):
        webhook.send(Address("https://hooks.example.org/"), MESSAGE)
    assert (name_server.asked, sockets) == (["hooks.example.org"], [("8.8.8.8", 443)])


def test_a_name_that_turned_private_after_it_was_saved_opens_no_socket(name_server, sockets):
    name_server["hooks.example.org"] = [["8.8.8.8"], ["127.0.0.1"]]
    saved = webhook.check(Address("https://hooks.example.org/"))
    with pytest.raises(guard.TargetRefused):
        webhook.send(saved, MESSAGE)
    assert sockets == []


@pytest.mark.parametrize(
    ("kind", "host"),
    [(dingtalk, "oapi.dingtalk.com"), (wecom, "qyapi.weixin.qq.com"), (feishu, "open.feishu.cn")],
)
def test_a_robots_host_that_leads_inside_opens_no_socket(kind, host, name_server, sockets):
    name_server[host] = ["127.0.0.1"]
    with pytest.raises(guard.TargetRefused):
        kind.send(Address("a" * 32), MESSAGE)
    assert (name_server.asked, sockets) == ([host], [])


def test_a_robots_plugin_reaches_its_own_host_alone(name_server, sockets, monkeypatch):
    name_server["elsewhere.example.org"] = ["8.8.8.8"]
    monkeypatch.setattr(wecom.wecombot.NotifyWeComBot, "notify_url", "https://elsewhere.example.org/{key}")
    with pytest.raises(guard.TargetRefused):
        wecom.send(Address("a" * 32), MESSAGE)
    assert sockets == []


def test_a_listening_port_on_loopback_hears_nothing(settings):
    with receiving() as receiver:
        for host in ("127.0.0.1", "localhost", "localhost.localdomain", "2130706433", "[::ffff:127.0.0.1]"):
            for scheme in ("http", "https"):
                with pytest.raises(guard.TargetRefused):
                    webhook.send(Address(f"{scheme}://{host}:{receiver.port}/"), MESSAGE)
        settings.MESSAGE_TEST_TARGET = receiver.target
        with pytest.raises(guard.TargetRefused):
            webhook.send(Address(f"http://localhost:{receiver.port}/"), MESSAGE)
        with pytest.raises(guard.TargetRefused):
            webhook.send(Address(f"http://127.0.0.1:{receiver.port + 1}/"), MESSAGE)
        assert receiver.connections == 0
        webhook.send(Address(receiver.url), MESSAGE)
        assert receiver.connections == 1


def test_a_redirect_is_not_followed(settings):
    with receiving() as inside, receiving() as outside:
        settings.MESSAGE_TEST_TARGET = outside.target
        outside.status, outside.headers = 307, {"Location": inside.url}
        with pytest.raises(Exception, match="HTTP 307"):
            webhook.send(Address(outside.url), MESSAGE)
        assert (outside.connections, inside.connections) == (1, 0)


def test_a_proxy_of_the_environment_is_not_used(settings, monkeypatch):
    with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.target}")
        settings.MESSAGE_TEST_TARGET = receiver.target
        webhook.send(Address(receiver.url), MESSAGE)
        assert (proxy.connections, receiver.connections) == (0, 1)


def test_little_of_a_long_answer_is_read(settings):
    with receiving() as receiver:
        settings.MESSAGE_TEST_TARGET = receiver.target
        receiver.answer = b"x" * (4 * 1024 * 1024)
        answer = wire.post(receiver.url, b"{}", {})
        assert len(answer.content) == wire.MOST_READ


def test_a_target_that_drips_is_left_in_time(settings):
    with receiving() as receiver:
        settings.MESSAGE_TEST_TARGET = receiver.target
        receiver.drips_at = "/hook"
        with pytest.raises(wire.NotReached):
            wire.post(receiver.url, b"{}", {}, within=0.5)


def test_a_certificate_of_another_name_is_refused(settings, tmp_path):
    with receiving(certificate=certificate_for("other.example.org", tmp_path)) as receiver:
        settings.MESSAGE_TEST_TARGET = receiver.target
        with pytest.raises(wire.NotReached, match=r"(?i)certificate"):
            wire.post(receiver.url.replace("http:", "https:"), b"{}", {})
        assert receiver.calls == []


def test_a_name_server_that_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(guard, "LOOK_UP_WITHIN", 0.05)
    done = threading.Event()
    monkeypatch.setattr(guard.socket, "getaddrinfo", lambda *_, **__: done.wait(30) and [])
    assert guard.look_up("hooks.example.org", 443) == []
    done.set()


def test_the_list_of_hosts_holds_for_webhooks(settings, name_server, sockets):
    settings.MESSAGE_HOSTS = ["example.org"]
    for host, listed in (("example.org", True), ("HOOKS.example.org", True), ("notexample.org", False)):
        name_server[host.lower()] = ["8.8.8.8"]
        with pytest.raises(wire.NotReached if listed else guard.TargetRefused):
            webhook.send(Address(f"https://{host}/"), MESSAGE)
    assert len(sockets) == 2


def test_production_reads_no_test_target():
    code = "from exam_ops import settings; print(repr(settings.MESSAGE_TEST_TARGET))"
    env = {
        "PRODUCTION": "1",
        "SECRET_KEY": "x",
        "FIELD_KEYS": "x",
        "BLIND_INDEX_KEY": "x",
        "EVIDENCE_KEY": "x",
        "MESSAGE_TEST_TARGET": "127.0.0.1:9",
    }
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "''"


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://hooks.example.org/x"])
def test_a_private_address_is_refused_when_it_is_saved(url, name_server):
    name_server["hooks.example.org"] = ["192.168.0.9"]
    with pytest.raises(AddressRefused) as refused:
        webhook.check(Address(url))
    assert refused.value.field == "address"
    assert "公网" in refused.value.reason.zh
