"""Clause 二(四), while candidates answer: CLI-02, 04 to 07 and 11."""

from exam_ops.rules.catalogue.model import Page, Remedy
from exam_ops.rules.catalogue.parts import (
    ANY_STAFF,
    CENTRE_OFFICER,
    CHIEF,
    PROCTOR,
    SITE_ADMIN,
    SUPPORT,
    call_support,
    client_first_aid,
    client_type,
    step,
)
from exam_ops.rules.text import Text

OPENGL_TO_0 = step(
    SUPPORT,
    "opengl_level",
    "将安装目录下 user.ini 里的 OpenGL/Level 改为 0，其余不动。",
    "In the installation folder set OpenGL/Level in user.ini to 0 and change nothing else.",
    Page.CLIENT_CONFIG,
)
TRY_AGAIN = step(
    PROCTOR,
    "try_again",
    "重新打开考试客户端，确认可用。",
    "Open the exam client again and see that it works.",
)

RUNNING_TYPES = (
    client_type(
        code="CLI-02",
        clause="二(四)2",
        title=Text("试题错乱、卡顿、图片无法显示", "Items garbled, client lagging, pictures missing"),
        summary=Text(
            "答题过程中试题错乱、系统卡顿或图片无法显示。",
            "While answering, items are garbled, the client lags or pictures do not show.",
        ),
        owners=(PROCTOR, SUPPORT),
        technical=True,
        remedy=Remedy.MACHINE_SWAP,
        cards=(
            step(
                PROCTOR,
                "load_early",
                "考前预防：提前让考生入场登录，加载并检查试卷。",
                "To prevent it: let candidates in early to log in, load the paper and look it over.",
            ),
            step(
                PROCTOR,
                "restart_client",
                "重启考试客户端。",
                "Restart the exam client.",
                Page.LOGIN_AUTHORISATIONS,
            ),
            step(
                PROCTOR,
                "change_machine",
                "或更换机器作答；二次登录须授权。",
                "Or change to another machine; the repeat login needs authorising.",
                Page.MACHINE_SWAP,
            ),
            call_support(
                PROCTOR,
                "机位和现象",
                "the machine and what is seen",
                when=("仍未解决的", "If that does not help"),
            ),
            *client_first_aid(),
        ),
    ),
    client_type(
        code="CLI-04",
        clause="二(四)4",
        title=Text("答题中机器断网", "Machine offline while answering"),
        summary=Text(
            "试卷已下发，答题过程中机器断网；作答会保存。",
            "The paper is loaded and the machine goes offline while answering; answers are saved.",
        ),
        owners=(PROCTOR, SITE_ADMIN, SUPPORT),
        technical=True,
        remedy=Remedy.OFFLINE_PACKAGE,
        cards=(
            step(
                PROCTOR,
                "keep_answering",
                "告知考生继续作答，作答会保存；勿关机。",
                "Tell the candidate to go on; answers are saved. Do not switch off.",
            ),
            step(
                SITE_ADMIN, "restore_network", "排查并恢复网络。", "Find the fault and restore the network."
            ),
            call_support(PROCTOR, "机位和断网时间", "the machine and when it went offline"),
            step(
                PROCTOR,
                "submit_offline",
                "交卷时仍断网：按 CLI-06 处置。",
                "Still offline when handing in: go on as CLI-06.",
                Page.OFFLINE_PACKAGES,
            ),
        ),
    ),
    client_type(
        code="CLI-05",
        clause="二(四)5",
        title=Text("机器故障无法作答", "Machine fault, cannot answer"),
        summary=Text(
            "答题过程中机器故障；换机作答，原机作答保留。",
            "The machine fails while answering; change machines, what was answered on the old one is kept.",
        ),
        owners=(PROCTOR, SITE_ADMIN, SUPPORT),
        technical=True,
        remedy=Remedy.MACHINE_SWAP,
        cards=(
            step(
                PROCTOR,
                "change_machine",
                "请考生更换机器作答；原机器上的作答会保留。",
                "Move the candidate to another machine; the answers on the old one are kept.",
                Page.MACHINE_SWAP,
            ),
            step(
                SITE_ADMIN,
                "authorise",
                "授权考生在新机器登录。",
                "Authorise the candidate's login on the new machine.",
                Page.LOGIN_AUTHORISATIONS,
            ),
            call_support(
                PROCTOR,
                "机位和现象",
                "the machine and what is seen",
                when=("换机仍无法作答的", "If a change does not help"),
            ),
            step(
                PROCTOR,
                "save_before_submit",
                "交卷前先保存答案到本地，再上交。",
                "Before handing in, save the answers locally; then submit.",
            ),
            step(
                PROCTOR,
                "keep_backup",
                "留好备份并登记，以便成绩出现问题时追查。",
                "Keep and register the backup, so that a question about the result can be traced.",
                Page.MACHINE_SWAP,
            ),
        ),
    ),
    client_type(
        code="CLI-06",
        clause="二(四)6",
        title=Text("无法提交试卷", "Paper cannot be submitted"),
        summary=Text(
            "因网络故障或其他原因，考生无法提交试卷。",
            "Because of the network or another cause the candidate cannot submit the paper.",
        ),
        owners=(PROCTOR, CENTRE_OFFICER, SUPPORT),
        opened_by=ANY_STAFF | {CENTRE_OFFICER},
        technical=True,
        remedy=Remedy.OFFLINE_PACKAGE,
        cards=(
            step(PROCTOR, "submit_online", "网络恢复的，直接交卷。", "Network back: submit as usual."),
            call_support(PROCTOR, "机位和提示", "the machine and the message"),
            step(
                PROCTOR,
                "export",
                "仍未恢复的，导出离线试卷；不得更改文件内容、名称。",
                "Still no network: export the offline paper; change neither the file's content nor its name.",
            ),
            step(
                PROCTOR,
                "hand_over",
                "将文件交给学习中心考务管理员。",
                "Hand the file to the learning centre's exam officer.",
            ),
            step(
                CENTRE_OFFICER,
                "upload",
                "上传离线试卷；对已有作答作增量更新。",
                "Upload the offline paper; it updates the answers already there incrementally.",
                Page.OFFLINE_PACKAGES,
            ),
            step(
                PROCTOR,
                "forced_submission",
                "考试时间结束后系统强制交卷，断网前的作答全部保留并进入阅卷。",
                "When time is up the system submits by force; all answers from before the cut are kept and "
                "marked.",
            ),
        ),
    ),
    client_type(
        code="CLI-07",
        clause="二(四)7",
        title=Text("考试过程中断电", "Power cut during the exam"),
        summary=Text(
            "考场断电后恢复：已答题目会保存，考生可继续作答。",
            "Power fails and comes back: what was answered is saved and the candidate goes on.",
        ),
        owners=(SITE_ADMIN, CHIEF),
        default_grade=3,
        cards=(
            step(
                PROCTOR,
                "keep_order",
                "维持秩序，记录断电和恢复时间。",
                "Keep order; note when power failed and when it came back.",
                Page.ROOM_RECORD,
            ),
            step(SITE_ADMIN, "restore_power", "联系恢复供电。", "Have the power restored."),
            step(
                PROCTOR,
                "go_on",
                "恢复后请考生重新登录，继续作答；作答过的题目会保存。",
                "Power back: candidates log in again and go on; what they answered is saved.",
            ),
            step(
                CHIEF,
                "authorise",
                "批量授权二次登录。",
                "Authorise the repeat logins together.",
                Page.LOGIN_AUTHORISATIONS,
            ),
            step(
                SITE_ADMIN,
                "report_long",
                "超过 30 分钟或整个考点断电：上报分部。",
                "Longer than 30 minutes, or the whole site: report to the branch.",
                Page.ESCALATION,
            ),
        ),
    ),
    client_type(
        code="CLI-11",
        clause="二(四)11",
        title=Text("非首次登录须授权", "Repeat login needs authorising"),
        summary=Text(
            "客户端提示“该考生非首次登陆，请监考教师联系主考/考点管理员授权登录”。",
            "The client says that this is not the candidate's first login and that the chief or the site "
            "administrator must authorise it.",
        ),
        owners=(CHIEF, SITE_ADMIN),
        remedy=Remedy.LOGIN_AUTHORISATION,
        cards=(
            step(
                PROCTOR,
                "tell",
                "核对考生和机位，问明再次登录的原因，联系主考或考点管理员。",
                "Check candidate and machine, ask why they log in again, and tell the chief or the site "
                "administrator.",
            ),
            step(
                CHIEF,
                "authorise",
                "主考授权登录：一次有效，10 分钟内，限本机。",
                "The chief authorises the login: one use, 10 minutes, this machine.",
                Page.LOGIN_AUTHORISATIONS,
            ),
            step(
                SITE_ADMIN,
                "authorise_site",
                "或由考点管理员授权，二者任一即可。",
                "Or the site administrator does; either is enough.",
                Page.LOGIN_AUTHORISATIONS,
            ),
            step(PROCTOR, "log_in_again", "授权后考生即可登录。", "Once authorised the candidate gets in."),
        ),
    ),
)
