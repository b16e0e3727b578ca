// Chromium on wsscope's own page: a person's steps, and what the page showed of them.
// A scenario a line on standard input, an answer a line on standard output.

import http from 'node:http';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const server = http.createServer((_, response) => {
  response.setHeader('Content-Type', 'text/html');
  response.end('<!doctype html><title>another origin</title>');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const foreign = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.WSSCOPE_CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: FLAGS,
});

const state = (page, wanted) => page.waitForFunction(
  (states) => states.includes(document.getElementById('ready-state').dataset.state),
  wanted,
);

// What a page of another origin gets when it reports, even with our token.
async function attack(context, url, { page: id, token }) {
  const page = await context.newPage();
  await page.goto(foreign);
  const outcomes = await page.evaluate(async ([target, key, body]) => {
    const tries = [
      { headers: { 'Content-Type': 'application/json', 'X-Wsscope-Token': key } },
      { mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } },
      { mode: 'no-cors', headers: {} },
    ];
    const outcomes = [];
    for (const one of tries) {
      try {
        const answer = await fetch(target, { method: 'POST', body, ...one });
        outcomes.push(answer.type === 'opaque' ? 'opaque' : answer.status);
      } catch {
        outcomes.push('refused');
      }
    }
    try {
      outcomes.push((await fetch(new URL('/', target))).status);
    } catch {
      outcomes.push('refused');
    }
    return outcomes;
  }, [`${url}close-event`, token, JSON.stringify({
    page: id, attempt: 1, code: 1000, reason: 'forged', wasClean: true, error: false,
  })]);
  await page.close();
  return outcomes;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const scenario = JSON.parse(line);
  const { url, name = '', steps = [], lang = 'en', screenshot, size = [1280, 800] } = scenario;
  const context = await browser.newContext({
    locale: lang === 'zh' ? 'zh-CN' : 'en-US',
    colorScheme: scenario.dark ? 'dark' : 'light',
    viewport: { width: size[0], height: size[1] },
  });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text().includes('Content Security')) {
      errors.push(message.text());
    }
  });
  await page.goto(url);
  await page.fill('#name', name);
  await page.click('#connect');
  await state(page, ['1', '2', '3']);
  const answer = { states: [] };
  for (const [what, ...given] of steps) {
    if (what === 'send') {
      await page.fill('#text', given[0]);
      await page.click('#send');
    } else if (what === 'close') {
      await page.fill('#code', String(given[0]));
      await page.fill('#reason', given[1] ?? '');
      await page.click('#close-code');
    } else if (what === 'plain close') {
      await page.click('#close');
    } else if (what === 'thrown') {
      answer.thrown = await page.textContent('#thrown');
    } else if (what === 'octets') {
      answer.octets = await page.textContent('#octets');
    } else if (what === 'attack') {
      answer.attack = await attack(context, url, await page.evaluate(() => ({ ...document.body.dataset })));
    } else if (what === 'closing') {
      await state(page, ['2']);
    } else if (what === 'message') {
      await page.waitForFunction((text) => document.getElementById('log').textContent.includes(text), given[0]);
    }
  }
  if (scenario.until !== 'open') {
    await state(page, ['3']);
    await page.waitForFunction(() => /wsscope (knows|已收到)/.test(document.getElementById('reported').textContent));
  }
  Object.assign(answer, await page.evaluate(() => {
    const text = (id) => document.getElementById(id).textContent;
    return {
      code: text('event-code'), reason: text('event-reason'), wasClean: text('event-was-clean'),
      error: text('event-error'), states: text('states'), lang: document.documentElement.lang,
      wide: document.documentElement.scrollWidth > window.innerWidth,
    };
  }));
  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  await context.close();
  console.log(JSON.stringify({ ...answer, errors }));
}
await browser.close();
server.close();
