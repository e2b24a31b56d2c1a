import { list, names, towns } from "../culture.ts";
import type { Culture } from "../culture.ts";

const trades = names(
  "Logistics Software Analytics Foods Instruments Robotics Energy Textiles Media Pharma Packaging Optics Freight Marine",
);

export const unitedStates: Culture = {
  country: "United States",
  currency: "USD",
  women: names(
    "Ashley Brianna Carmen Denise Emily Grace Hannah Jasmine Kayla Latoya Megan Noelle Rachel Sofía Tiffany",
  ),
  men: names(
    "Aaron Brandon Carlos Darnell Ethan Gregory Jamal Kevin Logan Marcus Nathan Omar Patrick Ryan Tyler",
  ),
  families: names(
    "Adams Baker Carter D'Angelo Edwards Foster Garcia Hughes Jackson Kowalski Lopez McAllister Nguyen O'Connor " +
      "Peterson Quinn Ramirez Sullivan Thompson Underwood Vance Whitaker Young Zimmerman",
  ),
  salutations: ["Ms.", "Mr."],
  trades,
  legalForms: list("Inc.|LLC|Corp.|Group|& Sons, Inc."),
  towns: towns([
    "Columbus|OH|432##|39.96|-83.00",
    "Austin|TX|787##|30.27|-97.74",
    "Seattle|WA|981##|47.61|-122.33",
    "Boston|MA|021##-####|42.36|-71.06",
    "Coeur d'Alene|ID|838##|47.68|-116.78",
    "St. Paul|MN|551##|44.95|-93.09",
  ]),
  streets: list("Main St|Oak Ave|2nd St NW|Martin's Lane|Industrial Pkwy|Lakeview Blvd|Route 9|W Elm St"),
  addressLine: "{number} {street}",
  phones: list("(614) 555-01##|512-555-01##|+1 206 555 01##|617.555.01##|+1 (208) 555-01## x###|12065550199"),
  mobiles: list("+1 651 555 01##|(512) 555-01##|6145550###"),
};

export const unitedKingdom: Culture = {
  country: "United Kingdom",
  currency: "GBP",
  women: names(
    "Amelia Bronwyn Charlotte Eilidh Fiona Georgina Harriet Imogen Niamh Poppy Rhiannon Siân Tamsin Zoë",
  ),
  men: names(
    "Alistair Benedict Callum Dafydd Edmund Freddie Gareth Hamish Jasper Lachlan Oliver Rhys Toby Wilfred",
  ),
  families: names(
    "Ashworth Blackwood Cartwright Davies Entwistle Fairbairn Grosvenor Hargreaves Innes Jones Kingsley Llewellyn " +
      "MacKenzie Norris O'Neill Patel Pryce Ravenscroft St._John Thackeray Winterbottom ap_Gwilym",
  ),
  salutations: ["Mrs", "Mr"],
  trades,
  legalForms: list("Ltd|plc|LLP|Holdings plc|& Co. Ltd"),
  towns: towns([
    "London||EC#A #@@|51.51|-0.09",
    "Leeds|West Yorkshire|LS# #@@|53.80|-1.55",
    "Glasgow|Scotland|G# #@@|55.86|-4.25",
    "Cardiff|Wales|CF## #@@|51.48|-3.18",
    "King's Lynn|Norfolk|PE## #@@|52.75|0.40",
    "Stratford-upon-Avon|Warwickshire|CV## #@@|52.19|-1.71",
  ]),
  streets: list(
    "High Street|Church Lane|The Old Brewery, Mill Road|King's Parade|Station Approach|Dock Road|Mews Close",
  ),
  addressLine: "{number} {street}",
  phones: list("020 7946 0###|+44 113 496 0###|0141 496 0###|+44 (0)29 2018 0###|01632 960###"),
  mobiles: list("07700 900###|+44 7700 900###|+447700900###"),
};

export const ireland: Culture = {
  country: "Ireland",
  currency: "EUR",
  women: names("Aisling Aoife Bríd Caoimhe Ciara Deirdre Gráinne Orla Róisín Sadhbh Sinéad Úna"),
  men: names("Cathal Ciarán Cormac Diarmuid Eoin Fionn Lorcán Oisín Pádraig Ruairí Séamus Tadhg"),
  families: names(
    "Breathnach Byrne Collins Doyle Fitzgerald Gallagher Hennessy Kavanagh Mac_Cárthaigh McGuinness Murphy " +
      "Ní_Dhomhnaill O'Brien O'Shea Ó_Súilleabháin Quigley Tierney Walsh",
  ),
  salutations: ["Ms", "Mr"],
  trades,
  legalForms: list("Ltd|DAC|Teoranta|plc"),
  towns: towns([
    "Dublin|County Dublin|D0# @###|53.35|-6.26",
    "Cork|County Cork|T12 @###|51.90|-8.47",
    "Dún Laoghaire|County Dublin|A96 @###|53.29|-6.13",
    "Galway|County Galway|H91 @###|53.27|-9.05",
  ]),
  streets: list("O'Connell Street|Quay Street|Bóthar na Trá|Merchant's Road|Patrick Street"),
  addressLine: "{number} {street}",
  phones: list("020 91# ####|+353 20 91# ####|(020) 91#####"),
  mobiles: list("+353 20 91# ####|020 91# ####"),
};

export const nigeria: Culture = {
  country: "Nigeria",
  currency: "USD",
  women: names("Adaeze Bọ́lá Chidinma Folákẹ́ Ifeoma Kẹ́hìndé Ngozi Títílayọ̀ Yétúndé Zainab"),
  men: names("Adéwálé Babátúndé Chukwuemeka Emeka Ibrahim Kọ́lá Oluwaseun Sánúsí Táíwò Uchenna"),
  families: names("Abubakar Adébáyọ̀ Afolabi Balogun Eze Mohammed Nwosu Obi Ògúnlẹ́yẹ Okafor Okonkwo Yusuf"),
  salutations: ["Mrs.", "Engr."],
  trades,
  legalForms: list("Ltd|Nigeria Ltd|PLC|Enterprises"),
  towns: towns([
    "Lagos|Lagos|10####|6.52|3.38",
    "Abuja|FCT|90####|9.06|7.49",
    "Ìbàdàn|Ọyọ|20####|7.38|3.90",
    "Kano||70####|12.00|8.52",
  ]),
  streets: list("Broad Street|Awolowo Road|Ahmadu Bello Way|Adeola Odeku Street|Marina"),
  addressLine: "{number}, {street}",
  phones: list("+234 1 555 ####|01-555 ####"),
  mobiles: list("+234 801 555 ####|0801 555 ####"),
};
