"""Beyond the plan: papers, people, order, disaster and opinion."""

from exam_ops.rules.catalogue.model import Page, Remedy
from exam_ops.rules.catalogue.parts import (
    BRANCH_OFFICER,
    CHIEF,
    HQ,
    PROCTOR,
    SITE_ADMIN,
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

PEOPLE_TYPES = (
    general_type(
        code="PPR",
        title=Text("试卷短缺、错印、遗失或泄露", "Paper short, misprinted, lost or leaked"),
        summary=Text(
            "试卷数量、内容或保密出现问题。",
            "Something is wrong with the papers' number, content or secrecy.",
        ),
        owners=(CHIEF, BRANCH_OFFICER, HQ),
        default_grade=3,
        cards=(
            step(
                PROCTOR,
                "keep_papers",
                "不自行解释或更改试题；封存问题试卷，报告主考。",
                "Neither explain nor change items yourself; seal the papers concerned and tell the chief.",
                Page.ROOM_RECORD,
            ),
            step(
                CHIEF,
                "secure",
                "短缺的按规定启用备用卷；遗失、泄露的控制现场和知情范围，声明重大。",
                "Short: use spare papers under the rules. Lost or leaked: secure the place, limit who "
                "knows, declare it major.",
                Page.ESCALATION,
            ),
            REPORT_UP,
            REPORT_ON,
            DECIDE,
        ),
    ),
    general_type(
        code="HLT",
        title=Text("突发疾病、受伤", "Illness or injury"),
        summary=Text(
            "考生或工作人员突发疾病、受伤。", "A candidate or a member of staff falls ill or is hurt."
        ),
        owners=(PROCTOR, CHIEF),
        cards=(
            step(
                PROCTOR,
                "help_first",
                "救人第一：报告主考，拨打 120；另一位监考教师维持考场。",
                "People first: tell the chief and call 120; the other proctor keeps the room.",
            ),
            step(
                CHIEF,
                "arrange",
                "安排专人陪同，通知家属；决定该生能否继续考试。",
                "Have somebody stay with them, tell the family; decide whether the candidate can go on.",
            ),
            step(
                PROCTOR,
                "record",
                "记录经过和离场、返场时间。",
                "Record what happened and when they left and came back.",
                Page.ROOM_RECORD,
            ),
            step(
                CHIEF,
                "report_branch",
                "有伤亡或多人出现相同症状的，声明重大并立即上报分部。",
                "Anybody dead or gravely hurt, or several with the same symptoms: declare it major, report "
                "to the branch at once.",
                Page.ESCALATION,
            ),
        ),
    ),
    general_type(
        code="ORD",
        title=Text("秩序混乱、人员聚集", "Disorder or crowding"),
        summary=Text("考点秩序混乱、人员聚集或冲突。", "Disorder, a crowd or a conflict at the site."),
        owners=(CHIEF, SITE_ADMIN, BRANCH_OFFICER),
        default_grade=3,
        cards=(
            step(
                SITE_ADMIN,
                "guide_crowd",
                "增派人手，分流考生，保持通道畅通。",
                "Send more staff, divide the crowd, keep the ways clear.",
            ),
            step(
                CHIEF,
                "calm",
                "到场劝导；危及安全的拨打 110。",
                "Go there and talk to people; where safety is at risk, call 110.",
            ),
            REPORT_UP,
            REPORT_ON,
            DECIDE,
        ),
    ),
    general_type(
        code="MAL",
        title=Text("违纪、作弊、替考", "Malpractice or impersonation"),
        summary=Text(
            "考生违纪、作弊或疑似替考。", "A candidate breaks the rules, cheats or seems to sit for another."
        ),
        owners=(PROCTOR, CHIEF, BRANCH_OFFICER),
        cards=(
            step(
                PROCTOR,
                "stop_and_keep",
                "当场制止，暂扣证物并出具收据，告知考生。",
                "Stop it, hold the exhibits against a receipt, and tell the candidate.",
            ),
            step(
                PROCTOR,
                "record",
                "填写违纪记录，由两位监考教师签字；考生拒签的注明。",
                "Fill in the record; two proctors sign. Note it where the candidate refuses to sign.",
                Page.VIOLATIONS,
            ),
            step(
                CHIEF,
                "confirm",
                "核实处理；疑似有组织替考的立即上报分部。",
                "Verify and decide; report suspected organised impersonation to the branch at once.",
                Page.VIOLATIONS,
            ),
            step(
                BRANCH_OFFICER,
                "judge",
                "接报后 30 分钟内研判；有组织作弊的上报总部。",
                "Judge the report within 30 minutes; organised cheating goes on to headquarters.",
                Page.ESCALATION,
            ),
        ),
    ),
    general_type(
        code="DIS",
        title=Text("灾害、紧急疏散", "Disaster or evacuation"),
        summary=Text(
            "地震、洪水、火灾等，须疏散或停考。", "Earthquake, flood, fire or the like: evacuate or stop."
        ),
        owners=(CHIEF, BRANCH_OFFICER, HQ),
        default_grade=1,
        entry_blocking=True,
        cards=(
            step(
                CHIEF,
                "suspend",
                "先保证人员安全：中止考试，组织疏散，报警求助。",
                "People first: suspend the exam, evacuate, call for help.",
            ),
            step(
                PROCTOR,
                "lead_out",
                "带领考生有序撤离，清点人数；试卷就地封存。",
                "Lead the candidates out in order and count them; leave the papers sealed.",
            ),
            REPORT_UP,
            REPORT_ON,
            DECIDE,
        ),
    ),
    general_type(
        code="STF",
        title=Text("工作人员缺岗、失职", "Staff absent or failing in duty"),
        summary=Text(
            "监考教师等缺岗，或违反工作纪律。", "A proctor or other staff is absent or breaks the duty rules."
        ),
        owners=(CHIEF, BRANCH_OFFICER),
        default_grade=3,
        entry_blocking=True,
        remedy=Remedy.PROCTOR_CHANGE,
        cards=(
            step(
                CHIEF,
                "replace",
                "调配人员；监考缺岗的申请应急替换，人选须已实名认证。",
                "Reassign staff; for a missing proctor ask for an emergency replacement by a certified one.",
                Page.PROCTOR_CHANGES,
            ),
            step(
                BRANCH_OFFICER,
                "decide_replacement",
                "分部值班人员立即决定。",
                "The branch duty officer decides at once.",
                Page.PROCTOR_CHANGES,
            ),
            step(
                CHIEF,
                "record",
                "失职的停止其工作，记录事实。",
                "Relieve whoever fails in duty and record the facts.",
                Page.ROOM_RECORD,
            ),
        ),
    ),
    general_type(
        code="PUB",
        title=Text("舆情", "Public opinion"),
        summary=Text(
            "网络或媒体出现涉考不实、负面信息。",
            "False or damaging news about the exam on the net or in the media.",
        ),
        owners=(BRANCH_OFFICER, HQ),
        default_grade=3,
        cards=(
            step(
                SITE_ADMIN,
                "keep_proof",
                "保存链接和截图，不对外回应。",
                "Keep links and screenshots; answer nobody outside.",
            ),
            step(
                BRANCH_OFFICER,
                "judge",
                "核实研判，上报总部。",
                "Verify, judge and report to headquarters.",
                Page.ESCALATION,
            ),
            step(
                HQ, "answer", "统一口径，由指定部门回应。", "Agree one answer; the department named gives it."
            ),
        ),
    ),
)
