"""Clause 二(四), what the set-up of a site or a machine causes: CLI-01, 03 and 08 to 10."""

from exam_ops.rules.catalogue.model import Page, Remedy
from exam_ops.rules.catalogue.parts import (
    PROCTOR,
    SITE_ADMIN,
    SUPPORT,
    call_support,
    client_type,
    escalate,
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

SETUP_TYPES = (
    client_type(
        code="CLI-01",
        clause="二(四)1",
        title=Text(
            "提示“请在考场范围内进行考试”", "'Take the exam inside the exam room' (请在考场范围内进行考试)"
        ),
        summary=Text(
            "考生登录考试客户端被拒：考点公网 IP 登记不准或不全。",
            "The exam client refuses the login: the site's public addresses are wrong or incomplete.",
        ),
        owners=(SITE_ADMIN, SUPPORT),
        entry_blocking=True,
        technical=True,
        remedy=Remedy.PUBLIC_IP,
        cards=(
            step(
                SITE_ADMIN,
                "check_addresses",
                "登录考试系统，核查“考点管理—考点信息管理—登记公网IP”是否准确。",
                "In the exam system check 考点管理 – 考点信息管理 – 登记公网IP.",
                Page.PUBLIC_IP,
            ),
            step(
                SITE_ADMIN,
                "register_all",
                "有多个外网 IP 的，全部填写上报。",
                "Where the site has several public addresses, register every one.",
                Page.PUBLIC_IP,
            ),
            step(
                PROCTOR,
                "log_in_again",
                "修改正确后，请考生重新登录。",
                "Once corrected, have the candidate log in again.",
            ),
            call_support(
                SITE_ADMIN,
                "系统看到的地址",
                "the address the system sees",
                when=("登记后仍被拒的", "If still refused"),
            ),
            *escalate(),
        ),
    ),
    client_type(
        code="CLI-03",
        clause="二(四)3",
        title=Text("试题部分文字缺失", "Characters missing in items"),
        summary=Text(
            "试题中部分文字缺失：机器缺字体。",
            "Some characters in items are missing: the machine lacks a font.",
        ),
        owners=(SUPPORT, SITE_ADMIN),
        technical=True,
        cards=(
            call_support(PROCTOR, "机位和缺字的题目", "the machine and the items concerned"),
            step(
                SUPPORT,
                "install_font",
                r"将 MSYH(1) 文件安装到 C:\Windows\Fonts 下。",
                r"Install the file MSYH(1) into C:\Windows\Fonts.",
                Page.SUPPORT_DESK,
            ),
            step(
                PROCTOR,
                "see_items",
                "重启考试客户端，确认文字完整。",
                "Restart the exam client and see that the text is complete.",
            ),
        ),
    ),
    client_type(
        code="CLI-08",
        clause="二(四)8",
        title=Text("“ExamClient 已停止工作”", "'ExamClient has stopped working'"),
        summary=Text(
            "安装客户端运行后出现“ExamClient 已停止工作”。",
            "The client, once installed and started, says 'ExamClient 已停止工作'.",
        ),
        owners=(SUPPORT, SITE_ADMIN),
        technical=True,
        remedy=Remedy.CLIENT_CONFIG,
        cards=(call_support(PROCTOR, "机位和提示", "the machine and the message"), OPENGL_TO_0, TRY_AGAIN),
    ),
    client_type(
        code="CLI-09",
        clause="二(四)9",
        title=Text(
            "无法定位程序输入点 _o_configure_narrow_argv", "Entry point _o_configure_narrow_argv not found"
        ),
        summary=Text(
            "打开客户端提示无法定位程序输入点 _o_configure_narrow_argv 于动态链接库 "
            "api-ms-win-crt-private-1-1-0.dll 上。",
            "The client says that the entry point _o_configure_narrow_argv could not be located in the "
            "dynamic link library api-ms-win-crt-private-1-1-0.dll.",
        ),
        owners=(SUPPORT, SITE_ADMIN),
        technical=True,
        remedy=Remedy.CLIENT_CONFIG,
        cards=(call_support(PROCTOR, "机位和提示", "the machine and the message"), OPENGL_TO_0, TRY_AGAIN),
    ),
    client_type(
        code="CLI-10",
        clause="二(四)10",
        title=Text("客户端白屏", "Client shows a white screen"),
        summary=Text("考试客户端出现白屏。", "The exam client shows only a white screen."),
        owners=(SUPPORT, SITE_ADMIN),
        technical=True,
        remedy=Remedy.CLIENT_CONFIG,
        cards=(
            call_support(PROCTOR, "机位", "the machine"),
            step(
                SUPPORT,
                "delete_library",
                "删除客户端安装目录下的 D3DCompiler_47.dll；",
                "Delete D3DCompiler_47.dll from the client's installation folder;",
            ),
            step(
                SUPPORT,
                "opengl_level",
                "或将 user.ini 里的 OpenGL/Level 改为 0，其余不动。",
                "or set OpenGL/Level in user.ini to 0 and change nothing else.",
                Page.CLIENT_CONFIG,
            ),
            TRY_AGAIN,
        ),
    ),
)
