"""The words of every kind of message, in both languages; headquarters may put its own in their place (E4)."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from exam_ops.rules.text import Text
from incidents.models import Template
from incidents.services.template_rosters import ROSTERS
from incidents.services.template_words import Words, names

log = logging.getLogger(__name__)


_ALL = (
    Words(
        "incident.told",
        Text("应急事件上报", "An incident is reported to a level"),
        Text("【{grade}级】{type} · {site}", "[Grade {grade}] {type} · {site}"),
        Text(
            "{because}{unit} {number}。请在 {minutes} 分钟内确认，{then}。",
            "{because}{unit} {number}. Acknowledge within {minutes} min, {then}.",
        ),
    ),
    Words(
        "incident.informed",
        Text("应急事件通报", "A level learns of an incident"),
        Text("【{grade}级】通报：{type} · {site}", "[Grade {grade}] For your knowledge: {type} · {site}"),
        Text(
            "{because}{unit} {number}。由下级处理，暂无需确认；进展见事件页。",
            "{because}{unit} {number}. The level below has it and no answer is asked of you yet; its page shows how it goes.",
        ),
    ),
    Words(
        "incident.handed",
        Text("应急事件移交", "An incident is handed over"),
        Text("【{grade}级】移交给您：{type} · {site}", "[Grade {grade}] Handed to you: {type} · {site}"),
        Text(
            "{by} 将 {unit} {number} 移交给您：{note}\n请在 {minutes} 分钟内确认接手，{then}。",
            "{by} hands you {unit} {number}: {note}\nTake it within {minutes} min, {then}.",
        ),
    ),
    Words(
        "incident.update_owed",
        Text("应急事件续报提醒", "A report on an incident is owed"),
        Text("【{grade}级】请续报：{type} · {site}", "[Grade {grade}] Report owed: {type} · {site}"),
        Text(
            "{unit} {number} 须每 {minutes} 分钟续报一次，现已到时。请在事件页写明最新情况。",
            "{unit} {number} owes a report every {minutes} min, and one is due. Say on its page how it stands.",
        ),
    ),
    Words(
        "incident.updated",
        Text("应急事件续报", "A report on an incident"),
        Text("【{grade}级】续报：{type} · {site}", "[Grade {grade}] Report: {type} · {site}"),
        Text("{unit} {number}。{by}：{note}", "{unit} {number}. {by}: {note}"),
    ),
    Words(
        "package.failed",
        Text("应急材料封存失败", "A sealed package can't be made"),
        Text("封存包制作失败：{site}", "No sealed package: {site}"),
        Text(
            "{plan} {unit}：已尝试 {tries} 次。页面写明原因和处理办法；系统会继续重试。",
            "{plan} {unit}: {tries} tries so far. Its page says why and what to do; the portal goes on trying.",
        ),
    ),
    Words(
        "post_exam.findings",
        Text("考后核验发现", "Findings of the check after the exam"),
        Text("考后核验：{site} {count} 项存疑或不一致", "Check after the exam: {site}, {count} in doubt"),
        Text(
            "{plan} {unit}：已核验 {checked}/{total}，本次新增 {new} 项。请逐项查看照片和说明，并写明处理结果。",
            "{plan} {unit}: {checked} of {total} checked, {new} new. Look at the photos and notes, and say what was done.",
        ),
    ),
    Words(
        "branch.digest",
        Text("分部摘要", "The branch's digest"),
        Text("{plan} 应急摘要：{count} 项", "{plan} digest of incidents: {count}"),
        Text("{lines}", "{lines}"),
    ),
    Words(
        "evidence.owed",
        Text("应急材料待提交", "Evidence is owed"),
        Text("应急材料待提交：{site} 还有 {count} 项", "Evidence owed: {count} at {site}"),
        Text(
            "{unit} 结束前（{end}）须提交全景照片并标记应急考生，之后系统不再接收。",
            "Send the panorama with its marks before {unit} ends ({end}); nothing is taken after that.",
        ),
    ),
    Words(
        "evidence.asked_again",
        Text("应急材料要求补拍", "Another picture is asked for"),
        Text("请补拍应急材料：{site} {room}考场", "Another panorama, please: {site}, room {room}"),
        Text(
            "{unit}。{level} {by}：{because}。请重新拍摄全景、标记应急考生，并在 {end} 前提交；原照片保留。",
            "{unit}. {by} ({level}): {because}. Take the panorama again, mark the emergency candidates and send it "
            "before {end}; the earlier picture stays.",
        ),
    ),
    Words(
        "evidence.withdrawn",
        Text("应急材料照片撤回", "A picture of evidence is withdrawn"),
        Text("应急材料重新待交：{site} {room}考场", "Evidence owed again: {site}, room {room}"),
        Text(
            "{unit}。{by} 撤回了第 {version} 版照片：{because}。请在 {end} 前提交新的全景照片；原照片保留可查。",
            "{unit}. {by} withdrew picture {version}: {because}. Candidates owe evidence again: send a new panorama "
            "before {end}; the withdrawn one stays to be seen.",
        ),
    ),
    Words(
        "evidence.not_asked_again",
        Text("应急材料无需补拍", "No other picture is needed"),
        Text("无需补拍应急材料：{site} {room}考场", "No other panorama needed: {site}, room {room}"),
        Text(
            "{unit}。{level} {by} 已更改结论，原照片有效。",
            "{unit}. {by} ({level}) has changed the verdict: the picture that was sent will do.",
        ),
    ),
    *ROSTERS,
    Words(
        "entry.no_proctor",
        Text("无监考考场入场待确认", "Entry without a proctor is to be signed off"),
        Text(
            "请确认：{site} {room}考场无监考入场 {count} 名",
            "Sign off: {count} let in without a proctor, {site} room {room}",
        ),
        Text(
            "{unit}。主考 {by} 已按考场统一批准。预案未列此情形，请分部在事件页确认处理并写明意见。",
            "{unit}. {by} has approved the room as a whole. The plan names no such case: "
            "acknowledge the incident and say on its page whether the branch agrees.",
        ),
    ),
    Words(
        "delegation.granted",
        Text("副主考授权", "A deputy is named"),
        Text("副主考授权：{site} · {name}", "Deputy: {name} · {site}"),
        Text(
            "{by} 授权 {name} 于今天 {since}–{until} 行使主考权限。原因：{reason}。本人提交的申请不能由本人审批。",
            "{by} lends {name} the chief examiner's powers today {since}–{until}. Why: {reason}. "
            "Nobody decides their own request.",
        ),
    ),
    Words(
        "delegation.revoked",
        Text("副主考授权撤销", "A delegation is taken back"),
        Text("副主考授权已撤销：{site} · {name}", "No longer a deputy: {name} · {site}"),
        Text(
            "{by} 已撤销 {name} 的副主考授权（原 {since}–{until}），立即生效。",
            "{by} has taken back what was lent to {name} ({since}–{until}), with immediate effect.",
        ),
        also=("reason",),
    ),
    Words(
        "held_over.asked",
        Text("留考考生待确认", "Held-over candidates are asked about"),
        Text("请确认留考考生：{site} {count} 名", "Held-over candidates to answer for: {count} at {site}"),
        Text(
            "{unit} 已停止入场，以上留考考生尚未记录入场。请逐名确认“带入下一科”或“已离开”；系统不会自动记为缺考。",
            "Entry to {unit} has closed and they are not recorded as in. Say of each 'brought over' or 'left'; "
            "no machine makes them absent.",
        ),
    ),
    Words(
        "decision.broadcast",
        Text("总部指令下发", "A decision of headquarters"),
        Text("【总部指令】{said}", "[Headquarters] {said}"),
        Text(
            "{number} {plan}。理由：{reason}。{by} 发布。请立即阅读，并通知本考场、本考点人员。",
            "{number} {plan}. Why: {reason}. Decided by {by}. Read it at once and tell the people of your room or site.",
        ),
    ),
    Words(
        "decision.confirm",
        Text("总部指令待确认", "A decision waits to be confirmed"),
        Text("待您确认：{said}", "Waits for you: {said}"),
        Text(
            "{number} {plan}，{by} 提出，理由：{reason}。请在 {until} 前确认或驳回，过时失效。",
            "{number} {plan}, proposed by {by}: {reason}. Confirm or refuse it by {until}, or it lapses.",
        ),
    ),
    Words(
        "decision.settled",
        Text("总部指令未生效", "A decision did not take effect"),
        Text("指令{status}：{said}", "Your decision – {status}: {said}"),
        Text("{number} {plan}。{note}", "{number} {plan}. {note}"),
        also=("by", "reason"),
    ),
    Words(
        "release.announced",
        Text("App 最低版本提高", "A later App is needed"),
        Text(
            "身份核验 App 须更新：{platform} {minimum} 及以上",
            "Update the identity-check App: {platform} {minimum} or later",
        ),
        Text(
            "自 {at} 起，{platform} 手机上的旧版本不能登录。请监考教师提前更新；考点请提醒本考点监考教师。",
            "From {at} on, older versions can't sign in on {platform}. Update in time; sites remind their proctors.",
        ),
    ),
    Words(
        "release.withdrawn",
        Text("App 最低版本提高已取消", "A later App is not needed after all"),
        Text(
            "身份核验 App 不必更新：{platform} {minimum} 已取消",
            "No update of the identity-check App: {platform} {minimum} is off",
        ),
        Text(
            "原定 {at} 起生效的最低版本已撤回：{why}。已更新的手机可继续使用。",
            "The minimum planned for {at} was withdrawn: {why}. Phones that were updated stay as they are.",
        ),
    ),
    Words(
        "release.held",
        Text("App 最低版本被推迟", "A new App minimum is held back"),
        Text(
            "App 最低版本推迟生效：{platform} {minimum}",
            "App minimum held back: {platform} {minimum}",
        ),
        Text(
            "原定 {at} 生效，现与考试冲突（{units}），推迟到 {until}。确需按原时间生效的，请在 App 版本页写明理由，或撤回。",
            "Planned for {at}, it now meets exams ({units}) and waits until {until}. "
            "Give a reason on the App releases page if it must hold as planned, or withdraw it.",
        ),
    ),
    Words(
        "channel.test",
        Text("渠道测试", "Test of a channel"),
        Text("测试消息：{channel}", "Test message: {channel}"),
        Text(
            "{by} 从考务平台发出的测试消息。收到即表示渠道可用，无需处理。",
            "A test message sent from the exam portal by {by}. If you read this, the channel works; nothing is to do.",
        ),
    ),
    Words(
        "channel.given_up",
        Text("渠道发送失败", "A channel fails"),
        Text("消息未能送达：{channel}", "A message did not arrive: {channel}"),
        Text(
            "“{title}”经多次尝试仍未送达（{error}）。请在系统管理 → 通知渠道中检查该渠道，并确认相关人员已从门户获知。",
            "“{title}” did not arrive after several tries ({error}). Check it under System → Channels, "
            "and make sure that the people concerned know from the portal.",
        ),
    ),
)
EVENTS: dict[str, Words] = {words.event: words for words in _ALL}


def render(event: str, fields: Mapping[str, Any]) -> tuple[Text, Text]:
    """Title and body of a message; `fields` hold text, numbers or `Text`, exactly those its event declares."""
    return fill(event, fields, changed([event]))


def changed(events: Iterable[str]) -> dict[str, Template]:
    """The words that headquarters changed, among `events`."""
    return {row.event: row for row in Template.objects.filter(event__in=set(events))}


def fill(event: str, fields: Mapping[str, Any], rows: Mapping[str, Template]) -> tuple[Text, Text]:
    """As `render`, with the changed words at hand; raises ValueError when a caller gives other fields."""
    words = EVENTS[event]
    if set(fields) != words.fields:
        raise ValueError(f"{event} takes {sorted(words.fields)}, not {sorted(fields)}")
    title, body = in_force(words, rows.get(event))
    return title.format(**fields), body.format(**fields)


def in_force(words: Words, row: Template | None) -> tuple[Text, Text]:
    """Headquarters' words; the portal's own without them, or where they name what a later release gives no more."""
    if row is None:
        return words.title, words.body
    title, body = Text(**row.title), Text(**row.body)
    if not all(names(text) <= words.fields for both in (title, body) for text in (both.zh, both.en)):
        log.error("the changed words of %s name unknown fields; the portal's own are used", words.event)
        return words.title, words.body
    return title, body
