// The forms of the API's page: sends what a form says and shows what comes back. The token stays in its field.
const words = document.getElementById('words').dataset;
const token = document.getElementById('token');
/** Longest text that is shown [characters], longest wait for a stream of events [ms]. */
const SHOWN = 200000, LISTENED = 5000;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** What the form asks for. */
function request(form) {
  const headers = {};
  const query = [];
  let path = form.dataset.path;
  for (const field of form.querySelectorAll('[data-in]')) {
    const use = form.querySelector(`[data-use="${CSS.escape(field.id)}"]`);
    const value = field.value.trim();
    if (field.dataset.in === 'path') path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (use && !use.checked) continue;
    else if (field.dataset.in === 'header') headers[field.name] = value;
    else query.push(`${encodeURIComponent(field.name)}=${encodeURIComponent(value).replaceAll('%2C', ',')}`);
  }
  const accept = form.querySelector('[data-accept]');
  if (accept) headers.Accept = accept.value;
  if ('token' in form.dataset || token.value) headers.Authorization = `Bearer ${token.value}`;
  const type = form.querySelector('[data-type]')?.value;
  const part = type && [...form.querySelectorAll('[data-body]')].find((one) => one.dataset.body === type);
  const file = part?.querySelector('input')?.files[0];
  let body = part?.querySelector('textarea')?.value ?? file;
  if (type === 'multipart/form-data') {
    body = new FormData();
    if (file) body.append('file', file);
  } else if (type) headers['Content-Type'] = type;
  const url = `${location.origin}${words.base}${path}${query.length ? `?${query.join('&')}` : ''}`;
  return { method: form.dataset.method, url, headers, type, body, file };
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same for a shell; the token is left to its variable. */
function curl({ method, url, headers, type, body, file }) {
  const parts = ['curl -i'];
  if (method !== 'GET') parts.push(`-X ${method}`);
  for (const [name, value] of Object.entries(headers)) {
    parts.push(name === 'Authorization' ? '-H "Authorization: Bearer $TOKEN"' : `-H ${quoted(`${name}: ${value}`)}`);
  }
  const name = file?.name ?? 'FILE';
  if (type === 'multipart/form-data') parts.push(`-F ${quoted(`file=@${name}`)}`);
  else if (typeof body === 'string') parts.push(`--data-binary ${quoted(body)}`);
  else if (type) parts.push(`--data-binary ${quoted(`@${name}`)}`);
  return [...parts, quoted(url)].join(' \\\n  ');
}

/** What comes of an endless answer in a while. */
async function listened(answer, stop) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => stop.abort(), LISTENED);
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
  } catch { /* the time is over */ }
  clearTimeout(timer);
  return text;
}

const pre = (text) => {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}\n${words.cut}` : text;
  return element('pre', { class: 'snippet', tabindex: '0', 'data-text': '', 'aria-label': words.answer }, element('code', {}, cut));
};

async function shownBody(answer, url, stop) {
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return pre(await listened(answer, stop));
  const blob = await answer.blob();
  if (blob.size === 0) return element('p', {}, words.empty);
  if (/json/.test(type) && !/json-seq/.test(type)) {
    const text = await blob.text();
    try { return pre(JSON.stringify(JSON.parse(text), null, 2)); } catch { return pre(text); }
  }
  if (/^text\/|xml|json|csv/.test(type)) return pre(await blob.text());
  const address = URL.createObjectURL(blob);
  if (type.startsWith('image/')) return element('img', { src: address, alt: words.answer });
  const name = new URL(url).pathname.split('/').pop() || 'answer';
  return element('p', {}, `${words.binary} ${blob.size} `, element('a', { href: address, download: name }, words.save));
}

async function send(form) {
  const place = form.querySelector('[data-answer]');
  const asked = request(form);
  // Without one the server says how to get one; the line for a shell has its place all the same.
  if (!token.value) delete asked.headers.Authorization;
  place.replaceChildren(element('p', {}, words.waiting));
  const began = performance.now();
  const stop = new AbortController();
  try {
    const answer = await fetch(asked.url, { method: asked.method, headers: asked.headers, body: asked.body, signal: stop.signal, cache: 'no-store' });
    const took = Math.round(performance.now() - began);
    const rows = [...answer.headers].map(([name, value]) => element('tr', {}, element('th', { scope: 'row' }, element('code', {}, name)), element('td', {}, value)));
    const status = element('p', { 'data-status': answer.status }, element('strong', {}, `${answer.status} ${answer.statusText}`), ` · ${took} ms`);
    const headers = element('details', {}, element('summary', {}, `${words.headers} (${rows.length})`), element('table', {}, element('tbody', {}, ...rows)));
    place.replaceChildren(element('h3', {}, words.answer), status, headers, await shownBody(answer, asked.url, stop));
  } catch (error) {
    place.replaceChildren(element('p', { class: 'fault' }, words.failed + error.message));
  }
}

for (const form of document.querySelectorAll('details.try form')) {
  const line = form.querySelector('[data-curl] code');
  const refresh = () => { line.textContent = curl(request(form)); };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    refresh();
    send(form);
  });
  form.addEventListener('input', ({ target }) => {
    // Who changes a value means to send it.
    const use = target.id && form.querySelector(`[data-use="${CSS.escape(target.id)}"]`);
    if (use) use.checked = true;
    if ('type' in target.dataset) for (const body of form.querySelectorAll('[data-body]')) body.hidden = body.dataset.body !== target.value;
    refresh();
  });
  form.closest('details').addEventListener('toggle', refresh);
}
// A link to one operation opens its form.
const chosen = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (chosen) chosen.querySelector('details.try')?.setAttribute('open', '');
