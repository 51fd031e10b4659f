// What pages can do beyond what they are: they follow what happens, count on, copy, and search logs. Without it all of it is there by
// loading a page again. One file, as it is: no build step, nothing from elsewhere.

/** Lines that a log keeps on the page. */
const MOST_LINES = 4000;
// --- what happens: each part of the page that has changed is replaced, and nothing else

/** Parts that wait for somebody who has a form open: it must not become another one under their hands. */
const held = new Map();

function replacePart(name, html) {
  const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
  if (!part) return;
  const made = document.createElement('div');
  made.innerHTML = html;
  const isNews = made.innerHTML !== part.innerHTML;
  if (isNews && part.querySelector('details[open] form')) {
    held.set(name, html);
    part.dataset.held = '';
    return;
  }
  held.delete(name);
  delete part.dataset.held;
  if (!isNews) return;
  // What somebody has opened or stands on stays so.
  const open = new Set([...part.querySelectorAll('details[open]')].map(placeOf));
  const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
  part.replaceChildren(...made.childNodes);
  for (const one of part.querySelectorAll('details')) if (open.has(placeOf(one))) one.open = true;
  if (focused)
    [...part.querySelectorAll('a, button, summary, [tabindex]')].find((one) => keyOf(one) === focused)?.focus();
  prepare(part);
}

document.addEventListener(
  'toggle',
  () => {
    for (const [name, html] of [...held]) replacePart(name, html);
  },
  true,
);

/** Of which thing of a list an element is: what its row or form is about. */
const rowOf = (element) => {
  const form = element.form ?? element.closest('form');
  const sent = form ? [...form.querySelectorAll('input[type=hidden]')].map((one) => one.value) : [];
  const link = element.closest('li, tr')?.querySelector('a[href]')?.getAttribute('href');
  return [form?.getAttribute('action'), ...sent, link].join(' ');
};
/** Numbers in a summary may be others by now. */
const placeOf = (details) => `${details.querySelector('summary')?.textContent.replace(/\d+/g, '')} ${rowOf(details)}`;
const keyOf = (element) =>
  `${element.tagName} ${element.id} ${element.getAttribute('href') ?? ''} ${element.textContent} ${rowOf(element)}`;

/** Milliseconds until a connection that broke off is tried again. */
const AGAIN_AFTER = 5000;

function follow(path) {
  let source;
  let lost;
  let again;
  let isOver = false;
  const notice = document.createElement('p');
  notice.className = 'lost';
  notice.setAttribute('role', 'status');
  const open = () => {
    clearTimeout(again);
    source = new EventSource(path);
    source.onopen = () => {
      clearTimeout(lost);
      lost = undefined;
      notice.remove();
    };
    source.onerror = () => {
      lost ??= setTimeout(() => {
        notice.textContent =
          'The server does not answer, or you are no longer signed in. This page shows how things were.';
        document.body.append(notice);
      }, 3000);
      // A browser tries again by itself only where the connection broke, and not where a proxy answered in the server's place.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(openIfSeen, AGAIN_AFTER);
    };
    source.onmessage = ({ data }) => {
      const { parts, ended } = JSON.parse(data);
      for (const [name, html] of Object.entries(parts)) replacePart(name, html);
      if (!ended) return;
      isOver = true;
      source.close();
      document.dispatchEvent(new Event('ended'));
    };
  };
  // A browser has six connections to a server: a page that nobody looks at needs none.
  const openIfSeen = () => {
    if (!document.hidden && !isOver && (!source || source.readyState === EventSource.CLOSED)) open();
  };
  openIfSeen();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) source?.close();
    openIfSeen();
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

  /** The log from its beginning to its end, as it comes. Throws where it breaks off before. */
  async function stream(signal) {
    const answer = await fetch(section.dataset.log, { signal });
    if (answer.status >= 500) throw new Error('The server does not answer.');
    if (!answer.ok || !answer.body) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const top = pre.scrollTop;
    pre.replaceChildren();
    number = 0;
    rest = '';
    jump.hidden = true;
    for (let isFirst = true; ; isFirst = false) {
      const { done, value } = await reader.read();
      if (done) break;
      append(value);
      if (isFirst && !keep.checked) pre.scrollTop = top;
    }
    if (rest !== '') append('\n');
  }

  /** As long as somebody looks, and again where it breaks off. */
  function followLog() {
    let going;
    let isWhole = false;
    const go = async () => {
      if (document.hidden || isWhole) return;
      going = new AbortController();
      const { signal } = going;
      try {
        await stream(signal);
        isWhole = true;
      } catch {
        if (!signal.aborted) setTimeout(() => signal.aborted || go(), AGAIN_AFTER);
      }
    };
    go();
    document.addEventListener('visibilitychange', () => {
      going?.abort();
      go();
    });
  }

  if ('live' in section.dataset) {
    keep.closest('label').hidden = false;
    followLog();
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
