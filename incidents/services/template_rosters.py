"""The words of messages about proctors: certificates, rosters and their changes, readiness before the mock exam."""

from exam_ops.rules.text import Text
from incidents.services.template_words import Words

ROSTERS = (
    Words(
        "certificate.refused",
        Text("监考教师未通过实名认证", "A proctor was not certified"),
        Text("{name} 未通过实名认证", "{name} was not certified"),
        Text(
            "{why}。更正资料后会重新核对；认证前不能编排，也不能登录 App。",
            "{why}. Correct the facts and they are compared again; until then no roster and no login to the App.",
        ),
    ),
    Words(
        "roster.short",
        Text("监考编排提醒", "Roster reminder"),
        Text(
            "监考编排提醒：{site} 有 {count} 个考场未配足已认证监考",
            "Roster reminder: {count} rooms at {site} lack certified proctors",
        ),
        Text(
            "{rooms}\n开考前 48 小时之前考点可直接修改；之后须经分部批准。\n分部考风考纪管理员：{officers}",
            "{rooms}\nThe site may change rosters freely until 48 hours before the start; "
            "after that the branch approves.\nThe branch's integrity officer: {officers}",
        ),
    ),
    Words(
        "roster.short_branch",
        Text("监考编排提醒（分部汇总）", "Roster reminder of a branch"),
        Text(
            "监考编排提醒：{branch} {sites} 个考点有 {count} 个考场未配足已认证监考",
            "Roster reminder: {count} rooms of {sites} sites of {branch} lack certified proctors",
        ),
        Text(
            "{rooms}\n分部考风考纪管理员：{officers}",
            "{rooms}\nThe branch's integrity officer: {officers}",
        ),
    ),
    Words(
        "roster.pressed",
        Text("监考编排催办", "A site is pressed about its rosters"),
        Text(
            "催办：{site} 有 {count} 个考场未配足已认证监考",
            "Please act: {count} rooms at {site} lack certified proctors",
        ),
        Text(
            "{by} 催办，请尽快配足：\n{rooms}\n分部考风考纪管理员：{officers}",
            "{by} asks you to fill them soon:\n{rooms}\nThe branch's integrity officer: {officers}",
        ),
    ),
    Words(
        "roster.wanted",
        Text("教师选择了没有编排的考场", "A proctor picked a duty they do not have"),
        Text("{name} 选择了 {where}，缺少{missing}", "{name} picked {where} and lacks {missing}"),
        Text(
            "{site}：教师在手机上被提示不在监考范围内。请在监考编排 → 范围外选择中一键安排，或说明不安排的原因。",
            "{site}: the phone told them it is outside their duty. Mend it by one touch under Rosters → Out of scope, "
            "or say why not.",
        ),
    ),
    Words(
        "roster.wanted_called",
        Text("请紧急安排监考", "An emergency replacement is called for"),
        Text("请紧急安排：{name} 选择了 {where}", "Please act now: {name} picked {where}"),
        Text(
            "{site} {by} 请求办理：离开考不足 2 小时，考点不能再改编排。值班人员可一键更换；主考可提交紧急更换。",
            "{by} of {site} asks: less than 2 hours are left and the site can't change its roster any more. "
            "The duty officer replaces by one touch; the chief may ask for it.",
        ),
    ),
    Words(
        "roster.wanted_answered",
        Text("对所选考场的答复", "The answer to a duty that was picked"),
        Text("您选择的 {where}", "{where}, which you picked"),
        Text("{said}", "{said}"),
    ),
    Words(
        "readiness.site",
        Text("考前准备提醒", "Readiness reminder"),
        Text(
            "{plan} 考前准备：{place} 还有 {count} 名监考教师未就绪",
            "{plan}: {count} proctors of {place} are not ready",
        ),
        Text(
            "首个单元 {first} 开考。未就绪的上岗监考：\n{lines}\n请督促完成实名认证、更新 App 并登录一次。",
            "The first unit begins {first}. On the roster and not ready:\n{lines}\n"
            "See that they are certified, update the App and sign in once.",
        ),
    ),
    Words(
        "readiness.own",
        Text("监考教师考前准备", "A proctor's own readiness"),
        Text("{plan} 将于 {first} 开考，请完成准备", "{plan} begins {first}: please get ready"),
        Text("{lines}", "{lines}"),
    ),
    Words(
        "change.asked",
        Text("监考变更待审批", "Proctor changes wait for the branch"),
        Text("监考变更待审批：{count} 项", "Proctor changes to decide: {count}"),
        Text(
            "{rooms}\n请在 {until} 前审批，逾期自动失效。",
            "{rooms}\nDecide before {until}; after that they expire.",
        ),
    ),
    Words(
        "change.urgent",
        Text("紧急更换监考待批准", "An emergency replacement waits"),
        Text("紧急更换监考待批准：{count} 项", "Emergency replacements to grant: {count}"),
        Text(
            "{rooms}\n请分部值班人员立即决定；{until} 停止入场后失效。",
            "{rooms}\nThe branch's duty officer decides at once; it expires when entry closes at {until}.",
        ),
    ),
    Words(
        "change.closing",
        Text("监考变更即将截止", "Proctor changes close soon"),
        Text(
            "监考变更将于 {until} 截止：{count} 项待审批",
            "Proctor changes close at {until}: {count} undecided",
        ),
        Text(
            "{rooms}\n逾期未决定的申请自动失效，考场将按原编排监考。",
            "{rooms}\nWhat is undecided then expires, and the rooms keep the roster they have.",
        ),
    ),
    Words(
        "change.expired",
        Text("监考变更逾期失效", "Proctor changes expired"),
        Text("监考变更逾期失效：{count} 项", "Proctor changes expired undecided: {count}"),
        Text(
            "{rooms}\n截至 {until} 未决定。仍需更换的，请主考提交紧急更换，由分部值班人员批准。",
            "{rooms}\nUndecided at {until}. If still needed, the chief examiner asks for an emergency replacement; "
            "the branch's duty officer grants it.",
        ),
    ),
    Words(
        "change.decided",
        Text("监考变更已决定", "A proctor change is decided"),
        Text("监考变更{outcome}：{count} 项", "Proctor changes {outcome}: {count}"),
        Text("{rooms}\n{by}：{note}", "{rooms}\n{by}: {note}"),
        also=("until",),
    ),
    Words(
        "roster.changed",
        Text("监考编排有变化", "A roster has changed"),
        Text("您的监考编排有变化", "Your roster has changed"),
        Text("{room}", "{room}"),
    ),
)
