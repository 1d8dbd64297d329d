"""What a person reads aloud to consent, in the language they speak: the sentence, and the words that are drawn for one recording.

People agree to what they understand, and nobody reads a foreign sentence without stumbling. The words are everyday things that sound
unlike one another and are written in one way, for somebody writes down what was said.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

ENGLISH: Final = "en"
_MONTHS_OF_FRENCH: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


@dataclass(frozen=True)
class ConsentLanguage:
    """A language of consents. `name` is its own; `sentence` has places for person, shop, uses, channels, until and words."""

    name: str
    sentence: str
    uses: Mapping[str, str]
    channels: Mapping[str, str]
    joint: str
    day: Callable[[date], str]
    words: str
    """64 of them with spaces between: four are 16 million sentences."""
    word_gap: str = " "

    def say(self, person: str, shop: str, *, uses: Iterable[str], channels: Iterable[str], until: date, words: str) -> str:
        """The whole sentence; `until` is the last day that counts, as every one of these languages means it."""
        said_uses, said_channels = self.joint.join(self.uses[one] for one in uses), self.joint.join(self.channels[one] for one in channels)
        drawn = self.word_gap.join(words.split())
        return self.sentence.format(person=person, shop=shop, uses=said_uses, channels=said_channels, until=self.day(until), words=drawn)


def _day_in_characters(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _day_in_french(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS_OF_FRENCH[day.month - 1]} {day.year}"


LANGUAGES: Final[Mapping[str, ConsentLanguage]] = {
    "en": ConsentLanguage(
        "English",
        "I am {person}. I agree that {shop} shows and speaks with {uses}, made by AI, in {channels}, until {until}. "
        "I can take this back at any time. My words are {words}.",
        {"face": "my face", "voice": "my voice"}, {"films": "films", "chat": "chat"}, " and ", lambda day: f"{day.day} {day:%B %Y}",
        "amber anchor apple autumn basket bridge butter candle canyon carbon castle cherry circle copper cotton desert "
        "dolphin engine falcon feather forest garden ginger guitar hammer harbor honey island jacket ladder lantern lemon "
        "magnet marble meadow mirror morning mountain needle ocean olive orange paper pepper pillow planet pocket rabbit "
        "ribbon river rocket saddle silver summer sunset temple thunder timber tunnel valley velvet violin window winter",
    ),
    "zh": ConsentLanguage(
        "中文",
        "我是{person}。我同意{shop}展示和使用由人工智能制作的{uses}，用于{channels}，直到{until}为止。我可以随时撤回同意。我的验证词是：{words}。",
        {"face": "我的面容", "voice": "我的声音"}, {"films": "影片", "chat": "聊天"}, "和", _day_in_characters,
        "苹果 香蕉 西瓜 葡萄 樱桃 柠檬 草莓 核桃 花生 蘑菇 土豆 番茄 咖啡 牛奶 蜂蜜 面包 大海 河流 高山 森林 沙漠 草原 月亮 "
        "太阳 星星 云朵 彩虹 雪花 春天 秋天 早晨 黄昏 钢琴 吉他 风筝 灯笼 铅笔 书包 剪刀 雨伞 镜子 钥匙 窗户 桥梁 火车 飞机 "
        "帆船 火箭 城堡 花园 广场 熊猫 老虎 大象 兔子 蝴蝶 海豚 孔雀 松鼠 骆驼 手套 围巾 枕头 地图",
        "、",
    ),
    "ja": ConsentLanguage(
        "日本語",
        "私は{person}です。{shop}が、AIで作られた{uses}を、{until}まで、{channels}で使うことに同意します。"
        "この同意はいつでも取り消せます。私の合言葉は、{words}です。",
        {"face": "私の顔", "voice": "私の声"}, {"films": "映像", "chat": "チャット"}, "と", _day_in_characters,
        "電車 新聞 手紙 時計 写真 台所 野菜 牛乳 朝日 青空 花火 森林 砂漠 草原 海岸 火山 流星 満月 吹雪 台風 季節 夕方 音楽 "
        "太鼓 鉛筆 帽子 眼鏡 手袋 毛布 財布 切手 地図 鉄橋 飛行機 自転車 図書館 動物園 水族館 遊園地 駐車場 公園 学校 病院 "
        "教室 玄関 階段 天井 屋根 果物 紅茶 弁当 味噌 醤油 豆腐 白鳥 金魚 子犬 野球 水泳 将棋 絵本 積木 風船 磁石",
        "、",
    ),
    "fr": ConsentLanguage(
        "Français",
        "Je m’appelle {person}. J’accepte que {shop} utilise, au moyen de l’intelligence artificielle, {uses} dans {channels}, "
        "jusqu’au {until}. Je peux retirer cet accord à tout moment. Mes mots sont {words}.",
        {"face": "mon visage", "voice": "ma voix"}, {"films": "des films", "chat": "des conversations"}, " et ",
        _day_in_french,
        "abeille ananas armoire automne bateau beurre bijou bougie bouteille cactus camion canard cerise chapeau château "
        "cheval chocolat citron colline coussin cuisine dauphin désert dragon échelle éléphant fenêtre ficelle forêt fourmi "
        "fromage fusée girafe guitare horloge jardin journal lanterne lavande lapin magasin manteau marteau miroir montagne "
        "musique navire nuage orange panier papillon pirate planète poivre pont rivière ruban sapin soleil tambour tomate "
        "tortue valise violon",
    ),
}  # fmt: skip
"""The languages a consent can be read in, by their codes."""
