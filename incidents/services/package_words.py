"""Sealed packages in words: why one was made, how far it is, what went wrong and what to do."""

from exam_ops.rules.text import Text
from incidents.models import PackageOrder

Cause = PackageOrder.Cause

CAUSES: dict[str, Text] = {
    Cause.CLOSED: Text("材料截止", "Evidence closed"),
    Cause.REOPENED: Text("重开后再次截止", "Closed again after being reopened"),
    Cause.CHANGED: Text("截止后有变更", "Something changed after the close"),
    Cause.ASKED: Text("总部要求重新封存", "Asked for by headquarters"),
}

FAILURES: dict[str, Text] = {
    "original_lost": Text(
        "存储中找不到原图 {what}。请技术支持从备份恢复后重试；确已丢失的，由总部选择“注明缺失后封存”。",
        "The original {what} is not in the store. Have it restored from the backup and try again; if it is lost for "
        "good, headquarters may seal the package with the loss named.",
    ),
    "original_damaged": Text(
        "原图 {what} 的内容与收到时不一致。请技术支持从备份恢复后重试；确已损坏的，由总部选择“注明缺失后封存”。",
        "The original {what} no longer has the bytes that arrived. Have it restored from the backup and try again; "
        "if that fails, headquarters may seal the package with the loss named.",
    ),
    "storage_full": Text(
        "存储空间不足，封存包未写入。请技术支持清理或扩容，系统会自动重试。",
        "There is no room for the package. Have technical support make some; the portal tries again by itself.",
    ),
    "unavailable": Text(
        "存储暂时不可用，系统会自动重试。持续失败请联系技术支持。",
        "The store does not answer; the portal tries again by itself. If it goes on, tell technical support.",
    ),
    "key_unreadable": Text(
        "签名密钥 EVIDENCE_KEY 无法读取。请技术支持检查部署配置，系统会自动重试。",
        "The signing key EVIDENCE_KEY can't be read. Have technical support look at the settings.",
    ),
    "other": Text(
        "制作失败：{what}。系统会自动重试；持续失败请联系技术支持。",
        "It failed: {what}. The portal tries again by itself; if it goes on, tell technical support.",
    ),
}


def failure(order: PackageOrder) -> Text | None:
    """What went wrong at the last try, and what to do; None: nothing did."""
    if not order.failed_code:
        return None
    return FAILURES.get(order.failed_code, FAILURES["other"]).format(what=order.error)
