"""Rules on proctors, rosters, accounts and addresses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from exam_ops.core.models import ProctorProfile, User
from exam_ops.office.loading import id_numbers, known
from exam_ops.office.loading.book import Book, Key, Row
from exam_ops.office.loading.checking_rosters import check_positions, check_whose
from exam_ops.office.loading.report import Problems
from exam_ops.rules import addresses
from exam_ops.rules.addresses import AddressRefused
from exam_ops.rules.certification import CERTIFIABLE, DOCUMENT_WORDS, NOT_CERTIFIABLE, Document, document_of
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from proctors.selectors.certificates import index_of, indexes_of

# What the cell 范围 names for each role, by sheet; "" is nothing: the whole university.
SCOPES: Mapping[Role, tuple[str, ...]] = {
    Role.HQ: ("",),
    Role.BRANCH: ("分部",),
    Role.SITE: ("考点",),
    Role.CHIEF: ("考点",),
    Role.PROCTOR: ("考点",),
    Role.CENTRE: ("学习中心",),
    Role.SUPPORT: ("", "分部"),
    Role.INSPECTOR: ("", "分部", "考点"),
    Role.CANDIDATE: ("考生",),
}


_UNCERTIFIED = Text(
    "该监考教师未通过实名认证，不能编排。请先在“实名认证”核对，或勾选“未认证监考教师的编排先不导入”。",
    "This proctor is not certified and can't be rostered. Have the identity compared first, or leave such rows out.",
)
_HELD_BACK = Text(
    "该监考教师未通过实名认证，这一行没有导入。认证后再导入一次。",
    "This proctor is not certified: the row was left out. Load it again once they are.",
)
_HELD = Text(
    "该证件号码已登记在账号 {username} 名下，一人只能有一个工号。",
    "The portal has this ID number under the account {username}: one person has one user name.",
)
_OTHER_DOCUMENT = Text(
    "这个号码的形式是{found}，与证件类型不符。请核对证件，或空着按号码识别。",
    "By its form this is the number of another document ({found}). Check it, or leave the cell empty.",
)


def check_people(book: Book, problems: Problems, *, is_drill: bool, hold_rosters: bool = False) -> None:
    check_proctors(book["监考教师"], problems)
    _check_roster(book, problems, hold_rosters=hold_rosters)
    check_names(book, problems)
    _check_accounts(book, problems)
    _check_addresses(book["公网IP"], problems, is_drill=is_drill)


def check_proctors(rows: Sequence[Row], problems: Problems) -> None:
    """One person has one account, here and in the portal; numbers that break GB 11643 are named."""
    owners: dict[str, Row] = {}
    stored = _owners_in_portal(rows)
    for row in rows:
        if not row.has("id_no"):
            continue
        first = owners.setdefault(index_of(row["id_no"]), row)
        held_by = stored.get(index_of(row["id_no"]), row.get("username"))
        if held_by != row.get("username"):
            problems.error(row, "id_no", _HELD.format(username=held_by))
        if first is not row:
            problems.error(
                row,
                "id_no",
                Text(
                    f"与第 {first.number} 行是同一证件号码，一人只能有一个工号。",
                    f"The ID number of row {first.number}: one person has one user name.",
                ),
            )
        _check_number(row, problems)


def _check_number(row: Row, problems: Problems) -> None:
    """GB 11643 for documents that can be certified; others are taken as they are, and certify nobody."""
    named = Document(row["document"]) if row.get("document") else None
    found = document_of(row["id_no"])
    if named and named not in CERTIFIABLE:
        if row.get("certified"):
            problems.error(row, "certified", NOT_CERTIFIABLE.format(document=DOCUMENT_WORDS[named]))
    elif not id_numbers.is_sound(row["id_no"]):
        _say_unsound(row, problems)
    elif named and named is not found:
        problems.error(row, "document", _OTHER_DOCUMENT.format(found=DOCUMENT_WORDS[found]))


def _owners_in_portal(rows: Iterable[Row]) -> dict[str, str]:
    """Look-up value of each number that the portal knows → the account that holds it."""
    wanted = {index for row in rows if row.has("id_no") for index in indexes_of(row["id_no"])}
    found = {}
    for part in known.chunks(wanted):
        held = ProctorProfile.objects.filter(id_no_index__in=part).select_related("user")
        for profile in held.only("id_no", "user__username"):
            found[index_of(profile.id_no)] = profile.user.username
    return found


def _say_unsound(row: Row, problems: Problems) -> None:
    if row.get("certified"):
        reason = Text(
            "证件号码校验不通过（位数、出生日期或校验码），不能记为已认证。请核对号码，或改为未认证。",
            "The ID number fails its check (length, birth date or check digit): not certified. Correct it or say 未认证.",
        )
        problems.error(row, "id_no", reason)
    else:
        reason = Text(
            "证件号码校验不通过，将不能认证。", "The ID number fails its check: it can't be certified."
        )
        problems.warn(row, "id_no", reason)


def _check_roster(book: Book, problems: Problems, *, hold_rosters: bool) -> None:
    """Certified proctors of the site, and one of each duty in a room; `hold_rosters` leaves the others out."""
    if not book["监考编排"]:
        return
    sites, certified = _proctors(book)
    if hold_rosters:
        _hold_back(book, certified, problems)
    check_positions(book["监考编排"], problems)
    named = {row["username"]: row["name"] for row in book["监考教师"] if row.has("username", "name")}
    check_whose(book["监考编排"], named, problems)
    for row in book["监考编排"]:
        username = row.get("username")
        if username in sites and not certified[username]:
            problems.error(row, "username", _UNCERTIFIED)
        if username in sites and row.has("site") and row["site"] not in sites[username]:
            problems.error(
                row,
                "username",
                Text(
                    "该监考教师不属于这个考点。请改考点，或在“账号”中加一行该考点的监考教师角色。",
                    "This proctor is not of this site. Change it, or add the role for this site in the sheet 账号.",
                ),
            )


def _hold_back(book: Book, certified: Mapping[str, bool], problems: Problems) -> None:
    """Takes rows of proctors who are not certified yet out of the workbook, each named."""
    rows = book["监考编排"]
    held = {row.number for row in rows if certified.get(row.get("username", "")) is False}
    for row in rows:
        if row.number in held:
            problems.warn(row, "username", _HELD_BACK)
    book.sheets["监考编排"] = [row for row in rows if row.number not in held]


def _proctors(book: Book) -> tuple[dict[str, set[str]], dict[str, bool]]:
    """Sites of each proctor and whether certified, as they will stand after the load: a claim certifies nobody."""
    sites: dict[str, set[str]] = defaultdict(set)
    certified: dict[str, bool] = {}
    held: dict[str, tuple[str, str, str]] = {}
    stored = ProctorProfile.objects.values_list(
        "user__username", "site__code", "status", "source", "id_no_index", "user__name"
    )
    for username, site, status, source, index, name in stored:
        sites[username].add(site)
        certified[username] = status == ProctorProfile.Status.CERTIFIED
        held[username] = (index, name, source)
    for row in book["监考教师"]:
        if row.has("username"):
            sites[row["username"]].add(row.get("site", ""))
            certified[row["username"]] = certified.get(row["username"], False) and _stays(
                row, held[row["username"]]
            )
    for row in book["账号"]:
        if row.get("role") == Role.PROCTOR and row.get("username") in certified:
            sites[row["username"]].add(row.get("scope", ""))
    return sites, certified


def _stays(row: Row, held: tuple[str, str, str]) -> bool:
    """Whether a certificate outlives this row: number and name as they were compared."""
    index, name, source = held
    is_claim_kept = source != ProctorProfile.Source.IMPORT or bool(row.get("certified"))
    same_number = not index or index_of(row.get("id_no", "")) == index
    return is_claim_kept and same_number and row.get("name") == name


def check_names(book: Book, problems: Problems) -> None:
    """One person behind a user name, in both sheets that know it."""
    first: dict[str, Row] = {}
    for row in (*book["监考教师"], *book["账号"]):
        if not row.has("username", "name"):
            continue
        earlier = first.setdefault(row["username"], row)
        if earlier["name"] != row["name"]:
            reason = Text(
                f"“{earlier.sheet}”第 {earlier.number} 行同一用户名的姓名是 {earlier['name']}。请核对。",
                f"{earlier.sheet} row {earlier.number} has this user name with the name {earlier['name']}. Check both.",
            )
            problems.error(row, "name", reason)


def _check_accounts(book: Book, problems: Problems) -> None:
    rows = book["账号"]
    there = _scopes_there(book)
    passwords: dict[str, str] = {}
    for row in rows:
        if row.has("role"):
            _check_scope(row, there, problems)
        if row.get("rights") and row.get("role") != Role.BRANCH:
            problems.error(
                row,
                "rights",
                Text("权限只用于分部考务。请清空。", "Only branch officers have rights. Empty it."),
            )
        if row.has("username", "initial_password"):
            _check_password(row, passwords, problems)


def _scopes_there(book: Book) -> dict[str, set[str]]:
    """The codes that a scope may name, by sheet: those of the workbook and those that the portal knows."""
    there = {name: {key[0] for key in book.by_key(name)} for name in ("分部", "考点", "学习中心")} | {
        "考生": {row["student_no"] for row in book["考生编排"] if row.has("student_no")}
    }
    for name, codes in there.items():
        asked = {
            (row["scope"],)
            for row in book["账号"]
            if row.has("role", "scope") and name in SCOPES[Role(row["role"])] and row["scope"] not in codes
        }
        codes |= {key[0] for key in known.among(name, asked)}
    return there


def _check_scope(row: Row, there: Mapping[str, set[str]], problems: Problems) -> None:
    scope = row.get("scope", "")
    kinds = SCOPES[Role(row["role"])]
    named = "、".join(kind for kind in kinds if kind)
    if not scope and "" not in kinds:
        problems.error(
            row,
            "scope",
            Text(f"该角色的范围必填：{named}的代码。", f"This role needs a scope: the code of {named}."),
        )
    elif scope and not named:
        problems.error(row, "scope", Text("总部没有范围。请清空。", "Headquarters have no scope. Empty it."))
    elif scope and not any(scope in there[kind] for kind in kinds if kind):
        reason = Text(
            f"“{scope}”不是{named}的代码。请核对角色和范围。",
            f"“{scope}” is no code of {named}. Check role and scope.",
        )
        problems.error(row, "scope", reason)


def _check_password(row: Row, passwords: dict[str, str], problems: Problems) -> None:
    if passwords.setdefault(row["username"], row["initial_password"]) != row["initial_password"]:
        problems.error(
            row,
            "initial_password",
            Text("同一账号有两个初始密码。请只留一个。", "Two passwords for one account. Keep one."),
        )
    try:
        validate_password(row["initial_password"], User(username=row["username"], name=row.get("name", "")))
    except ValidationError:
        reason = Text(
            "初始密码太弱：至少 12 位，不能是常见密码，不能与用户名或姓名相近。",
            "Too weak: at least 12 characters, no common password, nothing like the user name.",
        )
        problems.error(row, "initial_password", reason)


def _check_addresses(rows: Iterable[Row], problems: Problems, *, is_drill: bool) -> None:
    seen: dict[str, Row] = {}
    mine: dict[Key, Row] = {}
    for row in rows:
        if not row.has("address"):
            continue
        if row.has("valid_from", "valid_to") and row["valid_to"] < row["valid_from"]:
            problems.error(row, "valid_to", Text("失效日期早于生效日期。", "It ends before it begins."))
        try:
            network = str(addresses.parse(row["address"], allow_drill=is_drill))
        except AddressRefused as refused:
            problems.error(row, "address", refused.detail)
            continue
        twin = mine.setdefault((row.get("site"), network), row)
        if twin is not row and twin["address"] != row["address"]:
            reason = Text(
                f"与第 {twin.number} 行是同一地址（{network}）。",
                f"The address of row {twin.number} ({network}).",
            )
            problems.error(row, "address", reason)
        first = seen.setdefault(network, row)
        if first.get("site") != row.get("site") and _is_public(network):
            reason = Text(
                f"与第 {first.number} 行考点 {first.get('site')} 是同一地址。请确认两个考点确实共用出口。",
                f"The address of site {first.get('site')} in row {first.number}. Do both sites share the line?",
            )
            problems.warn(row, "address", reason)


def _is_public(network: str) -> bool:
    try:
        addresses.parse(network)
    except AddressRefused:
        return False
    return True
