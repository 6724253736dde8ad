'use strict';
// What every user must be able to do: download a file to the own temporary folder, over a connection of its own and
// with a key, and ask what BITS can do. Ends with 0 when all of it works, and says what does not.
//
//   node test/support/standard_user.cjs [--standard]
//
// --standard: fails when this process has an administrator's rights, which would prove nothing.
const assert = require('node:assert/strict');
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { connect, download } = require('windows-bits');
const { FileServer } = require('./server');

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');

/** The root of the drive is what only administrators may write to. */
function checkStandard() {
  const file = path.join(path.parse(process.env.SystemRoot).root, `windows-bits-${process.pid}`);
  assert.throws(
    () => fs.writeFileSync(file, ''),
    { code: /^(EPERM|EACCES)$/ },
    'this user may write to the root of the drive',
  );
}

async function main() {
  if (process.argv.includes('--standard')) checkStandard();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'windows-bits-standard-'));
  const server = await FileServer.start();
  server.files.set('/file.bin', { body: content });
  const url = server.url('/file.bin');
  try {
    for (const [name, more] of [
      ['plain', {}],
      ['keyed', { key: `standard-${process.pid}` }],
      ['verified', { sha256 }],
    ]) {
      const file = path.join(folder, `${name}.bin`);
      const { bytes } = await download({ url, path: file, priority: 'foreground', timeout: 60_000, ...more });
      assert.equal(bytes, content.length);
      assert.deepEqual(fs.readFileSync(file), content);
      console.log(`${name}: ${bytes} bytes`);
    }
    const bits = await connect();
    const { version } = await bits.capabilities;
    console.log(
      `BITS ${version}, Windows ${bits.system.windows}${bits.system.wine === null ? '' : `, Wine ${bits.system.wine}`}`,
    );
    await bits.close();
  } finally {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
