"""Traditional characters of official papers and company names, each with its simplified one."""

from __future__ import annotations

_TRADITIONAL = (
    "臺灣檢查記錄責處發現問題誠實營業執照註冊稅務監督管局無線設備險證書應當規開會議東車門間關風飛馬魚鳥龍龜麗麥黃齊齒"
    "國際貿運輸農業藥醫療衛產經濟財務計劃單位學養護勞動報酬電話號碼壓鍋爐氣體儲罐灑滅煙標識準許條約執罰款額總聯縣鄉鎮區"
    "廠場舖賓館飯餐廳購廣興華豐潤達遠陽寶順銀錢鐵鋼礦鹽糧棉織紡絲綢紙張簽蓋頁數據統項類別級順屬層樓棟樹園環裝飾築"
    "燈窗傢俱儀錶蘇魯遼寧滬粵瓊雲貴陝贛鄭漢衡揚許濱瀋濟煙濰萬億個們這還進過邊從來時後見說請讓該對壞參與幾頭長"
    "買賣練績續終絕給結組細線維綜編綠紅約級紀純納練總縮織繼績員賬貨質費資賞贈賠賣購軟輕輛載較輪轉選遺鄰釋針鈴鋁錄鍵鏡鐘陳陸隊階隨雙離難雞靈靜響頂預領題願顯飲館駐驗"
)
_SIMPLIFIED = (
    "台湾检查记录责处发现问题诚实营业执照注册税务监督管局无线设备险证书应当规开会议东车门间关风飞马鱼鸟龙龟丽麦黄齐齿"
    "国际贸运输农业药医疗卫产经济财务计划单位学养护劳动报酬电话号码压锅炉气体储罐洒灭烟标识准许条约执罚款额总联县乡镇区"
    "厂场铺宾馆饭餐厅购广兴华丰润达远阳宝顺银钱铁钢矿盐粮棉织纺丝绸纸张签盖页数据统项类别级顺属层楼栋树园环装饰筑"
    "灯窗家具仪表苏鲁辽宁沪粤琼云贵陕赣郑汉衡扬许滨沈济烟潍万亿个们这还进过边从来时后见说请让该对坏参与几头长"
    "买卖练绩续终绝给结组细线维综编绿红约级纪纯纳练总缩织继绩员账货质费资赏赠赔卖购软轻辆载较轮转选遗邻释针铃铝录键镜钟陈陆队阶随双离难鸡灵静响顶预领题愿显饮馆驻验"
)
_PAIRS = {old: new for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if old != new}
#: for `str.translate`
TO_SIMPLIFIED = str.maketrans(_PAIRS)
TO_TRADITIONAL = str.maketrans({new: old for old, new in reversed(_PAIRS.items())})
