// The CLI waits 30 s before it first asks whether an operation has ended; the
// emulated cloud ends operations at once, so that one wait is shortened.
const later = global.setTimeout;
global.setTimeout = (run, ms, ...rest) => later(run, ms === 30000 ? 300 : ms, ...rest);
