// npm run test:electron: the addon in a real, if old, Electron for Windows, under Wine; electron.test.mjs says what that
// proves. The last line is `N passed, N failed`.
import { which } from '../../testbed/which.mjs';
import { onWindows } from '../../testbed/wine.mjs';
import { ensureFolder, ensureTools, forWindows } from '../build/dependencies.mjs';
import { setUp } from '../build/setup.mjs';
import { isProgram, main } from '../util/command.mjs';
import { inRoot, root } from '../util/files.mjs';
import { SetupError } from '../util/process.mjs';
import { Totals } from './jest.mjs';
import { runNodeTests } from './node-test.mjs';

export const electron = inRoot('testbed/electron/node_modules/electron-prebuilt-win/dist/electron.exe');
const tools = [{ package: 'xvfb', found: () => which('Xvfb') }];

if (isProgram(import.meta)) {
  process.chdir(root);
  await main(async () => {
    if (onWindows) throw new SetupError('On Windows use a real Electron: see examples/electron.');
    await setUp();
    await ensureTools(tools);
    await ensureFolder('electron', electron, forWindows('x64'));
    const totals = new Totals();
    totals.add(await runNodeTests([inRoot('tools/run/electron.test.mjs')]));
    return totals.print();
  });
}
