"""Clause 二(三), what befalls one candidate at the door: IDV-01, 02, 04, 09 to 11."""

from exam_ops.rules.catalogue.model import Page, Remedy
from exam_ops.rules.catalogue.parts import (
    CHIEF,
    HQ,
    PROCTOR,
    SITE_ADMIN,
    SUPPORT,
    app_first_aid,
    call_support,
    entry_type,
    evidence,
    step,
)
from exam_ops.rules.text import Text

CANDIDATE_TYPES = (
    entry_type(
        code="IDV-01",
        clause="二(三)1",
        title=Text("准考证缺失或信息不准确", "Admission ticket missing or wrong"),
        summary=Text(
            "考生未带、未打印准考证，或准考证信息不准确。",
            "The candidate has no ticket, has not printed it, or the ticket is wrong.",
        ),
        owners=(PROCTOR, SITE_ADMIN, CHIEF),
        entry_blocking=True,
        remedy=Remedy.TICKET,
        cards=(
            step(
                PROCTOR,
                "record",
                "核对考生证件，登记情形：未带、未打印或信息不准确（写明何处有误）。",
                "Check the candidate's documents and record the case: not brought, not printed or wrong "
                "(say what).",
            ),
            step(
                SITE_ADMIN,
                "reprint",
                "登录系统下载电子准考证并现场补打；考生也可自行登录下载、打印。",
                "Download the electronic ticket and reprint it on the spot; the candidate may also "
                "download and print it.",
                Page.TICKETS,
            ),
            step(
                CHIEF,
                "admit",
                "是否允许入场，按相关管理规定处理；记下决定人和依据。",
                "Admit or not under the rules in force; record who decided and under which rule.",
                Page.TICKETS,
            ),
        ),
    ),
    entry_type(
        code="IDV-02",
        clause="二(三)2",
        # Who declines face recognition stands here too: the title says of nobody that they failed (E9).
        title=Text("系考生本人，须人工核对身份", "The right person, to be checked by hand"),
        summary=Text(
            "确系考生本人，人脸核验不通过或考生不作人脸识别：人工核对，主考审批后入场。",
            "The right person fails or declines the face check: checked by hand, admitted on the chief's "
            "approval.",
        ),
        owners=(PROCTOR, CHIEF),
        entry_blocking=True,
        evidence=True,
        remedy=Remedy.ENTRY_APPROVAL,
        cards=(
            step(
                PROCTOR,
                "check_documents",
                "人工核对考生证件，确认人员基本信息无误。",
                "Check the candidate's documents by hand and make sure that the person's particulars are "
                "right.",
            ),
            step(
                PROCTOR,
                "submit_request",
                "在身份核验 App 上“提交入场审批”；照片可后补。",
                "Submit the entry approval (提交入场审批) in the identity-check App; the photo may follow.",
                Page.ENTRY_REQUEST,
            ),
            step(
                CHIEF,
                "decide_app_or_web",
                "审批，App 或网页任选其一：App 点击待审批考生；网页进入考风考纪管理→人脸识别签到管理→"
                "选择考试计划→查询→查看详情→按考场编号等筛选→待审批。",
                "Decide, in the App or on the web: in the App tap the pending candidate; on the web "
                "考风考纪管理 → 人脸识别签到管理 → choose the exam plan → query → details → filter by room "
                "number → 待审批.",
                Page.ENTRY_APPROVALS,
            ),
            step(
                PROCTOR,
                "carry_out",
                "通过：考生进入考场考试。不通过：该考生无法考试。",
                "Approved: the candidate enters and sits. Rejected: the candidate cannot sit.",
            ),
            *evidence(PROCTOR),
        ),
    ),
    entry_type(
        code="IDV-04",
        clause="二(三)4",
        title=Text("App“识别通过”，系统“未签到”", "Passed in the App, not signed in on the server"),
        summary=Text(
            "App 显示识别通过，签到统计仍显示未签到，多为数据同步延迟。",
            "The App says passed but 签到统计 still says 未签到, mostly because data arrive late.",
        ),
        owners=(PROCTOR, SUPPORT),
        evidence=True,
        technical=True,
        cards=(
            step(
                PROCTOR,
                "wait_for_sync",
                "保持手机联网，勿退出登录或卸载 App；查询签到统计。",
                "Keep the phone online, do not log out or uninstall the App; look at 签到统计.",
                Page.SIGN_IN_STATS,
            ),
            step(
                SUPPORT,
                "missing_records",
                "查该手机缺传的签到序号；上传完成前不清空缓存。",
                "Look up the sign-ins missing from the phone; do not clear its cache before they have "
                "arrived.",
                Page.SUPPORT_DESK,
            ),
            step(
                PROCTOR,
                "present_or_not",
                "开考后 15 分钟仍显示“未签到”：逐人点选“在场”或“不在场”。",
                "Still 未签到 15 minutes after the start: tap 'present' or 'not here' for each.",
                Page.SIGN_IN_STATS,
            ),
            *evidence(PROCTOR),
        ),
    ),
    entry_type(
        code="IDV-09",
        clause="二(三)9",
        title=Text("“正在提交”一直转圈", "Stuck at 'submitting'"),
        summary=Text(
            "人脸识别成功后停在“正在提交”页面，无法提交。",
            "The face check passed but the page stays at 正在提交 and cannot submit.",
        ),
        owners=(PROCTOR, SUPPORT),
        entry_blocking=True,
        technical=True,
        cards=(
            step(
                PROCTOR,
                "restart_app",
                "退出并重启身份核验 App，再次提交；重复提交不会重复签到。",
                "Quit and restart the identity-check App and submit again; submitting twice makes one "
                "sign-in.",
            ),
            call_support(
                PROCTOR,
                "考点、账号和考生信息",
                "the site, account and candidate",
                when=("重启仍无法解决的", "If a restart does not help"),
            ),
            *app_first_aid(),
        ),
    ),
    entry_type(
        code="IDV-10",
        clause="二(三)10",
        title=Text("核验通过，签到照片难以辨认", "Passed, but the sign-in photo proves nothing"),
        summary=Text(
            "身份核验已通过，签到照片模糊、无完整人脸等，难以判断考生本人参加考试。",
            "The check passed, but the sign-in photo is blurred or lacks a whole face: it does not show "
            "who sat.",
        ),
        owners=(SITE_ADMIN, CHIEF),
        evidence=True,
        cards=(
            step(
                SITE_ADMIN,
                "judge_photo",
                "查看签到照片，判定是否可辨认；疑似替考的，改报 MAL。",
                "Look at the sign-in photo and say whether it will do; if impersonation is suspected, "
                "report MAL.",
                Page.PHOTO_CHECK,
            ),
            *evidence(SITE_ADMIN),
        ),
    ),
    entry_type(
        code="IDV-11",
        clause="二(三)11",
        title=Text("应急材料提交受阻", "Evidence cannot be handed in"),
        summary=Text(
            "第 2、3、4、5、10 条的应急材料须在该场时间单元结束前提交；提交遇阻时报此类。",
            "Evidence under items 2, 3, 4, 5 and 10 must be in before the time unit ends; report here what "
            "hinders it.",
        ),
        owners=(SITE_ADMIN, CHIEF),
        technical=True,
        cards=(
            step(
                SITE_ADMIN,
                "who_owes",
                "核对本单元第 2、3、4、5、10 条的应急考生，逐人确认材料已交。",
                "Go through this unit's emergency candidates under items 2, 3, 4, 5 and 10 and see that "
                "each has evidence.",
                Page.EVIDENCE,
            ),
            step(
                SITE_ADMIN,
                "submit_evidence",
                "缺材料的，在时间单元结束前提交照片并说明原因：考风考纪管理—考试过程监督与管理—"
                "监考记录与考后核验管理—标记—应急材料。超过本单元将无法提交。",
                "Where it is missing, submit photo and reason before the unit ends under 考风考纪管理 – "
                "考试过程监督与管理 – 监考记录与考后核验管理 – 标记 – 应急材料. After the unit nothing is "
                "accepted.",
                Page.EVIDENCE,
            ),
            call_support(
                SITE_ADMIN,
                "考场、照片大小和提示内容",
                "the room, the photo's size and the message",
                when=("无法上传的", "If it cannot be uploaded"),
            ),
            step(
                HQ,
                "reopen",
                "因Ⅰ、Ⅱ级事件错过时限的，可由总部重新开放（默认关闭）。",
                "Where a grade Ⅰ or Ⅱ incident made the site miss the time, headquarters may reopen it "
                "(off by default).",
                Page.DECISIONS,
            ),
        ),
    ),
)
