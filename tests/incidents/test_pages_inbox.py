"""The inbox: one's own messages, read on opening; the bell counts the rest."""

from exam_ops.core import outbox


def test_a_message_arrives_is_counted_and_read_on_opening(page, cast, opened, at):
    incident = opened()
    outbox.drain(now=at.now)
    client = page(cast.chief)
    assert "1 条未读消息" in client.get("/inbox/badge/").content.decode()
    text = client.get("/inbox/").content.decode()
    assert f"/incidents/{incident.pk}/" in text
    assert "考点网络故障" in text
    assert "未读" not in client.get("/inbox/badge/").content.decode()


def test_it_is_read_in_the_readers_language(page, cast, opened, at):
    opened()
    outbox.drain(now=at.now)
    client = page(cast.chief)
    client.cookies["django_language"] = "en"
    assert "[Grade Ⅲ]" in client.get("/inbox/").content.decode()


def test_nobody_reads_anothers_messages(page, cast, opened, at):
    opened()
    outbox.drain(now=at.now)
    assert "还没有消息" in page(cast.sibling_chief).get("/inbox/").content.decode()
    page(cast.sibling_chief).get("/inbox/")
    assert "1 条未读消息" in page(cast.chief).get("/inbox/badge/").content.decode()
    assert page().get("/inbox/").status_code == 302


def test_the_bell_is_sent_once(page, cast):
    client = page(cast.chief)
    tag = client.get("/inbox/badge/")["ETag"]
    assert client.get("/inbox/badge/", headers={"If-None-Match": tag}).status_code == 304
