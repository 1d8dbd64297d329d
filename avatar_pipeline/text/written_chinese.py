"""One way of writing Chinese: recognisers answer now in traditional characters, now in simplified ones, and both were heard alike.

A shop's papers are written in one of them, and what a shopper says is looked up there: so what was heard is written as the shop writes.
"""

from typing import Final

_PAIRS: Final = (
    "來来個个們们備备傳传傷伤僅仅價价億亿優优兒儿內内兩两別别劃划劇剧劑剂動动勝胜勞劳勢势勵励匯汇區区協协厭厌參参吳吴員员問问啟启喚唤喬乔單单嗎吗嘗尝嚇吓嚐尝嚴严囑嘱國国圍围園园圓圆圖图團团執执堅坚報报場场塊块塗涂塵尘墊垫壓压"
    "壞坏壯壮壺壶夢梦夾夹奪夺奮奋妝妆婦妇媽妈嬌娇嬰婴孫孙學学宮宫實实寧宁寫写寶宝將将專专尋寻對对導导屆届層层屬属島岛峽峡崗岗帥帅師师帳账帶带幣币幫帮幹干幾几庫库廁厕廈厦廚厨廟庙廠厂廣广張张強强彈弹彎弯彙汇後后徑径從从復复徵征"
    "徹彻恆恒悅悦惡恶愛爱態态慣惯慮虑慶庆憂忧憶忆懇恳應应懶懒懷怀戀恋戰战戲戏戶户換换損损搶抢撥拨擁拥擇择擊击擔担據据擠挤擬拟擴扩攜携攝摄攤摊敗败敵敌數数斷断於于時时暫暂曆历曉晓曬晒書书會会東东條条棄弃棗枣楊杨業业極极構构樂乐"
    "樓楼標标樣样樹树橋桥機机檢检檯台櫃柜權权歐欧歡欢歲岁歷历歸归殘残殺杀毀毁氣气決决沒没況况測测湯汤準准溝沟溫温滅灭滿满漢汉潔洁濃浓濕湿濟济為为烏乌無无煩烦熱热燈灯燒烧燙烫營营爐炉爭争爺爷爾尔牆墙牽牵狀状猶犹獎奖獨独獻献現现"
    "瑪玛環环瓊琼產产畫画異异當当療疗癢痒發发皺皱盃杯盜盗盡尽監监盤盘眾众確确碼码禮礼稅税種种稱称穩稳競竞筆笔節节範范築筑簡简籃篮糧粮糾纠紀纪約约紅红納纳紐纽純纯紗纱紙纸級级細细終终組组結结絕绝給给統统絲丝綁绑經经綠绿維维網网"
    "緊紧線线緣缘編编緩缓練练縣县縫缝縮缩總总績绩織织繞绕繩绳繪绘繼继續续纔才纖纤罰罚罷罢羅罗義义習习聖圣聞闻聯联聲声職职聽听腦脑腳脚膚肤膠胶臉脸臨临臺台與与興兴舉举舊旧艙舱萬万葉叶蓋盖蔥葱薑姜藍蓝藝艺藥药蘇苏蘋苹蘭兰蘿萝處处"
    "號号蝦虾螢萤蟲虫術术衛卫衝冲裏里補补裝装裡里褲裤襯衬見见規规視视覺觉覽览觀观訂订計计訊讯許许訴诉診诊評评詞词詢询試试話话該该詳详認认誠诚誤误說说誰谁課课調调談谈請请諒谅論论諾诺講讲謝谢謹谨證证識识譯译議议護护讀读讓让貓猫"
    "負负財财貨货責责貴贵買买貸贷費费貼贴貿贸賀贺資资賓宾賞赏賠赔賣卖賬账賺赚購购贈赠贊赞趕赶跡迹車车軟软較较載载輕轻輛辆輪轮輸输轉转辦办辭辞農农這这週周進进運运過过達达違违遞递遠远適适遲迟選选遺遗還还邊边鄉乡鄰邻醫医醬酱釀酿"
    "釘钉針针鈴铃鉛铅銀银銷销鋼钢錄录錢钱錯错錶表鍋锅鍵键鎖锁鏡镜鐘钟鐵铁鑰钥鑽钻長长門门閃闪閉闭開开間间閱阅關关陽阳隊队階阶際际隨随險险隱隐雙双雜杂雞鸡離离難难電电靈灵靜静韓韩響响頁页頂顶項项順顺須须預预領领頭头頻频顆颗題题"
    "額额顏颜願愿類类顧顾顯显風风飯饭飲饮飾饰餃饺餅饼養养餘余館馆饅馒駐驻騎骑驗验驚惊髮发鬆松鬧闹魚鱼鮮鲜鳥鸟鴨鸭鵝鹅鹽盐麗丽麵面麼么黃黄點点齊齐齒齿龍龙龜龟"
)
"""Each traditional character of everyday words and the simplified one after it. Where one stands for several, all lead to it."""
SIMPLIFIED: Final = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))


def simplified(text: str) -> str:
    """The text in simplified characters."""
    return text.translate(SIMPLIFIED)


def is_traditional(text: str) -> bool:
    """Whether it holds a character that simplified writing does not have."""
    return simplified(text) != text


def written_as(text: str, shops_own: str) -> str:
    """What was heard, as a shop writes whose own words are `shops_own`: simplified, unless those are traditional, which stay as heard."""
    return text if is_traditional(shops_own) else simplified(text)
