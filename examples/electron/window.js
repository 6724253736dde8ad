'use strict';
/* global document, window */
const list = document.querySelector('ul');
const problem = document.querySelector('#problem');
const WORDS = { waiting: 'Waiting', running: '', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

/** Sets text only, never markup, because names come from URLs that anyone may have typed. */
function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

function show(rows) {
  list.replaceChildren(
    ...rows.map((row) => {
      const item = element('li', {});
      item.append(element('span', { textContent: row.name }));
      const bar = element('progress', { max: 1 });
      if (row.progress !== null) bar.value = row.progress; // without a value, the bar is indeterminate
      item.append(
        WORDS[row.state] === '' || row.state === 'waiting' ? bar : element('span', { textContent: WORDS[row.state] }),
      );
      const moving = row.state === 'waiting' || row.state === 'running';
      if (moving)
        item.append(
          element('button', { textContent: 'Cancel', onclick: () => attempt(window.transfers.cancel(row.id)) }),
        );
      if (row.message !== '') item.append(element('small', { textContent: row.message }));
      return item;
    }),
  );
}

async function attempt(promise) {
  problem.textContent = '';
  await promise.catch((error) => (problem.textContent = error.message));
}

document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(window.transfers.start(event.target.elements.url.value));
});
window.transfers.onChanged(show);
void window.transfers.list().then(show);
