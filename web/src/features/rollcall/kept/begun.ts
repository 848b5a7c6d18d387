// What was begun while the server could not be reached: kept on this device for its author, in the place of the
// server's draft, until the server has it.
import { keepsHere } from '~/shared/api/session'
import { canSeal, database, drawer } from '~/shared/device/drawer'
import type { Form, Sending } from '../queries'
import { idOf, sensitive } from './shelf'

interface Whose {
  person: string
  period: string
  answerer: string
}

const begun = drawer<Sending>(database('wozai-begun'))
const held = new Set<string>() // in this window
const hearers = new Set<() => void>()
const tell = () => hearers.forEach((hear) => hear())

keepsHere({
  unsent: () => held.size,
  listen: (hear) => {
    hearers.add(hear)
    return () => void hearers.delete(hear)
  },
  wipe() {
    held.clear()
    tell()
    return begun.wipe()
  },
})

/** False: it stands on the page alone. */
export async function keepBegun(whose: Whose, form: Form, body: Sending): Promise<boolean> {
  if (!canSeal() && sensitive(form, body)) return false
  try {
    await begun.put(idOf(whose), body)
  } catch {
    return false
  }
  held.add(idOf(whose))
  tell()
  return true
}

export async function dropBegun(whose: Whose) {
  held.delete(idOf(whose))
  tell()
  await begun.remove(idOf(whose)).catch(() => undefined)
}

/** Undefined also where the answer that it was to replace has been replaced meanwhile. */
export async function begunHere(whose: Whose, version: number): Promise<Sending | undefined> {
  const body = await begun.get(idOf(whose)).catch(() => undefined)
  if (!body) return undefined
  if ((body.version ?? 0) < version) return void (await dropBegun(whose))
  held.add(idOf(whose))
  tell()
  return body
}

/** What somebody else began on this device goes. */
export async function begunOnlyBy(person: string) {
  const ids = await begun.ids().catch(() => [])
  await Promise.all(ids.filter((id) => !id.startsWith(`${person}:`)).map(begun.remove))
}
