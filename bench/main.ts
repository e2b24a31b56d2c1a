/**
 * Measurements: `npm run bench -- <name> [options]`. Only these look at the clock; tests never do.
 */
const BENCHES: Readonly<
  Record<string, { readonly about: string; readonly run: (words: string[]) => Promise<void> }>
> = {
  snapshot: {
    about: "a first full read of contacts, beside the same pages copied without logic",
    run: async (words) => (await import("./snapshot.ts")).run(words),
  },
  capture: {
    about: "a bulk edit of people with the capture of edits, beside the same without it",
    run: async (words) => (await import("./capture.ts")).run(words),
  },
  push: {
    about: "edits made in marketing on their way to Dynamics, with and without the guard",
    run: async (words) => (await import("./push.ts")).run(words),
  },
  emulator: {
    about: "the Dataverse emulator: memory, pages a second to a client that only downloads, deletes",
    run: async (words) => (await import("./emulator.ts")).run(words),
  },
};

const [name = "", ...words] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error("Usage: npm run bench -- <name> [--json] [options]\n");
  for (const [known, { about }] of Object.entries(BENCHES)) console.error(`  ${known}  ${about}`);
  process.exitCode = 2;
} else {
  await bench.run(words);
}
