/** Plain word lists that belong to no one country. */

/** Made-up brands; a firm is named after one of these or after a family. */
export const BRANDS = (
  "Alder Amberline Arcadian Astervale Bluefin Borealis Brightwater Calloway Cedarpoint Cinderpath Clearbrook " +
  "Cobaltine Corvane Dovetail Driftwood Eastmoor Ellipsia Emberly Fablecraft Fairwind Fernhollow Fjordline Foxglove " +
  "Gannet Glasswing Goldcrest Graniteer Greywacke Halcyon Harborline Hazelmere Heliotrope Indigo Ironbark Jadeworks " +
  "Juniper Kestrel Kingfisher Lanternfish Larkspur Lightkeep Lodestar Marrowstone Meridia Milestone Moonraker " +
  "Nightjar Nimbus Oakheart Obsidia Orchard Osprey Palisade Peregrine Pinnacle Quarry Quicksilver Ravenmoor " +
  "Redshank Riverbend Saltmarsh Sandpiper Silverbirch Skylark Stonefly Sundial Tanager Tidewater Timberline " +
  "Umbra Vantage Verdigris Waxwing Wayfarer Westering Whitecap Willowherb Yarrow Zephyrine Zenithal"
).split(" ");

export const RANKS = [
  "",
  "",
  "Senior ",
  "Head of ",
  "Deputy ",
  "Regional ",
  "Global ",
  "Assistant ",
  "Interim ",
];

export const ROLES = [
  "Purchasing",
  "IT Operations",
  "Marketing Manager",
  "Sales Director",
  "Facilities",
  "Supply Chain",
  "R&D",
  "Buyer, EMEA & APAC",
  "Plant Engineer (Line 3)",
  "Geschäftsführung",
  "Directrice des achats",
  "Key Account Manager",
  "Quality Assurance",
  "Human Resources",
  "営業部長",
  'Chief "Everything" Officer',
];

export const DEPARTMENTS = [
  "Sales",
  "IT",
  "Finance",
  "Production",
  "Marketing",
  "Legal",
  "HR",
  "Einkauf",
  "Logistics",
];

export const FLOORS = [
  "Floor 3",
  "Suite 210",
  "Building B, 2nd floor",
  "c/o Reception",
  "Hinterhaus",
  "Apt. 4/12",
  "Unit 7",
];

export const SHARED_INBOXES = ["info", "sales", "office", "contact", "kontakt", "reception", "accounts"];

export const MAILBOXES = ["mail.example", "post.example", "inbox.example", "brief.example", "correo.example"];

export const PRODUCTS = [
  "Conveyor Kit",
  "Cold Chain Monitor",
  "Fleet Planner",
  "Label Printer X2",
  "Maintenance Plan",
  "Palletizer 400",
  "Route Analytics",
  "Scanner Gateway",
  "Warehouse Suite",
  "Yard Sensor",
];

export const TOPICS = [
  "Interested in {product}",
  "{product}: request for a quote",
  "Web form: {product}",
  "Trade show, hall 4: {product} & training",
  "Replacement for an old system → {product}",
  "Anfrage {product} (dringend!)",
  "{product}, 3 sites, budget approved?",
  'Referral - wants a call about "{product}"',
  "RE: RE: {product}",
];

/** Sentences for notes, with the signs that break naive software: quotes, backslashes, tabs, emoji, other scripts. */
export const REMARKS = [
  "Called; asked to be called back on Monday.",
  "Met at the trade show, very interested.",
  'Said: "Send it to my assistant, please", then hung up.',
  "Files are on \\\\fileserver\\sales\\quotes\\2025.",
  "Budget:\t40,000\tapproved\nTimeline:\tQ3\topen",
  "Great call today 🎉👍🏽 - wants a demo!",
  "Prefers e-mail; don't call before 10:00.",
  "Wünscht Angebot bis Freitag, Rückfrage wegen Maßen.",
  "A rappeler après l'été : « rien avant septembre ».",
  "ご担当者様は来週まで出張中です。",
  "Price is too high (>15%); competitor offers {discount: 20}.",
  "Contract renewal due; see C:\\temp\\new\\report.txt",
  'They use <b>another</b> product & are "mostly" happy;\nremind in 6 months.',
  "50% deposit paid; 'net 30' for the rest.",
  "Family of 👨‍👩‍👧‍👦 moved; new address below.",
  "NULL",
  "=SUM(A1:A9)",
  "Zero\u200bwidth and non\u00a0breaking blanks were pasted here.",
];
