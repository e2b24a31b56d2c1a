import { list, names, towns } from "../culture.ts";
import type { Culture } from "../culture.ts";

export const germany: Culture = {
  country: "Germany",
  currency: "EUR",
  women: names(
    "Annegret Bärbel Claudia Dörte Elke Friederike Gisela Heike Jördis Katja Liselotte Mareike Sabine Ute",
  ),
  men: names(
    "Achim Bernd Christoph Dieter Eckhard Florian Günter Hans-Jürgen Jörg Karsten Lutz Matthias Sören Uwe",
  ),
  families: names(
    "Albrecht Böhm Claußen Dürrenfeld Engelhardt Fleißner Größer Hoffmann Jäger Köhler Löwe Müller Niemöller " +
      "Oßwald Pfeiffer Reuß Schäfer Strauß Übelacker von_der_Heide Weiß zu_Hohenfels Zöllner",
  ),
  salutations: ["Frau", "Herr"],
  trades: names(
    "Logistik Maschinenbau Elektrotechnik Gebäudetechnik Brauerei Werkzeuge Medizintechnik Möbel Spedition",
  ),
  legalForms: list("GmbH|AG|GmbH & Co. KG|KG|SE|e.K."),
  towns: towns([
    "Berlin||10###|52.52|13.40",
    "Köln|Nordrhein-Westfalen|506##|50.94|6.96",
    "München|Bayern|803##|48.14|11.58",
    "Frankfurt (Oder)|Brandenburg|152##|52.35|14.55",
    "Lübeck|Schleswig-Holstein|235##|53.87|10.69",
  ]),
  streets: list(
    "Hauptstraße|Am Mühlgraben|Goethestr.|Schloßallee|Industriestraße|Bahnhofstr.|An der Weißen Brücke",
  ),
  addressLine: "{street} {number}",
  phones: list("+49 30 23125 ###|030 / 23125-###|0221 4710 ###|+49 (0)89 99998-###|0049 69 90009 ###"),
  mobiles: list("+49 176 040690##|0171 39200##|+49 (0) 171 39200 ##"),
};

export const netherlands: Culture = {
  country: "Netherlands",
  currency: "EUR",
  women: names("Anouk Charlotte Daniëlle Femke Floortje Hanneke Lieke Margriet Noëlle Roos Saskia Willemijn"),
  men: names("Bas Diederik Gijs Jeroen Jorrit Koen Maarten Niek Pieter Ruud Sjoerd Thijs"),
  families: names(
    "Bakker de_Boer de_Groot Hendriks Jansen Kuijpers Mulder 't_Hart Smeets van_den_Berg van_der_Meer van_Dijk " +
      "Vermeulen Visser Wolters Zijlstra",
  ),
  salutations: ["Mevr.", "Dhr."],
  trades: names("Logistiek Bloemen Techniek Zuivel Scheepvaart Bouw Kaas Fietsen"),
  legalForms: list("B.V.|N.V.|V.O.F.|& Zonen B.V."),
  towns: towns([
    "Amsterdam|Noord-Holland|10## @@|52.37|4.90",
    "'s-Hertogenbosch|Noord-Brabant|52## @@|51.70|5.30",
    "Utrecht||35## @@|52.09|5.12",
    "Den Haag|Zuid-Holland|25## @@|52.07|4.30",
  ]),
  streets: list(
    "Keizersgracht|Stationsplein|Prins Hendrikkade|Burgemeester Röellstraat|Industrieweg|Dorpsstraat",
  ),
  addressLine: "{street} {number}",
  phones: list("+31 20 555 ####|020-555####|(073) 555 ## ##"),
  mobiles: list("+31 6 555 #####|06-555#####"),
};

export const sweden: Culture = {
  country: "Sweden",
  currency: "EUR",
  women: names("Agneta Åsa Birgitta Elsa Gunilla Ingrid Kerstin Linnéa Märta Pernilla Sigrid Ylva"),
  men: names("Anders Åke Björn Erik Göran Håkan Jörgen Lars-Erik Mårten Nils Östen Torbjörn"),
  families: names(
    "Andersson Åkerlund Bergström Dahlqvist Ekström Forsberg Göransson Hägglund Johansson Lindén Månsson Nyström " +
      "Öberg Sjögren Strömberg Wåhlin",
  ),
  salutations: ["Fru", "Herr"],
  trades: names("Skog Stål Teknik Fastigheter Järnväg Möbler Energi Fiskeri"),
  legalForms: list("AB|Aktiebolag|Handelsbolag|AB (publ)"),
  towns: towns([
    "Stockholm||11# ##|59.33|18.07",
    "Göteborg|Västra Götaland|41# ##|57.71|11.97",
    "Malmö|Skåne|21# ##|55.60|13.00",
    "Örnsköldsvik|Västernorrland|891 ##|63.29|18.72",
  ]),
  streets: list("Storgatan|Kungsgatan|Åsögatan|Södra Förstadsgatan|Järnvägsgatan|Björkvägen"),
  addressLine: "{street} {number}",
  phones: list("08-465 004 ##|+46 8 465 004 ##|031-390 06 ##|040-628 04 ##"),
  mobiles: list("070-174 06 ##|+46 70 174 06 ##"),
};

export const denmark: Culture = {
  country: "Denmark",
  currency: "EUR",
  women: names("Birgitte Dorthe Freja Gry Karoline Lærke Mette Signe Søs Tove"),
  men: names("Anders Bjørn Esben Flemming Jeppe Jørgen Kjeld Mads Søren Troels"),
  families: names(
    "Bæk Christensen Dahl Frølund Hansen Højgaard Jørgensen Kjær Lassen Møller Nørgaard Sørensen Østergaard",
  ),
  salutations: ["Fru", "Hr."],
  trades: names("Mejeri Vind Søfart Møbler Bryggeri Teknik"),
  legalForms: list("A/S|ApS|I/S|P/S"),
  towns: towns([
    "København K||10##|55.68|12.57",
    "Aarhus C|Midtjylland|8000|56.16|10.20",
    "Helsingør|Hovedstaden|3000|56.04|12.61",
    "Sønderborg||6400|54.91|9.79",
  ]),
  streets: list("Nørregade|Strandvejen|Havnegade|Østerbrogade|Møllevej"),
  addressLine: "{street} {number}, 2. tv",
  phones: list("+45 55 55 ## ##|5555####"),
  mobiles: list("+45 55 5# ## ##|555#####"),
};
