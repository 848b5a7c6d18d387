// House rules that no ready-made linter knows. Run by `npm run lint`.
//
//  1. Direction: a feature imports itself and shared, never another feature or
//     app; shared imports neither; app alone composes.
//  2. No words in the source: what people read stands in /locales. Chinese
//     characters anywhere outside comments, and English sentences as JSX text or
//     in an attribute that is read out, are findings.
//  3. Every key that is written out exists; a key put together (`a.b.${x}`)
//     at least has something below its beginning. The room's are among those
//     that it loads.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

// Marks of the house itself, the same in every language.
const allowed = new Set(['在', 'EN', '中', '中文', 'English'])
const readOut = new Set(['title', 'label', 'placeholder', 'alt', 'aria-label', 'aria-description', 'okText', 'cancelText', 'lead', 'description', 'message', 'content', 'tooltip', 'extra', 'help'])
const han = /\p{Script=Han}/u
// These make words of values and so hold the few that are grammar ("分钟").
// Or of names, which are no words: products that have one for each language.
const wordMakers = ['shared/ui/time.ts', 'features/account/device.ts']
const ofTheRoom = ['common', 'fault', 'room', 'schedule', 'shell'] // as in shared/words/room.*.ts

/** @returns {{at: number, text: string}[]} findings in one source file; path is relative to src. */
export function check(path, source, keys) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS)
  const found = []
  const find = (node, text) => found.push({ at: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, text })
  const test = /\.test\.tsx?$/.test(path)

  const word = (node, text, prose) => {
    const clean = text.trim()
    if (test || !clean || allowed.has(clean) || wordMakers.includes(path)) return
    if (han.test(clean) || (prose && /\p{L}{2,}/u.test(clean))) find(node, `words belong into /locales: ${JSON.stringify(clean)}`)
  }
  const key = (node, text, whole) => {
    if (!keys || test) return
    if (path.startsWith('features/room/') && text.includes('.') && !ofTheRoom.includes(text.split('.')[0])) return find(node, `the room does not load these words: ${JSON.stringify(text)}`)
    if (whole ? !keys.has(text) : ![...keys].some((k) => k.startsWith(text))) find(node, `no words for ${whole ? 'the key' : 'any key that begins with'} ${JSON.stringify(text)}`)
  }
  const keyOf = (node) => {
    if (ts.isStringLiteralLike(node)) key(node, node.text, true)
    else if (ts.isTemplateExpression(node) && node.head.text.includes('.')) key(node, node.head.text, false)
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(keyOf)
  }

  const visit = (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) direction(node, node.moduleSpecifier.text)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) direction(node, node.arguments[0].text)
    else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 't' && node.arguments[0]) keyOf(node.arguments[0])
    else if (ts.isPropertyAssignment(node) && node.name.getText(file) === 'label' && ts.isStringLiteralLike(node.initializer) && /^[a-z]\w*(\.\w+)+$/i.test(node.initializer.text)) key(node, node.initializer.text, true)
    if (ts.isJsxText(node)) word(node, node.text, true)
    else if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer)) word(node, node.initializer.text, readOut.has(node.name.getText(file)))
    else if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteralLike(node.expression) && (ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent))) word(node, node.expression.text, true)
    else if (ts.isStringLiteralLike(node) && !ts.isJsxAttribute(node.parent)) word(node, node.text, false)
    else if (ts.isTemplateExpression(node)) [node.head, ...node.templateSpans.map((s) => s.literal)].forEach((part) => word(part, part.text, false))
    ts.forEachChild(node, visit)
  }
  const direction = (node, to) => {
    const target = to.startsWith('~/') ? to.slice(2) : to.startsWith('.') ? relative('/src', resolve('/src', dirname(path), to)) : undefined
    if (target === undefined) return
    const [from, mine] = path.split('/')
    const [into, theirs] = target.split('/')
    if (from === 'features' && into === 'features' && mine !== theirs) find(node, `features/${mine} imports features/${theirs}: features meet in app or share through shared`)
    else if (from === 'features' && into === 'app') find(node, 'a feature does not know the app it is in')
    else if (from === 'shared' && (into === 'features' || into === 'app')) find(node, `shared imports ${into}: shared knows nobody above it`)
  }
  visit(file)
  return found
}

/** All keys of the catalogue; a plural also counts under its base. */
export function readKeys(locales) {
  const keys = new Set()
  const walk = (prefix, tree) => {
    for (const [name, value] of Object.entries(tree)) {
      const key = `${prefix}.${name}`
      if (typeof value === 'string') {
        keys.add(key)
        keys.add(key.replace(/_(one|other)$/, ''))
      } else walk(name === 'fault' && !prefix.includes('.') ? 'fault' : key, value)
    }
  }
  for (const name of readdirSync(locales)) if (name.endsWith('.json')) walk(name.slice(0, -5), JSON.parse(readFileSync(`${locales}/${name}`, 'utf8')))
  return keys
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const src = fileURLToPath(new URL('../src/', import.meta.url))
  const keys = readKeys(fileURLToPath(new URL('../../locales/zh-CN', import.meta.url)))
  let wrong = 0
  for (const path of readdirSync(src, { recursive: true })) {
    if (!/\.tsx?$/.test(path) || path.endsWith('.d.ts')) continue
    for (const { at, text } of check(path.replaceAll('\\', '/'), readFileSync(src + path, 'utf8'), keys)) {
      process.stderr.write(`web/src/${path}:${at}: ${text}\n`)
      wrong++
    }
  }
  if (wrong) process.exitCode = 1
}
