import { list, names, towns } from "../culture.ts";
import type { Culture } from "../culture.ts";

export const france: Culture = {
  country: "France",
  currency: "EUR",
  women: names("Aurélie Béatrice Cécile Chloé Élodie Françoise Hélène Maëlle Marie-Claire Océane Solène Zoé"),
  men: names("André Benoît Cédric Étienne François Gaël Jean-Baptiste Jérôme Loïc Mickaël Noël Thibault"),
  families: names(
    "Aubert Bélanger Chevallier D'Aubigné de_La_Tour Delacroix Évrard Fèvre Garçonnet Hérault L'Hermite Lemaître " +
      "Mercier Nuñez Picard Rousseau Saint-Aubin Thévenot Vasseur",
  ),
  salutations: ["Mme", "M."],
  trades: names("Boulangerie Énergie Transports Vignobles Aéronautique Horlogerie Textiles Fromagerie"),
  legalForms: list("SARL|S.A.|SAS|et Fils|S.A.S.U."),
  towns: towns([
    "Paris|Île-de-France|750##|48.86|2.35",
    "L'Haÿ-les-Roses|Île-de-France|94240|48.78|2.34",
    "Saint-Étienne|Auvergne-Rhône-Alpes|420##|45.44|4.39",
    "Orléans||450##|47.90|1.90",
    "Nîmes|Occitanie|300##|43.84|4.36",
  ]),
  streets: list(
    "rue de la Paix|boulevard Gambetta|place de l'Église|avenue du Général-Leclerc|quai d'Orléans|impasse des Lilas",
  ),
  addressLine: "{number} bis, {street}",
  phones: list("01 99 00 ## ##|+33 1 99 00 ## ##|02.61.91.##.##|+33 (0)4 65 71 ## ##|0536 49 ## ##"),
  mobiles: list("06 39 98 ## ##|+33 6 39 98 ## ##"),
};

export const spain: Culture = {
  country: "Spain",
  currency: "EUR",
  women: names("Ángela Begoña Concepción Inés Itziar Lucía María_José Montserrat Núria Pilar Rocío Sofía"),
  men: names("Álvaro Andrés Íñigo Iván Jesús Joaquín José_Luis Martín Óscar Rubén Sebastián Xosé"),
  families: names(
    "Álvarez Benítez Cañizares Domínguez Echevarría Fernández Gutiérrez Ibáñez Jiménez López Muñoz Núñez " +
      "Ordóñez Peña Quiñones Rodríguez Sánchez Zúñiga",
  ),
  twoFamilyNames: true,
  salutations: ["Sra.", "Sr."],
  trades: names("Aceites Construcción Energía Cerámica Exportación Pesca Vinos Señalización"),
  legalForms: list("S.L.|S.A.|S.L.U.|e Hijos, S.L."),
  towns: towns([
    "Madrid||280##|40.42|-3.70",
    "A Coruña|Galicia|150##|43.36|-8.41",
    "Logroño|La Rioja|260##|42.47|-2.45",
    "L'Hospitalet de Llobregat|Cataluña|0890#|41.36|2.10",
    "Córdoba|Andalucía|140##|37.89|-4.78",
  ]),
  streets: list(
    "Calle Mayor|Avda. de la Constitución|Paseo de la Reina|Plaza de España|C/ Ñandú|Polígono Industrial Sur",
  ),
  addressLine: "{street}, {number}, 3º izq.",
  phones: list("+34 91 555 ## ##|915 55# ###|(+34) 981 555 ###"),
  mobiles: list("+34 655 55# ###|655 55 ## ##"),
};

export const italy: Culture = {
  country: "Italy",
  currency: "EUR",
  women: names("Alessandra Beatrice Caterina Donatella Federica Giulia Ludovica Niccolina Ornella Serena"),
  men: names("Alberto Bartolomeo Cosimo Davide Edoardo Gianluca Lorenzo Niccolò Raffaele Tommaso"),
  families: names(
    "Bianchi Caffè Conti D'Amico Dell'Orto Esposito Ferrari Galliani Lo_Presti Marchetti Nicolò Pellegrini Rizzo Sartori",
  ),
  salutations: ["Dott.ssa", "Dott."],
  trades: names("Alimentari Arredamenti Ceramiche Meccanica Moda Trasporti Vini"),
  legalForms: list("S.p.A.|S.r.l.|S.n.c.|& Figli S.r.l."),
  towns: towns([
    "Milano|MI|201##|45.46|9.19",
    "Reggio nell'Emilia|RE|421##|44.70|10.63",
    "L'Aquila|AQ|67100|42.35|13.40",
    "Forlì|FC|471##|44.22|12.04",
  ]),
  streets: list("Via Garibaldi|Corso dell'Unità|Piazza San Nicolò|Viale della Libertà|Via dei Mulini"),
  addressLine: "{street}, {number}",
  phones: list("+39 02 555 #####|02/555####|0522 555 ###"),
  mobiles: list("+39 355 555 ####|355-555####"),
};

export const brazil: Culture = {
  country: "Brazil",
  currency: "USD",
  women: names("Ágata Bruna Conceição Débora Fátima Irací Joana Letícia Mônica Priscila Thaís Vitória"),
  men: names("Antônio César Caetano Émerson Fábio João_Pedro Luís Márcio Otávio Rogério Sérgio Vinícius"),
  families: names(
    "Araújo Barbosa Conceição da_Silva de_Assunção Espíndola Fonseca Gonçalves Lourenço Magalhães Nóbrega " +
      "dos_Santos Simões Valadão",
  ),
  twoFamilyNames: true,
  salutations: ["Sra.", "Sr."],
  trades: names("Agropecuária Café Construções Mineração Têxtil Soluções Transportes"),
  legalForms: list("Ltda.|S.A.|EIRELI|ME"),
  towns: towns([
    "São Paulo|SP|01###-###|-23.55|-46.63",
    "Florianópolis|SC|88###-###|-27.60|-48.55",
    "Brasília|DF|70###-###|-15.79|-47.88",
    "Maceió|AL|57###-###|-9.65|-35.73",
  ]),
  streets: list("Rua das Acácias|Avenida Conceição|Praça da Sé|Rua São João|Alameda Santos"),
  addressLine: "{street}, {number} - Conj. 12",
  phones: list("+55 11 5550-####|(48) 5550-####|0xx61 5550 ####"),
  mobiles: list("+55 11 95550-####|(82) 9 5550-####"),
};
