// What pages can do beyond what they are: they follow what happens, count on, copy, and search logs. Without it all of it is there by
// loading a page again. One file, as it is: no build step, nothing from elsewhere.

/** Lines that a log keeps on the page. */
const MOST_LINES = 4000;
// --- what happens: each part of the page that has changed is replaced, and nothing else

function replacePart(name, html) {
  const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
  if (!part) return;
  const made = document.createElement('div');
  made.innerHTML = html;
  if (made.innerHTML === part.innerHTML) return;
  // What somebody has opened or stands on stays so.
  const open = [...part.querySelectorAll('details')].map((one) => one.open);
  if (open.includes(true) && part.querySelector('details[open] form')?.contains(document.activeElement)) return;
  const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
  part.replaceChildren(...made.childNodes);
  part.querySelectorAll('details').forEach((one, at) => {
    if (open[at]) one.open = true;
  });
  if (focused)
    [...part.querySelectorAll('a, button, summary, [tabindex]')].find((one) => keyOf(one) === focused)?.focus();
  prepare(part);
}

const keyOf = (element) =>
  `${element.tagName} ${element.id} ${element.getAttribute('href') ?? ''} ${element.textContent}`;

function follow(path) {
  let source;
  let lost;
  const notice = document.createElement('p');
  notice.className = 'lost';
  notice.setAttribute('role', 'status');
  const open = () => {
    source = new EventSource(path);
    source.onopen = () => {
      clearTimeout(lost);
      notice.remove();
    };
    source.onerror = () => {
      clearTimeout(lost);
      lost = setTimeout(() => {
        notice.textContent = 'The server does not answer. This page shows how things were.';
        document.body.append(notice);
      }, 3000);
    };
    source.onmessage = ({ data }) => {
      const { parts, ended } = JSON.parse(data);
      for (const [name, html] of Object.entries(parts)) replacePart(name, html);
      if (!ended) return;
      source.close();
      source = undefined;
      document.dispatchEvent(new Event('ended'));
    };
  };
  open();
  // A browser has six connections to a server: a page that nobody looks at needs none.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) source?.close();
    else if (source?.readyState === EventSource.CLOSED) open();
  });
}

// --- times that go on

function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const [unit, name, lower, lowerName] =
    seconds < 3600 ? [60, 'min', 1, 's'] : seconds < 172800 ? [3600, 'h', 60, 'min'] : [86400, 'days', 3600, 'h'];
  const rest = Math.floor((seconds % unit) / lower);
  return `${Math.floor(seconds / unit)} ${name}${rest > 0 ? ` ${rest} ${lowerName}` : ''}`;
}

function tick() {
  for (const one of document.querySelectorAll('time[data-since]'))
    one.textContent = duration(Math.max(1, Math.floor((Date.now() - Date.parse(one.dateTime)) / 1000)));
}

// --- lines to take along

async function copy(button) {
  const block = document.getElementById(button.dataset.copy);
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(block.textContent);
  } catch {
    // Only pages that came by https or from this machine may use the clipboard.
    getSelection().selectAllChildren(block);
    document.execCommand('copy');
  }
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = before;
  }, 2000);
}

function prepare(root) {
  for (const button of root.querySelectorAll('button[data-copy]')) button.hidden = false;
}

// --- logs

function startLog(section) {
  const pre = section.querySelector('pre');
  const jump = section.querySelector('.jump');
  const keep = section.querySelector('[data-follow]');
  const output = section.querySelector('output');
  const form = section.querySelector('form');
  const errors = new RegExp(section.dataset.errors);
  const isError = (line) => !line.startsWith('warning:') && errors.test(line);
  let number = pre.children.length;
  let rest = '';

  function append(text) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    const made = document.createDocumentFragment();
    for (const line of lines) {
      number += 1;
      const span = document.createElement('span');
      span.id = `L${number}`;
      span.className = isError(line) ? 'line error' : 'line';
      span.textContent = `${line}\n`;
      if (jump.hidden && isError(line)) {
        jump.href = `#${span.id}`;
        jump.hidden = false;
      }
      made.append(span);
    }
    pre.append(made);
    while (pre.children.length > MOST_LINES) pre.firstElementChild.remove();
    if (keep.checked) pre.scrollTop = pre.scrollHeight;
  }

  async function stream() {
    const answer = await fetch(section.dataset.log);
    if (!answer.ok || !answer.body) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    pre.replaceChildren();
    number = 0;
    jump.hidden = true;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      append(value);
    }
    if (rest !== '') append('\n');
  }

  if ('live' in section.dataset) {
    keep.closest('label').hidden = false;
    stream().catch(() => {});
  }

  // Search in what is on the page; where that is not the whole log, the server looks.
  if (!('whole' in section.dataset) && !('live' in section.dataset)) return;
  let found = [];
  let at = -1;
  let sought = '';
  const show = (to) => {
    found[at]?.classList.remove('here');
    at = found.length === 0 ? -1 : (to + found.length) % found.length;
    output.textContent =
      found.length === 0 ? (sought === '' ? '' : 'Nothing found') : `${at + 1} of ${found.length} lines`;
    if (at < 0) return;
    keep.checked = false;
    found[at].classList.add('here');
    found[at].scrollIntoView({ block: 'center' });
  };
  const look = () => {
    sought = form.elements.find.value.toLowerCase();
    found[at]?.classList.remove('here');
    found = sought === '' ? [] : [...pre.children].filter((one) => one.textContent.toLowerCase().includes(sought));
    for (const button of section.querySelectorAll('[data-find]')) button.hidden = found.length < 2;
    at = -1;
    show(0);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.elements.find.value.toLowerCase() === sought && found.length > 0) show(at + 1);
    else look();
  });
  for (const button of section.querySelectorAll('[data-find]'))
    button.addEventListener('click', () => show(at + Number(button.dataset.find)));
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button[data-copy]');
  if (button) copy(button);
});
// A note says what was just done; loaded again, the page need not repeat it.
if (location.search.includes('note=')) {
  const url = new URL(location.href);
  url.searchParams.delete('note');
  history.replaceState(null, '', url);
}
prepare(document);
setInterval(tick, 1000);
for (const section of document.querySelectorAll('[data-log]')) startLog(section);
const { events } = document.querySelector('main')?.dataset ?? {};
if (events) follow(events);
