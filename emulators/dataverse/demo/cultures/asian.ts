import { list, names, towns } from "../culture.ts";
import type { Culture } from "../culture.ts";

export const japan: Culture = {
  country: "Japan",
  currency: "USD",
  women: names("愛=ai 美咲=misaki 陽菜=hina さくら=sakura 由美子=yumiko 恵=megumi 千尋=chihiro 結衣=yui"),
  men: names("健太=kenta 翔=sho 大輔=daisuke 直樹=naoki 隆=takashi 拓也=takuya 蓮=ren 一郎=ichiro"),
  families: names(
    "青木=aoki 石川=ishikawa 小林=kobayashi 佐々木=sasaki 髙橋=takahashi 中村=nakamura 山本=yamamoto 渡邉=watanabe",
  ),
  salutations: ["様", "様"],
  trades: names("物流=butsuryu 精機=seiki 食品=shokuhin 電子=denshi 製作所=seisakusho 商事=shoji"),
  legalForms: list("株式会社|有限会社|合同会社"),
  towns: towns([
    "千代田区|東京都|100-00##|35.69|139.75",
    "横浜市西区|神奈川県|220-00##|35.45|139.62",
    "京都市中京区|京都府|604-####|35.01|135.75",
    "札幌市|北海道|060-00##|43.06|141.35",
  ]),
  streets: list("丸の内1丁目|銀座四丁目|本町2-|北1条西|みなとみらい"),
  addressLine: "{street}{number}番地",
  phones: list("03-5550-####|+81 3 5550 ####|(045)555-####"),
  mobiles: list("090-5550-####|+81 90 5550 ####"),
};

export const china: Culture = {
  country: "China",
  currency: "USD",
  women: names("丽=li 敏=min 静=jing 秀英=xiuying 雨桐=yutong 欣怡=xinyi 芳=fang 晓燕=xiaoyan"),
  men: names("伟=wei 强=qiang 磊=lei 建国=jianguo 浩然=haoran 宇轩=yuxuan 军=jun 志明=zhiming"),
  families: names(
    "王=wang 李=li 张=zhang 刘=liu 陈=chen 杨=yang 赵=zhao 欧阳=ouyang 司马=sima 周=zhou 吴=wu",
  ),
  salutations: ["女士", "先生"],
  trades: names("物流=wuliu 科技=keji 食品=shipin 机械=jixie 能源=nengyuan 纺织=fangzhi"),
  legalForms: list("有限公司|股份有限公司|集团有限公司"),
  towns: towns([
    "上海市||2000##|31.23|121.47",
    "深圳市|广东省|5180##|22.54|114.06",
    "成都市|四川省|6100##|30.57|104.07",
  ]),
  streets: list("南京东路|人民大道|建设路|中山北路|解放街"),
  addressLine: "{street}{number}号",
  phones: list("+86 21 5550 ####|0755-5550####|(028) 5550 ####"),
  mobiles: list("+86 155 5550 ####|1555550####"),
};

export const korea: Culture = {
  country: "Korea, Republic of",
  currency: "USD",
  women: names("지우=jiwoo 서연=seoyeon 민지=minji 수진=sujin 은영=eunyoung 하은=haeun"),
  men: names("민준=minjun 서준=seojun 현우=hyunwoo 지훈=jihoon 성민=sungmin 도윤=doyun"),
  families: names("김=kim 이=lee 박=park 최=choi 정=jung 남궁=namgung 황보=hwangbo 윤=yoon"),
  salutations: ["님", "님"],
  trades: names("물산=mulsan 전자=jeonja 건설=geonseol 식품=sikpum 화학=hwahak"),
  legalForms: list("주식회사|(주)|유한회사"),
  towns: towns([
    "서울특별시|강남구|06###|37.50|127.04",
    "부산광역시|해운대구|48###|35.16|129.16",
    "인천광역시||21###|37.46|126.71",
  ]),
  streets: list("테헤란로|강남대로|세종대로|중앙로"),
  addressLine: "{street} {number}",
  phones: list("+82 2 555 ####|02-555-####"),
  mobiles: list("010-5550-####|+82 10 5550 ####"),
};

export const india: Culture = {
  country: "India",
  currency: "USD",
  women: names(
    "Ananya Deepika Ishita Kavya Lakshmi Meenakshi Priya Radhika Shreya Vidya अनुष्का=anushka प्रिया=priya",
  ),
  men: names(
    "Aditya Arjun Bhavesh Chetan Harish Karthik Manoj Nikhil Rohan Venkatesh आदित्य=aditya राहुल=rahul",
  ),
  families: names(
    "Agarwal Banerjee Chatterjee Deshmukh Gupta Iyer Joshi Krishnamurthy Mukherjee Nair Rao Reddy Singh " +
      "Subramaniam-Balasubramanian शर्मा=sharma वर्मा=verma",
  ),
  salutations: ["Smt.", "Shri"],
  trades: names("Agro Chemicals Exports Infotech Pharmaceuticals Polymers Textiles Tyres"),
  legalForms: list("Pvt. Ltd.|Ltd.|LLP|& Bros."),
  towns: towns([
    "Mumbai|Maharashtra|4000##|19.08|72.88",
    "Bengaluru|Karnataka|5600##|12.97|77.59",
    "नई दिल्ली|Delhi|1100##|28.61|77.21",
    "Chennai|Tamil Nadu|6000##|13.08|80.27",
  ]),
  streets: list("M.G. Road|Linking Road|2nd Cross, HAL 3rd Stage|Anna Salai|Sector 62"),
  addressLine: "No. {number}, {street}",
  phones: list("+91 22 5550 ####|080-5550####|044 5550 ####"),
  mobiles: list("+91 95550 #####|095550#####"),
};

export const vietnam: Culture = {
  country: "Viet Nam",
  currency: "USD",
  women: names("Ánh Bích_Ngọc Diễm Hương Kiều Lệ_Thủy Mỹ_Linh Ngọc Phượng Thảo Tuyết Yến"),
  men: names("Bảo Cường Dũng Đức Hải Khánh Long Nghĩa Phúc Quốc_Việt Sơn Tuấn"),
  families: names("Bùi Đặng Đinh Dương Hồ Huỳnh Lê Nguyễn Phạm Phan Trần Võ Vũ"),
  salutations: ["Bà", "Ông"],
  trades: names("Dệt_May Thủy_Sản Vận_Tải Công_Nghệ Xây_Dựng Cà_Phê"),
  legalForms: list("TNHH|JSC|Công ty CP"),
  towns: towns([
    "Hà Nội||10####|21.03|105.85",
    "Thành phố Hồ Chí Minh||70####|10.82|106.63",
    "Đà Nẵng||55####|16.05|108.21",
  ]),
  streets: list("Đường Nguyễn Huệ|Phố Hàng Bạc|Đường Lê Lợi|Đường Trần Hưng Đạo"),
  addressLine: "Số {number}, {street}",
  phones: list("+84 24 5550 ####|(028) 5550 ####"),
  mobiles: list("+84 955 550 ###|0955 550 ###"),
};
