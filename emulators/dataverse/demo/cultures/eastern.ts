import { list, names, towns } from "../culture.ts";
import type { Culture } from "../culture.ts";

export const poland: Culture = {
  country: "Poland",
  currency: "EUR",
  women: names(
    "Agnieszka Bożena Elżbieta Grażyna Halina Jadwiga Łucja Małgorzata Róża Świętosława Wioletta Żaneta",
  ),
  men: names(
    "Bartłomiej Czesław Grzegorz Jarosław Józef Krzysztof Łukasz Miłosz Paweł Rafał Wojciech Zbigniew",
  ),
  families: names(
    "Bąk Cieślak Dąbek Gołąb Jabłoń Kołodziej Łuczak Mazur Nowak Ożóg Pająk Śliwa Szczepaniak Wójcik Wróbel Żak",
  ),
  salutations: ["Pani", "Pan"],
  trades: names("Budownictwo Meble Transport Oprogramowanie Szkło Żywność Górnictwo"),
  legalForms: list("Sp. z o.o.|S.A.|Sp. j.|i Synowie Sp. k."),
  towns: towns([
    "Warszawa|mazowieckie|00-###|52.23|21.01",
    "Łódź|łódzkie|90-###|51.77|19.46",
    "Kraków|małopolskie|30-###|50.06|19.94",
    "Świnoujście||72-600|53.91|14.25",
  ]),
  streets: list("ul. Piłsudskiego|ul. Długa|al. Jerozolimskie|ul. Źródlana|pl. Grunwaldzki|ul. Św. Jana"),
  addressLine: "{street} {number}/4",
  phones: list("+48 22 555 ## ##|(42) 555-##-##|12 555 ## ##"),
  mobiles: list("+48 555 ### ###|555-###-###"),
};

export const czechia: Culture = {
  country: "Czechia",
  currency: "EUR",
  women: names("Anežka Božena Dagmar Eliška Kateřina Ludmila Růžena Šárka Tereza Zdeňka"),
  men: names("Bořivoj Dušan Jiří Kryštof Luboš Miloš Oldřich Přemysl Řehoř Zdeněk"),
  families: names("Dočekal Havlů Janků Jirků Krejčí Martinů Petrů Šerých Tichý_Malý Vašíčků Zelených"),
  salutations: ["paní", "pan"],
  trades: names("Sklo Strojírny Pivovar Doprava Porcelán Stavby"),
  legalForms: list("s.r.o.|a.s.|v.o.s.|& spol."),
  towns: towns([
    "Praha 1||110 00|50.09|14.42",
    "Plzeň|Plzeňský kraj|301 ##|49.75|13.38",
    "České Budějovice|Jihočeský kraj|370 ##|48.97|14.47",
    "Ústí nad Labem||400 ##|50.66|14.03",
  ]),
  streets: list("Náměstí Míru|Dlouhá|U Řeky|Třída Svobody|Nádražní|Příčná"),
  addressLine: "{street} {number}",
  phones: list("+420 255 5## ###|255 5## ###"),
  mobiles: list("+420 755 5## ###|755 5## ###"),
};

export const ukraine: Culture = {
  country: "Ukraine",
  currency: "USD",
  women: names(
    "Дарина=daryna Зоряна=zoriana Людмила=liudmyla Наталія=nataliia Оксана=oksana Соломія=solomiia Юлія=yuliia",
  ),
  men: names(
    "Андрій=andrii Богдан=bohdan Дмитро=dmytro Євген=yevhen Ігор=ihor Олексій=oleksii Сергій=serhii",
  ),
  families: names(
    "Бондаренко=bondarenko Гнатюк=hnatiuk Коваленко=kovalenko Лисенко=lysenko Мельник=melnyk Приходько=prykhodko " +
      "Савчук=savchuk Ткаченко=tkachenko Цимбалюк=tsymbaliuk Шевчук=shevchuk Яценко=yatsenko",
  ),
  salutations: ["пані", "пан"],
  trades: names("Логістика=lohistyka Метал=metal Зерно=zerno Машинобудування=mash Технології=tekh"),
  legalForms: list("ТОВ|ПрАТ|ТзОВ"),
  towns: towns([
    "Київ||010##|50.45|30.52",
    "Львів|Львівська область|790##|49.84|24.03",
    "Чернігів|Чернігівська область|140##|51.49|31.29",
  ]),
  streets: list("вул. Хрещатик|вул. Городоцька|просп. Свободи|пл. Ринок"),
  addressLine: "{street}, {number}",
  phones: list("+380 44 555 ## ##|(032) 555-##-##"),
  mobiles: list("+380 55 555 ## ##|055 555####"),
};

export const greece: Culture = {
  country: "Greece",
  currency: "EUR",
  women: names(
    "Αικατερίνη=aikaterini Βασιλική=vasiliki Ελένη=eleni Ιωάννα=ioanna Μαρία=maria Χρυσάνθη=chrysanthi",
  ),
  men: names(
    "Αλέξανδρος=alexandros Γεώργιος=georgios Δημήτρης=dimitris Κωνσταντίνος=konstantinos Νίκος=nikos Σπύρος=spyros",
  ),
  families: names(
    "Αναγνώστου=anagnostou Βλάχου=vlachou Γεωργίου=georgiou Δημητρίου=dimitriou Ιωάννου=ioannou " +
      "Κωνσταντίνου=konstantinou Νικολάου=nikolaou Οικονόμου=oikonomou Χατζή=chatzi",
  ),
  salutations: ["κα", "κος"],
  trades: names("Ναυτιλία=naftilia Τρόφιμα=trofima Ενέργεια=energeia Ελαιόλαδο=elaiolado Τεχνική=techniki"),
  legalForms: list("Α.Ε.|Ε.Π.Ε.|Ο.Ε.|Ι.Κ.Ε."),
  towns: towns([
    "Αθήνα|Αττική|10# ##|37.98|23.73",
    "Θεσσαλονίκη|Κεντρική Μακεδονία|54# ##|40.64|22.94",
    "Ηράκλειο|Κρήτη|71# ##|35.34|25.13",
  ]),
  streets: list("Λεωφόρος Κηφισίας|Ερμού|Οδός Αριστοτέλους|Πλατεία Ελευθερίας"),
  addressLine: "{street} {number}",
  phones: list("+30 21 0555 ####|210-555####"),
  mobiles: list("+30 695 555 ####|695 555####"),
};

export const turkey: Culture = {
  country: "Türkiye",
  currency: "USD",
  women: names("Ayşe Büşra Çiğdem Elif Gülşen Işıl İpek Nurgül Özlem Şebnem Tuğba Yıldız"),
  men: names("Alper Barış Çağrı Doğan Emre Gökhan İbrahim Kağan Oğuz Özgür Şükrü Ümit"),
  families: names("Akgül Bağcı Çelik Demirtaş Erdoğdu Güneş Işık Kılıç Öztürk Şahin Tuğcu Uğurlu Yıldırım"),
  salutations: ["Bayan", "Bay"],
  trades: names("Gıda İnşaat Lojistik Tekstil Yazılım Çimento Mobilya"),
  legalForms: list("A.Ş.|Ltd. Şti.|Holding A.Ş."),
  towns: towns([
    "İstanbul|Beşiktaş|343##|41.04|29.01",
    "İzmir|Karşıyaka|355##|38.46|27.11",
    "Eskişehir||260##|39.78|30.52",
    "Diyarbakır||211##|37.91|40.24",
  ]),
  streets: list("Atatürk Bulvarı|İstiklal Caddesi|Gül Sokağı|Şehit Çağlar Cad.|Büyükdere Cad."),
  addressLine: "{street} No: {number} K: 3",
  phones: list("+90 212 555 ## ##|0 (232) 555 ## ##"),
  mobiles: list("+90 555 555 ## ##|0555 555####"),
};
