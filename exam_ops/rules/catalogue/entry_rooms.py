"""Clause 二(三), what keeps a room's proctors or phones from checking: IDV-03, 05 to 08."""

from exam_ops.rules.catalogue.model import Page, Remedy
from exam_ops.rules.catalogue.parts import (
    BRANCH_OFFICER,
    CHIEF,
    PROCTOR,
    SITE_ADMIN,
    SUPPORT,
    app_first_aid,
    call_support,
    entry_type,
    evidence_if_unsolved,
    step,
)
from exam_ops.rules.text import Text

ONE_BY_ONE = step(
    PROCTOR,
    "check_one_by_one",
    "问题修复后，逐一给考生进行身份核验；开考后也继续。",
    "Once repaired, check the candidates one by one, after the start too.",
)

ROOM_TYPES = (
    entry_type(
        code="IDV-03",
        clause="二(三)3",
        title=Text("两位监考教师均无法登录 App", "Neither proctor of a room can log in to the App"),
        summary=Text(
            "一个考场的两位监考教师都无法登录身份核验 App；只有一位无法登录的，由另一位核验。",
            "Both proctors of one room cannot log in; where only one cannot, the other checks everybody.",
        ),
        owners=(PROCTOR, SUPPORT, CHIEF),
        default_grade=3,
        entry_blocking=True,
        evidence=True,
        technical=True,
        remedy=Remedy.ENTRY_APPROVAL,
        cards=(
            call_support(PROCTOR, "考点及账号相关信息", "the site and the accounts"),
            step(
                SUPPORT,
                "account",
                "查账号：密码、锁定、实名制认证、监考编排。",
                "Check the account: password, lock, certification, roster.",
                Page.SUPPORT_DESK,
            ),
            step(
                SUPPORT,
                "device",
                "查设备：操作系统版本、内存、机型；不支持平板电脑。",
                "Check the phone: system version, memory, model; tablets are not supported.",
                Page.SUPPORT_DESK,
            ),
            step(
                SUPPORT,
                "app_version",
                "查 App 版本：低于最低版本的，更新后再登录。",
                "Check the App version: below the minimum, update and log in again.",
                Page.APP_DOWNLOAD,
            ),
            *app_first_aid(),
            ONE_BY_ONE,
            *evidence_if_unsolved(PROCTOR),
        ),
    ),
    entry_type(
        code="IDV-05",
        clause="二(三)5",
        title=Text("扫描人脸后无反馈", "No response after the face scan"),
        summary=Text(
            "扫描人脸后无任何信息反馈，无法进行下一步操作。",
            "After the face scan nothing comes back and the check cannot go on.",
        ),
        owners=(PROCTOR, SUPPORT, CHIEF),
        entry_blocking=True,
        evidence=True,
        technical=True,
        remedy=Remedy.ENTRY_APPROVAL,
        cards=(
            call_support(PROCTOR, "考点及账号相关信息", "the site and the account"),
            step(
                SUPPORT,
                "device",
                "查设备：操作系统版本、内存、机型、前置摄像头。",
                "Check the phone: system version, memory, model, front camera.",
                Page.SUPPORT_DESK,
            ),
            step(
                SUPPORT,
                "app_version",
                "查 App 版本：低于最低版本的，更新后再试。",
                "Check the App version: below the minimum, update and try again.",
                Page.APP_DOWNLOAD,
            ),
            *app_first_aid(),
            ONE_BY_ONE,
            *evidence_if_unsolved(PROCTOR),
        ),
    ),
    entry_type(
        code="IDV-06",
        clause="二(三)6",
        title=Text("考场无监考、临时更换或未完成编排", "No proctor, changed proctor or roster not done"),
        summary=Text(
            "考场没有维护监考教师、开考前更换监考教师或未完成监考编排，考生无法人脸识别。",
            "The room has no proctor, a proctor was changed or the roster is not done: faces cannot be "
            "checked.",
        ),
        owners=(SITE_ADMIN, BRANCH_OFFICER),
        default_grade=3,
        entry_blocking=True,
        remedy=Remedy.PROCTOR_CHANGE,
        cards=(
            step(
                SUPPORT,
                "remind",
                "考前在运维群提醒分部考风考纪管理员检查监考编排。",
                "Before the exam remind the branch's integrity officers, in the ops channel, to check the "
                "rosters.",
            ),
            step(
                SITE_ADMIN,
                "roster",
                "开考 48 小时之前：直接完成监考编排。",
                "Up to 48 hours before the start: complete the roster directly.",
                Page.ROSTER,
            ),
            step(
                SITE_ADMIN,
                "request_change",
                "考前 2 至 48 小时内：提交变更或新增监考申请。",
                "Between 48 and 2 hours before the start: submit a request to change or add a proctor.",
                Page.PROCTOR_CHANGES,
            ),
            step(
                BRANCH_OFFICER,
                "approve_change",
                "考前 2 小时之前审批；逾期申请失效。",
                "Decide before 2 hours to the start; after that the request has expired.",
                Page.PROCTOR_CHANGES,
            ),
            step(
                CHIEF,
                "emergency_replacement",
                "考前 2 小时内：申请应急替换，人选须已实名认证，由分部值班人员决定。",
                "Inside 2 hours: ask for an emergency replacement by a certified proctor; the branch duty "
                "officer decides.",
                Page.PROCTOR_CHANGES,
            ),
            step(
                CHIEF,
                "still_nobody",
                "考前 5 分钟仍无监考：按 IDV-03 处置，原因选“无监考”，报分部确认（预案未列）。",
                "Nobody 5 minutes before the start: go on as IDV-03 with cause 'no proctor', confirmed by "
                "the branch (not in the plan).",
                Page.ENTRY_APPROVALS,
            ),
        ),
    ),
    entry_type(
        code="IDV-07",
        clause="二(三)7",
        title=Text("App 未及时更新", "The App has not been updated"),
        summary=Text(
            "登录时提示更新；完成更新后才能使用。",
            "Login asks for an update; the App works only after it.",
        ),
        owners=(PROCTOR, SUPPORT),
        entry_blocking=True,
        technical=True,
        cards=(
            step(
                PROCTOR,
                "update",
                "按提示完成更新；未安装的，从应用商店或扫描二维码下载。",
                "Complete the update as asked; if not installed, download it from the app store or by the "
                "QR code.",
                Page.APP_DOWNLOAD,
            ),
            step(
                PROCTOR,
                "log_in_again",
                "更新后重新登录，继续核验。",
                "Log in again after the update and go on checking.",
            ),
            call_support(
                PROCTOR,
                "手机型号和提示内容",
                "the phone's model and the message",
                when=("无法更新的", "If it cannot be updated"),
            ),
            *app_first_aid(),
        ),
    ),
    entry_type(
        code="IDV-08",
        clause="二(三)8",
        title=Text("计划不在监考范围内", "Exam plan not in the proctor's scope"),
        summary=Text(
            "监考教师选择考试计划时，App 显示该计划不在监考范围内。",
            "When the proctor picks the exam plan, the App says that it is not in scope.",
        ),
        owners=(SITE_ADMIN, BRANCH_OFFICER),
        entry_blocking=True,
        remedy=Remedy.PROCTOR_CHANGE,
        cards=(
            step(
                PROCTOR,
                "tell_site",
                "核对所选计划、考场、时间单元；无误的，告知考点管理员缺哪一项。",
                "Check the plan, room and unit picked; if right, tell the site administrator which of them "
                "is missing.",
            ),
            step(
                SITE_ADMIN,
                "assign",
                "在考务管理中，将该监考教师设置到对应的考试计划、考场、时间单元；48 小时内为申请，"
                "由分部审批。",
                "Under 考务管理 assign the proctor to the exam plan, room and time unit; inside 48 hours "
                "this is a request that the branch approves.",
                Page.ROSTER,
            ),
            step(
                BRANCH_OFFICER,
                "approve_change",
                "审批；考前 2 小时内由值班人员决定应急替换。",
                "Decide the request; inside 2 hours the duty officer decides the emergency replacement.",
                Page.PROCTOR_CHANGES,
            ),
            step(PROCTOR, "choose_again", "设置后重新选择考试计划。", "Then pick the exam plan again."),
        ),
    ),
)
