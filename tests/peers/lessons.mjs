// Plays lessons with Chromium at the other end, as a person would: it reads what the
// program asks for and does it in the page. Arguments: the program, and numbers of
// lessons. A JSON line each: {"lesson", "exit", "said"}.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const [program, ...lessons] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.WSSCOPE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

async function heed(line, page, input) {
  const [url] = /http:\S+/.exec(line) ?? [];
  const close = /press close\((\d+), '(\w+)'\)/.exec(line);
  if (close) {
    await page.fill('#code', close[1]);
    await page.fill('#reason', close[2]);
    await page.click('#close-code');
  } else if (/connect/.test(line)) {
    if (page.url() !== url) await page.goto(url);
    await page.waitForFunction(() => !document.querySelector('#connect').disabled);
    await page.click('#connect');
  } else if (/close the tab/.test(line)) {
    await page.close();
  } else if (/Enter/.test(line)) {
    input.write('\n');
  }
}

async function play(lesson) {
  const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
  const run = spawn(program, ['lesson', lesson, '--headless', '--browser', '--lang', 'en']);
  const ended = new Promise((resolve) => run.on('exit', resolve));
  let said = '';
  run.stdout.on('data', (text) => (said += text));
  for await (const line of readline.createInterface({ input: run.stderr })) {
    await heed(line, page, run.stdin);
  }
  console.log(JSON.stringify({ lesson: Number(lesson), exit: await ended, said }));
}

await Promise.all(lessons.map(play));
await browser.close();
