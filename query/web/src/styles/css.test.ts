import { describe, expect, test } from 'vitest'

// Read as text: what is tested is the source, not what the browser gets.
const sheets = import.meta.glob<string>('../**/*.css', { query: '?raw', import: 'default', eager: true })
const components = import.meta.glob<string>('../**/*.tsx', { query: '?raw', import: 'default', eager: true })

const isModule = (path: string) => path.endsWith('.module.css')
const modules = Object.entries(sheets).filter(([path]) => isModule(path))

/** The class names in the selectors of a sheet. */
function classesOf(css: string): Set<string> {
  const selectors = css.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/\{[^{}]*\}/g, '{}')
  return new Set(Array.from(selectors.matchAll(/\.([a-zA-Z][\w-]*)/g), (m) => m[1]!))
}

/** The expressions of all className attributes of a component, without their delimiters. */
function classNamesOf(tsx: string): string[] {
  return Array.from(tsx.matchAll(/className=(?:"([^"]*)"|\{((?:[^{}]|\{[^{}]*\})*)\})/g), (m) => (m[1] === undefined ? m[2]! : `'${m[1]}'`))
}

/** The words that such an expression has as they are, which are names of global classes. */
function words(expression: string): string[] {
  // What is compared with a string is no class.
  const text = expression.replaceAll(/[=!]== '[^']*'/g, '')
  const outside = Array.from(text.matchAll(/`([^`]*)`/g), (m) => m[1]!.replaceAll(/\$\{[^}]*\}/g, ' '))
  const quoted = Array.from(text.matchAll(/'([^']*)'/g), (m) => m[1]!)
  return [...outside, ...quoted].flatMap((w) => w.split(/\s+/)).filter(Boolean)
}

/** The modules that a component imports, by the name that they have in it. */
function importsOf(path: string, tsx: string): Map<string, string> {
  const folder = path.replace(/[^/]*$/, '')
  return new Map(
    Array.from(tsx.matchAll(/^import (\w+) from '(\.[^']*\.module\.css)'$/gm), (m) => [m[1]!, new URL(folder + m[2]!, 'file:///styles/').pathname]),
  )
}

const globals = classesOf(Object.entries(sheets).flatMap(([path, css]) => (isModule(path) ? [] : [css])).join('\n'))
const byPath = new Map(modules.map(([path, css]) => [new URL(path, 'file:///styles/').pathname, classesOf(css)]))

test('global classes are styled in one file', () => {
  const files = Object.keys(sheets).filter((path) => !isModule(path) && classesOf(sheets[path]!).size > 0)
  expect(files).toEqual(['./base.css'])
})

test('no two modules have one name, since their classes are called by it', () => {
  const names = modules.map(([path]) => path.replace(/.*\//, ''))
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

describe.each(modules)('%s', (path, css) => {
  test('styles no global class', () => {
    expect([...classesOf(css)].filter((name) => globals.has(name))).toEqual([])
    expect(css).not.toContain(':global')
  })

  test('has no class that nothing uses', () => {
    const own = new URL(path, 'file:///styles/').pathname
    const used = new Set<string>()
    let all = false
    for (const [file, tsx] of Object.entries(components)) {
      for (const [name, from] of importsOf(file, tsx)) {
        if (from !== own) continue
        if (tsx.includes(`${name}[`)) all = true
        for (const m of tsx.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, 'g'))) used.add(m[1]!)
      }
    }
    expect(all ? [] : [...classesOf(css)].filter((name) => !used.has(name))).toEqual([])
  })
})

describe.each(Object.entries(components))('%s', (path, tsx) => {
  test('uses only classes that there are', () => {
    const imports = importsOf(path, tsx)
    const missing = classNamesOf(tsx).flatMap((expression) => [
      ...words(expression).filter((word) => !globals.has(word)),
      ...Array.from(expression.matchAll(/\b(\w+)\.(\w+)/g)).flatMap(([use, name, local]) => (byPath.get(imports.get(name!) ?? '')?.has(local!) === false ? [use] : [])),
    ])
    expect(missing).toEqual([])
  })
})
