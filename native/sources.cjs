'use strict';
// Prints the C++ sources below a folder, one a line. binding.gyp asks, so that a new file needs no entry there.
const fs = require('node:fs');

function sources(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sources(path);
      return path.endsWith('.cc') ? [path] : [];
    })
    .sort();
}

console.log(sources(process.argv[2]).join('\n'));
