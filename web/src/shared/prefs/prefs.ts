// Language and type size: chosen in one tap, remembered in this browser at once
// and with the person when signed in. The plain cookies let pages made by the
// server (sign-in, join) open the same way.
import { createContext, useSyncExternalStore } from 'react'

export const languages = ['zh-CN', 'en'] as const
export type Language = (typeof languages)[number]
export const sizes = ['standard', 'large', 'largest'] as const
export type TypeSize = (typeof sizes)[number]
export interface Prefs {
  language: Language
  size: TypeSize
}

const names = { language: 'wozai_lang', size: 'wozai_size' } as const
const aYear = 365 * 24 * 3600
const listeners = new Set<() => void>()

function cookie(name: string): string | undefined {
  return document.cookie.split('; ').find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1)
}

function remembered(): Prefs {
  const language = cookie(names.language)
  const size = cookie(names.size)
  return {
    language: languages.find((l) => l === language) ?? (navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'),
    size: sizes.find((s) => s === size) ?? 'standard',
  }
}

let current = remembered()
show(current)

function show({ language, size }: Prefs) {
  document.documentElement.lang = language
  document.documentElement.dataset.size = size
}

export function prefs(): Prefs {
  return current
}

/** Whether somebody has ever chosen here; otherwise the account's choice counts. */
export function chosenHere(what: keyof Prefs): boolean {
  return cookie(names[what]) !== undefined
}

export function setPrefs(change: Partial<Prefs>) {
  current = { ...current, ...change }
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  for (const what of ['language', 'size'] as const) {
    if (change[what]) document.cookie = `${names[what]}=${change[what]}; Path=/; Max-Age=${aYear}; SameSite=Lax${secure}`
  }
  show(current)
  listeners.forEach((f) => f())
}

export function usePrefs(): Prefs {
  return useSyncExternalStore((f) => {
    listeners.add(f)
    return () => listeners.delete(f)
  }, prefs)
}

/** Set in a part of a page that speaks another language than the rest. */
export const Spoken = createContext<Language | undefined>(undefined)

/** The size after this one; after the largest comes the standard one. */
export function nextSize(size: TypeSize): TypeSize {
  return sizes[(sizes.indexOf(size) + 1) % sizes.length]!
}
