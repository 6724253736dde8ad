'use strict';
// What every user must be able to do: download a file to the own temporary folder, over a connection of its own and
// with a key, and ask what BITS can do. Ends with 0 when all of it works, and says what does not.
//
//   node test/support/standard_user.cjs [--standard]
//
// --standard: fails when this process has an administrator's rights, which would prove nothing.
const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { connect, download } = require('windows-bits');

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');

/** As BITS wants it: HEAD tells the size, GET knows ranges. */
function answer({ method, headers }, response) {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const last = content.length - 1;
  const [start, end] = from === undefined ? [0, last] : [Number(from), to === '' ? last : Math.min(Number(to), last)];
  response.writeHead(from === undefined ? 200 : 206, {
    'Content-Length': end - start + 1, 'Accept-Ranges': 'bytes',
    ...(from === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${content.length}` }),
  });
  response.end(method === 'HEAD' ? undefined : content.subarray(start, end + 1));
}

/** The root of the drive is what only administrators may write to. */
function checkStandard() {
  const file = path.join(path.parse(process.env.SystemRoot).root, `windows-bits-${process.pid}`);
  assert.throws(() => fs.writeFileSync(file, ''), { code: /^(EPERM|EACCES)$/ }, 'this user may write to the root of the drive');
}

async function main() {
  if (process.argv.includes('--standard')) checkStandard();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-standard-'));
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/file.bin`;
  try {
    for (const [name, more] of [['plain', {}], ['keyed', { key: `standard-${process.pid}` }], ['verified', { sha256 }]]) {
      const file = path.join(folder, `${name}.bin`);
      const { bytes } = await download({ url, path: file, priority: 'foreground', timeout: 60_000, ...more });
      assert.equal(bytes, content.length);
      assert.deepEqual(fs.readFileSync(file), content);
      console.log(`${name}: ${bytes} bytes`);
    }
    const bits = await connect();
    const { version } = await bits.capabilities;
    console.log(`BITS ${version}, Windows ${bits.system.windows}${bits.system.wine === null ? '' : `, Wine ${bits.system.wine}`}`);
    await bits.close();
  } finally {
    server.close();
    server.closeAllConnections();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
