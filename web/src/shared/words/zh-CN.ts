import type { Tree } from './catalogue'

// What only the server words (its own pages, mail, documents) stays there.
export default import.meta.glob<Tree>(
  ['../../../../locales/zh-CN/*.json', '!**/pages.json', '!**/mail*.json', '!**/paper*.json'],
  { eager: true, import: 'default' },
)
