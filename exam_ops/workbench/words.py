"""What the codes of roles and events are called on pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import Event, Membership, User
from exam_ops.rules.permissions import Right, Role

ROLE_LABELS: dict[Role, Any] = {
    Role.HQ: _("总部"),
    Role.BRANCH: _("分部考务"),
    Role.SITE: _("考点管理员"),
    Role.CHIEF: _("主考"),
    Role.PROCTOR: _("监考教师"),
    Role.CENTRE: _("学习中心考务管理员"),
    Role.SUPPORT: _("技术支持"),
    Role.INSPECTOR: _("巡考"),
    Role.CANDIDATE: _("考生"),
}
RIGHT_LABELS: dict[Right, Any] = {Right.INTEGRITY: _("考风考纪管理员"), Right.DUTY: _("值班")}

GROUPS: dict[str, Any] = {
    "sign_in": _("签到"),
    "entry": _("入场审批"),
    "incident": _("应急事件"),
    "duty": _("应急材料（应交）"),
    "evidence": _("应急材料（已交）"),
    "client": _("客户端登录"),
    "paper": _("答卷"),
    "papers": _("强制交卷"),
    "address": _("公网IP"),
    "photo": _("照片"),
    "token": _("手机登录"),
    "account": _("账号"),
    "plan": _("考试计划"),
    "drill": _("演练时钟"),
    "channel": _("通知渠道"),
    "template": _("消息模板"),
    "delivery": _("消息发送"),
    "engine": _("时点引擎"),
    "presence": _("在场确认"),
    "shift": _("值班表"),
    "contact": _("技术支持联系人"),
    "delegation": _("副主考授权"),
    "release": _("App 版本"),
    "student": _("考生名单"),
    "device": _("手机放行"),
    "certificate": _("实名认证"),
    "id_number": _("证件号码"),
    "proctor": _("监考教师名单"),
}
"""What stands before the dot of an event's kind; the filter of the log."""

KINDS: dict[str, Any] = {
    "account.unlocked": _("账号已解锁"),
    "account.code_issued": _("发放一次性登录码"),
    "account.code_used": _("用一次性登录码登录"),
    "address.registered": _("登记公网IP"),
    "address.removed": _("移除公网IP"),
    "channel.saved": _("通知渠道已保存"),
    "channel.tested": _("通知渠道测试"),
    "client.admitted": _("客户端登录成功"),
    "delegation.granted": _("副主考授权登记"),
    "delegation.revoked": _("副主考授权撤销"),
    "entry.room_decided": _("主考对全考场作出决定"),
    "entry.held_over_kept": _("留考监管中"),
    "entry.held_over_left": _("留考考生已离开"),
    "entry.held_over_entered": _("留考考生监管入场"),
    "entry.manual_chosen": _("考生选择人工核验"),
    "entry.manual_withdrawn": _("撤回人工核验"),
    "certificate.entered": _("监考教师资料登记"),
    "certificate.changed": _("监考教师资料变更"),
    "certificate.person": _("实名认证人工核对"),
    "certificate.service": _("实名认证服务核对"),
    "certificate.reopened": _("实名认证要求重新核对"),
    "certificate.ended": _("实名认证到期"),
    "id_number.revealed": _("查看完整证件号码"),
    "id_number.shown": _("为核对显示证件号码"),
    "proctor.listed": _("导出监考教师名单"),
    "proctor.imported": _("导入监考教师"),
    "client.waiting": _("客户端登录等待处理"),
    "client.authorised": _("二次登录已授权"),
    "client.denied": _("二次登录被拒绝"),
    "client.refused": _("客户端登录被拒"),
    "client.unlocked": _("客户端登录锁定已解除"),
    "contact.added": _("新增技术支持联系人"),
    "contact.changed": _("修改技术支持联系人"),
    "delivery.given_up": _("消息未能送达，已放弃"),
    "delivery.resent": _("消息人工重发"),
    "device.admitted": _("手机放行"),
    "device.revoked": _("取消手机放行"),
    "drill.jumped": _("演练时钟跳转"),
    "drill.reset": _("演练重新开始"),
    "duty.opened": _("产生应急材料任务"),
    "duty.dropped": _("应急材料任务取消"),
    "duty.reopened": _("应急材料任务恢复待交"),
    "duty.missed": _("应急材料任务逾期"),
    "duties.missed": _("应急材料逾期未交"),
    "duty.listed": _("导出应急任务清单"),
    "roster.pressed": _("监考编排催办"),
    "roster.listed": _("导出编排检查"),
    "engine.retried": _("立即重试失败的事项"),
    "entry.requested": _("提交入场审批"),
    "entry.approved": _("同意入场"),
    "entry.rejected": _("不同意入场"),
    "entry.withdrawn": _("入场审批撤回"),
    "entry.expired": _("入场审批失效"),
    "entry.closed": _("停止入场"),
    "entry.absent": _("记为缺考"),
    "evidence.received": _("收到应急材料"),
    "evidence.reviewed": _("审核应急材料"),
    "package.sealed": _("应急材料已封存"),
    "package.asked": _("要求重新封存"),
    "package.downloaded": _("下载封存包"),
    "package.checked": _("验证封存包"),
    "evidence.withdrawn": _("应急材料照片已撤回"),
    "incident.opened": _("事件建立"),
    "incident.reported": _("事件补充上报"),
    "incident.named": _("事件补充考生"),
    "incident.told": _("事件已通知"),
    "incident.raised": _("事件升级"),
    "incident.escalated": _("事件逐级上报"),
    "incident.unacknowledged": _("事件超时未确认"),
    "incident.acknowledged": _("事件已确认"),
    "incident.declared_major": _("事件认定为重大"),
    "incident.figures": _("事件数字更新"),
    "incident.ticked": _("处置步骤完成"),
    "incident.taken": _("技术支持接手"),
    "incident.given_back": _("技术支持交回"),
    "incident.passed_on": _("已转交总部技术支持"),
    "incident.resolved": _("事件办结"),
    "paper.merged": _("离线答卷已合并"),
    "paper.submitted": _("交卷"),
    "papers.forced": _("强制交卷"),
    "photo.stored": _("照片已保存"),
    "photo.viewed": _("查看照片"),
    "photo.downloaded": _("下载原图"),
    "presence.present": _("监考确认在场"),
    "presence.not_here": _("监考确认不在场"),
    "plan.loaded": _("考试计划已导入"),
    "release.added": _("登记 App 版本"),
    "release.withdrawn": _("撤回 App 版本"),
    "release.held": _("App 最低版本推迟生效"),
    "release.freed": _("App 最低版本不再推迟"),
    "release.let_through": _("总部批准 App 最低版本按时生效"),
    "shift.added": _("新增班次"),
    "shift.changed": _("班次已修改"),
    "shift.copied": _("复制上周班次"),
    "shift.removed": _("删除班次"),
    "sign_in.passed": _("签到成功"),
    "sign_in.late": _("签到补传到达"),
    "sign_in.failed": _("签到未通过"),
    "sign_in.rejected": _("签到未被接收"),
    "sign_in.undone": _("签到撤销"),
    "sign_in.reviewed": _("上报记录已核查"),
    "sign_in.applied": _("上报记录经核查采用为签到"),
    "sign_in.proctor": _("监考本人核验"),
    "student.listed": _("考生名单已下载"),
    "template.saved": _("消息模板已修改"),
    "template.reset": _("消息模板恢复默认"),
    "token.issued": _("手机登录成功"),
    "token.revoked": _("手机退出登录"),
}


def kind_of(event: Event) -> Any:
    """An event's kind in words; one without words of its own is named by its group."""
    return KINDS.get(event.kind) or GROUPS.get(event.kind.partition(".")[0], event.kind)


def memberships_of(user: User) -> list[dict[str, Any]]:
    """The roles of an account whose memberships and places are loaded: {label, place, rights}."""
    return [_membership(membership) for membership in user.memberships.all()]


def _membership(membership: Membership) -> dict[str, Any]:
    place = membership.site or membership.branch or membership.centre or membership.candidate
    rights = [label for right, label in RIGHT_LABELS.items() if right in (membership.rights or ())]
    return {
        "label": ROLE_LABELS[Role(membership.role)],
        "place": str(place) if place else "",
        "rights": rights,
    }
