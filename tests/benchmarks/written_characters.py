"""One way of writing Chinese: recognisers answer now in traditional characters, now in simplified ones, and both were heard alike.

Only one-to-one pairs of everyday words; where a simplified character stands for several, all its traditional forms lead to it.
"""

from typing import Final

PAIRS: Final = (
    "兩两個个臨临麼么們们價价優优關关辦办動动單单參参雙双發发髮发號号後后嗎吗堅坚壺壶場场幫帮開开換换據据時时機机來来樣样樓楼歡欢"
    "滿满點点現现電电碼码禮礼種种稅税經经結结裝装見见計计訂订請请謝谢賬账帳账貨货費费車车輕轻運运還还這这進进適适裡里裏里門门問问預预"
    "顏颜為为對对說说話话會会沒没過过給给從从讓让邊边內内於于產产東东長长覺觉錢钱歲岁須须達达類类試试該该島岛僅仅風风葉叶別别園园魚鱼"
    "紅红綠绿藍蓝黃黄買买賣卖貴贵識识認认間间陽阳聽听書书鳥鸟萬万億亿盃杯臺台週周纔才麵面錶表處处數数實实條条應应當当學学國国圖图團团"
    "圓圆傳传傷伤備备億亿兒儿節节舊旧區区醫医協协員员響响喚唤聲声壞坏夢梦媽妈嬌娇嬰婴寧宁寫写將将尋寻層层屬属帶带幾几庫库廣广強强復复"
    "徵征憶忆懷怀戲戏戶户擁拥擇择擔担擬拟攝摄敗败斷断無无舉举曉晓曆历歷历術术極极構构標标檢检權权歸归殘残殺杀氣气決决況况準准溫温濕湿"
    "滅灭熱热燈灯爐炉爭争牆墙獎奖獨独環环瓊琼盡尽監监盤盘眾众確确禮礼離离稱称穩稳窗窗競竞筆笔築筑簡简籃篮糧粮緊紧網网線线練练組组細细"
    "終终統统維维編编緩缓縣县總总績绩織织繩绳繼继續续罷罢羅罗義义習习聖圣聞闻職职聯联腦脑腳脚臉脸興兴舉举藝艺藥药蘭兰蘇苏蟲虫補补"
)
SIMPLIFIED: Final = str.maketrans(dict(zip(PAIRS[::2], PAIRS[1::2], strict=True)))


def in_one_writing(text: str) -> str:
    """The text in simplified characters."""
    return text.translate(SIMPLIFIED)
