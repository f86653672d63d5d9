"""Beyond the plan: network, power, sound, platform, data and questions."""

from exam_ops.rules.catalogue.model import Page
from exam_ops.rules.catalogue.parts import (
    ANY_STAFF,
    BRANCH_OFFICER,
    CENTRE_OFFICER,
    CHIEF,
    HQ,
    PROCTOR,
    SITE_ADMIN,
    SUPPORT,
    call_support,
    client_first_aid,
    escalate,
    general_type,
    step,
)
from exam_ops.rules.text import Text

REPORT_UP = step(
    CHIEF,
    "report_branch",
    "立即上报分部：时间、地点、情况、人数、已采取措施、需要的支援。",
    "Report to the branch at once: time, place, what, how many, done so far, help asked.",
    Page.ESCALATION,
)
REPORT_ON = step(
    BRANCH_OFFICER,
    "report_hq",
    "上报总部教务部。",
    "Report on to academic affairs at headquarters.",
    Page.ESCALATION,
)
DECIDE = step(
    HQ,
    "decide",
    "研讨并下达决定：推迟、延长、换场或停考。",
    "Decide and broadcast: delay, extend, move or stop.",
    Page.DECISIONS,
)

SERVICE_TYPES = (
    general_type(
        code="NET",
        title=Text("考点网络故障", "Site network down"),
        summary=Text(
            "考点或整个考场网络中断、严重拥塞。",
            "The network of a site or a whole room is down or badly congested.",
        ),
        owners=(SITE_ADMIN, SUPPORT, BRANCH_OFFICER),
        default_grade=3,
        entry_blocking=True,
        technical=True,
        cards=(
            step(
                SITE_ADMIN,
                "find_fault",
                "排查出口、交换机和运营商线路，联系运营商；有备用线路的立即切换。",
                "Check gateway, switches and the carrier's line; call the carrier; switch to a spare line "
                "if there is one.",
            ),
            step(
                SITE_ADMIN,
                "new_address",
                "切换线路后登记新的公网 IP。",
                "After switching lines register the new public address.",
                Page.PUBLIC_IP,
            ),
            step(
                PROCTOR,
                "keep_answering",
                "已加载试卷的考生继续作答，作答会保存。",
                "Candidates whose paper is loaded go on; answers are saved.",
            ),
            call_support(
                SITE_ADMIN, "考点、影响范围和开始时间", "the site, how far it reaches and since when"
            ),
            *escalate(),
        ),
    ),
    general_type(
        code="PWR",
        title=Text("考点停电", "Site power failure"),
        summary=Text(
            "考点或考场停电，考生无法入场或开考。",
            "A site or room has no power; candidates cannot enter or begin.",
        ),
        owners=(SITE_ADMIN, CHIEF, BRANCH_OFFICER),
        default_grade=3,
        entry_blocking=True,
        cards=(
            step(
                SITE_ADMIN,
                "restore_power",
                "启用备用电源，联系供电部门，问明恢复时间。",
                "Use the spare supply, call the power company and ask when it will be back.",
            ),
            step(
                PROCTOR,
                "keep_order",
                "稳定考生情绪，维持秩序，记录停电时间。",
                "Keep candidates calm and in order; note the time.",
                Page.ROOM_RECORD,
            ),
            *escalate(),
        ),
    ),
    general_type(
        code="AUD",
        title=Text("听力播放故障", "Listening audio fault"),
        summary=Text("听力无声、中断或音质不清。", "Listening audio is silent, breaks off or is unclear."),
        owners=(PROCTOR, SUPPORT, CHIEF),
        default_grade=3,
        technical=True,
        cards=(
            step(
                PROCTOR,
                "check_sound",
                "检查耳机、音量和插口；单机故障的换机。",
                "Check headphones, volume and socket; if it is one machine, change it.",
                Page.MACHINE_SWAP,
            ),
            step(
                PROCTOR,
                "note_lost",
                "记录中断位置和时长。",
                "Note where the audio broke off and for how long.",
                Page.ROOM_RECORD,
            ),
            call_support(PROCTOR, "考场、机位和现象", "the room, the machines and what is heard"),
            step(
                CHIEF,
                "report_lost",
                "需要补播或补时的上报分部，不得自行决定。",
                "If audio must be replayed or time made up, report to the branch; do not decide it yourself.",
                Page.ESCALATION,
            ),
            *client_first_aid(),
        ),
    ),
    general_type(
        code="DAT",
        title=Text("数据、个人信息泄露", "Data or personal information leaked"),
        summary=Text(
            "考试数据、考生照片或证件信息疑似泄露。",
            "Exam data, candidates' photos or documents seem to have leaked.",
        ),
        owners=(BRANCH_OFFICER, HQ),
        default_grade=1,
        cards=(
            step(
                SITE_ADMIN,
                "stop_leak",
                "停用相关账号、设备，保留现场和日志。",
                "Disable the accounts and devices concerned; keep everything and the logs as they are.",
            ),
            step(
                BRANCH_OFFICER,
                "report_hq",
                "核实范围，立即上报总部。",
                "Find out how far it goes and report to headquarters at once.",
                Page.ESCALATION,
            ),
            step(
                HQ,
                "notify",
                "止损、评估；依法报告主管部门并告知本人。",
                "Contain and assess; report to the authority and tell those concerned, as the law asks.",
            ),
        ),
    ),
    general_type(
        code="PLT",
        title=Text("平台故障", "Platform outage"),
        summary=Text(
            "考试系统、身份核验服务等大面积不可用。",
            "The exam system, the face check or another service is widely unavailable.",
        ),
        owners=(SUPPORT, HQ),
        opened_by=ANY_STAFF - {PROCTOR},
        default_grade=1,
        entry_blocking=True,
        technical=True,
        cards=(
            step(
                SUPPORT,
                "confirm",
                "确认影响范围，先电话报总部。",
                "Confirm how far it reaches; tell headquarters by phone first.",
                Page.SUPPORT_DESK,
            ),
            step(SUPPORT, "restart", "重启服务。", "Restart the service."),
            step(SUPPORT, "clear_cache", "清空缓存。", "Clear the cache."),
            step(
                SUPPORT,
                "restore_backup",
                "仍未解决的，恢复备份。",
                "If that does not help, restore the backup.",
            ),
            *escalate(),
        ),
    ),
    general_type(
        code="QRY",
        title=Text("咨询", "Question"),
        summary=Text(
            "仅咨询、求助，不影响考试。", "A question or a request for advice; the exam is not affected."
        ),
        owners=(SUPPORT, BRANCH_OFFICER),
        opened_by=ANY_STAFF | {CENTRE_OFFICER},
        technical=True,
        cards=(
            step(
                SUPPORT,
                "answer",
                "解答并记录；发现属故障的改为相应类型。",
                "Answer and note it; if it is a fault after all, change its type.",
                Page.SUPPORT_DESK,
            ),
        ),
    ),
)
