"""What several entries of the catalogue share: parties, openers, and the steps that clauses repeat."""

from functools import partial

from exam_ops.rules.catalogue.model import Group, IncidentType, Page, Party, Step
from exam_ops.rules.text import Text

PROCTOR, CHIEF, SITE_ADMIN, CENTRE_OFFICER, SUPPORT, BRANCH_OFFICER, HQ = Party

ANY_STAFF = frozenset(Party) - {CENTRE_OFFICER}

entry_type = partial(IncidentType, group=Group.ENTRY, opened_by=ANY_STAFF)
client_type = partial(IncidentType, group=Group.CLIENT, opened_by=ANY_STAFF)
general_type = partial(IncidentType, group=Group.GENERAL, clause="", opened_by=ANY_STAFF)


def step(role: Party, key: str, zh: str, en: str, page: Page | None = None) -> Step:
    """One step of a card."""
    return Step(key, role, Text(zh, en), page)


def call_support(role: Party, zh: str, en: str, *, when: tuple[str, str] | None = None) -> Step:
    """Clause 一: technical support is the first call; `zh` and `en`: what to tell it; `when`: if only then."""
    zh_when, en_call = ("第一时间", "Call") if when is None else (f"{when[0]}，及时", f"{when[1]}, call")
    return step(
        role,
        "call_support",
        f"{zh_when}联系技术支持，提供{zh}。",
        f"{en_call} technical support at once and give {en}.",
        Page.SUPPORT_CONTACTS,
    )


def app_first_aid() -> tuple[Step, ...]:
    """Clause 一, for the App: restart, clear the cache, restore the backup."""
    return (
        step(
            SUPPORT,
            "restart",
            "引导重启：退出并重新打开 App。",
            "Guide a restart: quit and reopen the App.",
        ),
        step(
            SUPPORT,
            "clear_cache",
            "引导清空缓存；先确认手机上的签到记录已全部上传。",
            "Guide clearing the cache; first make sure that every sign-in on the phone has been uploaded.",
        ),
        step(
            SUPPORT,
            "restore_backup",
            "仍未解决的，引导恢复备份。",
            "If that does not help, guide restoring the backup.",
        ),
    )


def client_first_aid() -> tuple[Step, ...]:
    """Clause 一, for the exam client: restart, clear the cache, restore the backup."""
    return (
        step(SUPPORT, "restart", "引导重启考试客户端。", "Guide a restart of the exam client."),
        step(
            SUPPORT,
            "clear_cache",
            "引导清空缓存；先备份本机作答。",
            "Guide clearing the cache; first back up the answers on the machine.",
        ),
        step(
            SUPPORT,
            "restore_backup",
            "仍未解决的，引导恢复备份。",
            "If that does not help, guide restoring the backup.",
        ),
    )


def escalate() -> tuple[Step, ...]:
    """Clause 一: what keeps many out and is unsolved at T−5 goes from site to branch to headquarters."""
    return (
        step(
            SITE_ADMIN,
            "report_branch",
            "大批量考生无法入场或其他重大问题，考前 5 分钟尚未解决：第一时间上报分部。",
            "Many candidates kept out, or another major problem, unsolved 5 minutes before the start: "
            "report to the branch at once.",
            Page.ESCALATION,
        ),
        step(
            BRANCH_OFFICER,
            "report_hq",
            "接报后上报总部教务部。",
            "Report on to the academic affairs department at headquarters.",
            Page.ESCALATION,
        ),
        step(
            HQ,
            "decide",
            "总部教务部会同相关部门研讨，作出决定并下达。",
            "Academic affairs decides together with the departments concerned, and the decision is "
            "broadcast.",
            Page.DECISIONS,
        ),
    )


def evidence(role: Party) -> tuple[Step, ...]:
    """Clauses 二(三)2 and 11: the panorama at T+30, handed in before the time unit ends."""
    return (
        step(
            role,
            "panorama",
            "开考 30 分钟时，用“水印相机”App 拍摄整个考场的全景水印照片：带考试时间和考场地址，"
            "考生清晰可见，标记出应急考生。",
            "30 minutes after the start, photograph the whole room with the watermark camera App: exam "
            "time and room address in the watermark, every candidate clearly visible, the emergency "
            "candidates marked.",
            Page.EVIDENCE,
        ),
        step(
            role,
            "submit_evidence",
            "本场时间单元结束前提交照片并说明原因：考风考纪管理—考试过程监督与管理—监考记录与考后核验管理—"
            "标记—应急材料。超过本单元将无法提交。",
            "Before this time unit ends, submit the photo with the reason under 考风考纪管理 – "
            "考试过程监督与管理 – 监考记录与考后核验管理 – 标记 – 应急材料. After the unit nothing is "
            "accepted.",
            Page.EVIDENCE,
        ),
    )


def evidence_if_unsolved(role: Party) -> tuple[Step, ...]:
    """Clauses 二(三)3 and 5: a room not repaired at T−5 is let in by decision and proved by photo."""
    return (
        step(
            CHIEF,
            "decide_room",
            "考前 5 分钟未修复：在网页上对本考场作一次决定，列明所涉考生。",
            "Not repaired 5 minutes before the start: decide once for the room on the web, naming the "
            "candidates.",
            Page.ENTRY_APPROVALS,
        ),
        *evidence(role),
    )
