"""Nobody: names, ID numbers and student numbers that belong to no real person.

Names are drawn at random. ID numbers have a right checksum and birth date, but their area begins with 999,
which no place has.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "安邦柏彬博采灿畅晨澄楚川春聪岱丹德东端帆方飞枫歌冠光海涵航浩禾和恒衡弘虹华桦淮焕晖惠慧嘉坚健江杰洁捷金津锦晋京菁景静"
    "军君俊凯康科可坤兰朗岚乐蕾黎力立莲良林霖玲凌柳龙璐伦茂梅萌梦敏明铭沐牧楠宁鹏萍平萁琪千谦乔勤青清晴秋泉然仁荣蓉若森杉珊"
    "尚绍深诗石书舒淑树爽松素泰涛恬庭彤婷桐万薇巍文雯汐希溪熙霞贤湘晓心欣新星秀旭轩雪雅妍言彦阳瑶晔一怡艺逸毅音莹颖永咏友雨"
    "玉煜媛远悦云韵泽展章昭真振知志致智舟竹卓姿子梓"
)
_STUDY_TYPES = ("012", "014")  # undergraduate, junior college
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    id_no: str


@dataclass(frozen=True, slots=True)
class Student:
    student_no: str
    ticket_no: str
    person: Person
    centre: str


def checksum(first17: str) -> str:
    """The last character of an ID number after GB 11643."""
    return "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, first17, strict=True)) % 11]


class People:
    """Makes people, no two with the same number; the same dice make the same people."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._id_nos: set[str] = set()
        self._serials: dict[str, int] = {}
        self._students = 0

    def person(self, born: tuple[int, int], name: str = "") -> Person:
        """Somebody born in one of these years, the first and the last included."""
        return Person(name or self._name(), self._id_no(born))

    def student(self, branch: str, centre: str, name: str = "") -> Student:
        """A student of a centre, with the next student number of branch, intake and type."""
        self._students += 1
        person = self.person((1976, 2006), name)
        ticket_no = f"W25{branch}{self._students:06d}"
        return Student(self._student_no(branch), ticket_no, person, centre)

    def _name(self) -> str:
        length = 1 if self._dice.random() < 0.15 else 2
        return self._dice.choice(_SURNAMES) + "".join(self._dice.sample(_GIVEN, length))

    def _id_no(self, born: tuple[int, int]) -> str:
        start, end = date(born[0], 1, 1), date(born[1], 12, 31)
        while True:
            day = start + timedelta(days=self._dice.randint(0, (end - start).days))
            first17 = f"999{self._dice.randint(1, 999):03d}{day:%Y%m%d}{self._dice.randint(1, 999):03d}"
            id_no = first17 + checksum(first17)
            if id_no not in self._id_nos:
                self._id_nos.add(id_no)
                return id_no

    def _student_no(self, branch: str) -> str:
        year, autumn = self._dice.choice((22, 23, 24, 25)), self._dice.random() < 0.5
        prefix = f"{year}{branch}{self._dice.choice(_STUDY_TYPES)}"
        intake = f"{prefix}-{autumn}"
        self._serials[intake] = self._serials.get(intake, 0) + 1
        return f"{prefix}{(50000 if autumn else 0) + self._serials[intake]:05d}"
