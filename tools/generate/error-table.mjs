// The table of codes in memory: numbers from data/bits-api.json, judgement and wording from data/errors.json.
// tools/generate/codes.mjs writes files from it.

/** Where the pages are. */
export const DOCS = 'https://learn.microsoft.com/windows/win32/';

/** Library name of a code: the Win32 name inside HRESULT_FROM_WIN32(), else the symbol itself. */
const symbolOf = (name) => /^HRESULT_FROM_WIN32\((\w+)\)$/.exec(name)?.[1] ?? name;

/** A sentence as the clause that follows "failed: ": no full stop, small first letter unless it is a name. */
function clause(sentence) {
  const text = sentence.replace(/\.$/, '');
  const word = text.split(/[\s,:;]/)[0];
  const isName = /^(Windows|Internet|Game|Group|PowerShell)$/.test(word) || /[A-Z]/.test(word.slice(1));
  return isName ? text : text[0].toLowerCase() + text.slice(1);
}

/** The page that lists the code, for a code without a page of its own. */
function listPage({ hresult, symbol, source = '' }) {
  const number = hresult & 0xffff;
  const block = hresult >>> 16;
  if (/winhttp\.h/i.test(source)) return 'winhttp/error-messages';
  if (/wininet\.h/i.test(source)) return 'wininet/wininet-errors';
  if (hresult <= 1) return 'com/structure-of-com-error-codes';
  if (block === 0x8001) return 'com/com-error-codes-3';
  if (block === 0x8008) return 'com/com-error-codes-2';
  if (block === 0x8009) return 'com/com-error-codes-4';
  if (block === 0x8000 || block === 0x8004 || symbol.startsWith('E_')) return 'com/com-error-codes-1';
  if (block !== 0x8007) return 'bits/bits-return-values';
  const [from, to] = [
    [0, 499],
    [500, 999],
    [1000, 1299],
    [1300, 1699],
    [1700, 3999],
    [12000, 15999],
  ].find(([, last]) => number <= last);
  return `debug/system-error-codes--${from}-${to}-`;
}

function makeRow(error, judged, known) {
  const symbol = symbolOf(error.name);
  const hresult = Number.parseInt(error.hex, 16);
  const { family, reason, retry = false, for: audience, cause, action, summary, also = [], page } = judged;
  const failAt = (what) => {
    throw new Error(`errors.json: ${symbol}: ${what}`);
  };
  if (!known.families.has(family) || (family === 'success') !== (error.kind === 'success')) failAt('family');
  if ((family === 'unavailable') !== (reason !== undefined)) failAt('reason goes with the family unavailable');
  if (reason !== undefined && !known.reasons.has(reason)) failAt('reason');
  if (audience.length === 0 || audience.some((who) => !known.audiences.has(who))) failAt('for');
  for (const text of [cause, action]) if (!/^\S.*\.$/.test(text)) failAt(`not a sentence: ${text}`);
  if (/\.\s+[A-Z]/.test(cause)) failAt('the cause is more than one sentence');
  const answered = error.httpStatus === undefined ? '' : `server answered ${error.httpStatus}: `;
  const aliases = [error.winhttpName, error.wininetName, ...also].filter((name) => name && name !== symbol);
  return {
    symbol,
    hresult,
    kind: error.kind === 'success' ? 'success' : 'failure',
    family,
    retryable: retry,
    reason,
    audience,
    httpStatus: error.httpStatus,
    aliases,
    category: error.category,
    source: error.source,
    summary: answered === '' ? (summary ?? clause(cause)) : `the ${answered}${summary ?? clause(cause)}`,
    cause: answered === '' ? cause : `The ${answered}${clause(cause)}.`,
    action,
    page: page ?? listPage({ hresult, symbol, source: error.source }),
  };
}

/** Rows in the order of their numbers, with the words that they may use. */
export function errorTable(api, judgement) {
  const known = {
    families: new Map(Object.entries(judgement.families)),
    reasons: new Map(Object.entries(judgement.reasons)),
    audiences: new Map(Object.entries(judgement.audiences)),
    library: new Map(Object.entries(judgement.library)),
  };
  const left = new Map(Object.entries(judgement.codes));
  const names = new Set();
  const byNumber = new Map();
  for (const error of [...api.errors, ...api.commonErrors]) {
    const symbol = symbolOf(error.name);
    const judged = left.get(symbol);
    if (judged === undefined) throw new Error(`errors.json has no line for ${symbol}, or bits-api.json has it twice`);
    left.delete(symbol);
    const row = makeRow(error, judged, known);
    if (byNumber.has(row.hresult)) throw new Error(`bits-api.json: ${symbol} has the number of another code`);
    for (const name of [symbol, ...row.aliases]) {
      if (names.has(name)) throw new Error(`${name} is listed twice`);
      names.add(name);
    }
    byNumber.set(row.hresult, row);
  }
  if (left.size > 0) throw new Error(`errors.json: ${[...left.keys()].join(', ')}: not in bits-api.json`);
  return { ...known, rows: [...byNumber.values()].sort((a, b) => a.hresult - b.hresult) };
}

export const hex = (n) => `0x${n.toString(16).toUpperCase().padStart(8, '0')}`;
