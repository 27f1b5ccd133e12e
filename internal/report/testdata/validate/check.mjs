// Checks the reports in a folder: ADF and SARIF against their schemas, HTML with
// axe-core in a real browser, light and dark, wide and narrow, without scripts
// of its own. Prints one line for each complaint and exits with 1 if there is any.
//
//   node check.mjs FOLDER CHROMIUM
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const [folder, chromium] = process.argv.slice(2)
const read = (file) => fs.readFileSync(file, 'utf8')
const json = (file) => JSON.parse(read(file))
const of = (ending) => fs.readdirSync(folder).filter((f) => f.endsWith(ending)).map((f) => path.join(folder, f))
const at = (name) => path.join(import.meta.dirname, 'node_modules', name)
let complaints = 0
const complain = (file, text) => {
  complaints++
  console.log(`${path.basename(file)}: ${text}`)
}

const Ajv = require('ajv-draft-04') // both schemas are of that draft
const formats = require('ajv-formats')

const check = (schema, ending) => {
  const ajv = new Ajv({ strict: false, logger: false, unicodeRegExp: false })
  formats(ajv)
  const valid = ajv.compile(schema)
  const files = of(ending)
  if (files.length === 0) complain(ending, 'no such file')
  for (const f of files) {
    if (!valid(json(f))) {
      for (const e of valid.errors.slice(0, 5)) complain(f, `${e.instancePath} ${e.message}`)
    }
  }
}
check(json(at('@atlaskit/adf-schema/dist/json-schema/v1/full.json')), '.adf.json')
check(json(at('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')), '.sarif')

const { default: puppeteer } = await import('puppeteer-core')
const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] })
const axe = read(require.resolve('axe-core/axe.min.js'))
for (const f of of('.html')) {
  for (const scheme of ['light', 'dark']) {
    for (const width of [1200, 390]) {
      const page = await browser.newPage()
      const asked = []
      page.on('request', (r) => { if (!r.url().startsWith('file:')) asked.push(r.url()) })
      page.on('console', (m) => { if (m.type() === 'error') complain(f, `console: ${m.text()}`) })
      await page.setViewport({ width, height: 900 })
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await page.goto('file://' + path.resolve(f))
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true }))
      await page.evaluate(axe) // by the debugger, which the policy of the page does not bind
      const { violations } = await page.evaluate(() => window.axe.run())
      for (const v of violations) complain(f, `${scheme}, ${width}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target + ' ' + (n.any[0]?.message ?? '')).join('; ')}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (wide > 0) complain(f, `${scheme}, ${width}: ${wide} pixels too wide`)
      if (asked.length > 0) complain(f, `loads ${asked.length} other files`)
      await page.close()
    }
  }
}
await browser.close()
console.log(`${complaints} complaints`)
process.exit(complaints > 0 ? 1 : 0)
