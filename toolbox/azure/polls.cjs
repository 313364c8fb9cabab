'use strict';
// Loaded before the azure command line alone, with `node --require`.
//
// Its libraries ask how far a change is only 30 s after they have sent it, and then every 30 s; no
// answer of a server shortens that. The emulated cloud is done long before. What else waits 30 s
// is left as it is: a wait for a change is told by who asks for it.

const THEIRS_MS = 30000;
const OURS_MS = 300;

const plain = globalThis.setTimeout;
let said = false;

/** Whether the caller is the loop by which Azure's libraries wait for a change. */
function waitsForChange() {
  return new Error().stack.includes('pollOperation');
}

/** People are told once; what scripts read stays as it is. */
function say() {
  if (!said && process.stderr.isTTY) {
    // over what turns while the command line waits
    process.stderr.write(
      '\r\x1b[Kazure: waits between polls are shortened from 30 s to 0.3 s here\n',
    );
  }
  said = true;
}

function setTimeoutHere(callback, delay, ...rest) {
  if (delay !== THEIRS_MS || !waitsForChange()) {
    return plain(callback, delay, ...rest);
  }
  say();
  return plain(callback, OURS_MS, ...rest);
}

// such as how it is turned into a promise
Object.defineProperties(setTimeoutHere, {
  ...Object.getOwnPropertyDescriptors(plain),
  name: { value: 'setTimeout' },
});
globalThis.setTimeout = setTimeoutHere;
