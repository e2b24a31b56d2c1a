import { list, names, towns } from "../culture.ts";
import type { Culture } from "../culture.ts";

export const egypt: Culture = {
  country: "Egypt",
  currency: "USD",
  women: names("آية=aya فاطمة=fatma هبة=heba ليلى=laila مريم=mariam نورهان=nourhan سلمى=salma ياسمين=yasmin"),
  men: names("أحمد=ahmed خالد=khaled محمود=mahmoud مصطفى=mostafa عمر=omar طارق=tarek يوسف=youssef زياد=ziad"),
  families: names(
    "عبد_الرحمن=abdelrahman الشافعي=elshafei فهمي=fahmy غالي=ghaly حسن=hassan منصور=mansour نجيب=naguib صبري=sabry",
  ),
  salutations: ["السيدة", "السيد"],
  trades: names("للتجارة=trading للنقل=transport للأغذية=foods للمقاولات=contracting للبرمجيات=software"),
  legalForms: list("ش.م.م|ذ.م.م|وشركاه"),
  towns: towns([
    "القاهرة||115##|30.04|31.24",
    "الإسكندرية|محافظة الإسكندرية|215##|31.20|29.92",
    "الجيزة|محافظة الجيزة|125##|30.01|31.21",
  ]),
  streets: list("شارع التحرير|شارع الهرم|طريق الكورنيش|ميدان طلعت حرب"),
  addressLine: "{number} {street}",
  phones: list("+20 2 5550 ####|03-555####"),
  mobiles: list("+20 105 550 ####|0105550####"),
};

export const israel: Culture = {
  country: "Israel",
  currency: "USD",
  women: names("אביגיל=avigail דנה=dana הדס=hadas מיכל=michal נועה=noa שירה=shira תמר=tamar"),
  men: names("אורי=uri איתי=itay גיא=guy יונתן=yonatan משה=moshe עומר=omer רועי=roi"),
  families: names(
    "אלון=alon בן_דוד=bendavid גולן=golan כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz צור=tzur",
  ),
  salutations: ["גב'", "מר"],
  trades: names("טכנולוגיות=tech מזון=food תעשיות=industries שיווק=marketing רפואה=medical"),
  legalForms: list("בע\"מ|ושות'"),
  towns: towns([
    "תל אביב-יפו||61#####|32.09|34.78",
    "חיפה||31#####|32.79|34.99",
    "באר שבע|מחוז הדרום|84#####|31.25|34.79",
  ]),
  streets: list("רחוב הרצל|שדרות רוטשילד|דרך בן גוריון|רחוב ויצמן"),
  addressLine: "{street} {number}",
  phones: list("+972 3 555 ####|04-555####"),
  mobiles: list("+972 55 555 ####|055-555-####"),
};
