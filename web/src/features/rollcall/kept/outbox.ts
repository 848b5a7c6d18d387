// Answers that were handed in without a network: kept on this device and sent when there is one, each
// with the key of its first attempt. What the server refuses stays, with why, until its author decides.
import { asProblem, unreached } from '~/shared/api/problem'
import type { Receipt } from '../queries'
import { idOf, type Kept, type Shelf } from './shelf'

export class Outbox {
  private list: readonly Kept[] = []
  private hearers = new Set<() => void>()
  private running: Promise<void> | undefined
  private person = ''

  constructor(
    private readonly shelf: Shelf,
    private readonly post: (kept: Kept) => Promise<Receipt>,
  ) {}

  get = () => this.list

  listen = (hear: () => void) => {
    this.hearers.add(hear)
    return () => void this.hearers.delete(hear)
  }

  /** Begins for who is signed in. What somebody else kept on this device is wiped, and is shown to nobody. */
  async start(person: string) {
    this.person = person
    try {
      const all = await this.shelf.all()
      await Promise.all(all.filter((k) => k.person !== person).map((k) => this.shelf.remove(k)))
      this.show(all.filter((k) => k.person === person))
    } catch {
      this.show([]) // this browser keeps nothing: answers wait on the page
    }
  }

  /** False: it could not be kept here, and stands on the page alone. */
  async keep(kept: Kept): Promise<boolean> {
    try {
      if (!(await this.shelf.put(kept))) return false
    } catch {
      return false
    }
    this.show([...this.list.filter((k) => idOf(k) !== idOf(kept)), kept])
    return true
  }

  async drop(kept: Kept) {
    this.show(this.list.filter((k) => idOf(k) !== idOf(kept)))
    await this.shelf.remove(kept)
  }

  async wipe() {
    this.show([])
    await this.shelf.wipe()
  }

  waiting = () => this.list.filter((k) => !k.refused)

  /** Sends what waits, one after another; stops where the network does. */
  flush(sent: (kept: Kept, receipt: Receipt) => void, refused: (kept: Kept) => void = () => {}): Promise<void> {
    this.running ??= this.send(sent, refused).finally(() => (this.running = undefined))
    return this.running
  }

  private async send(sent: (kept: Kept, receipt: Receipt) => void, refused: (kept: Kept) => void) {
    for (const kept of this.waiting()) {
      try {
        const receipt = await this.post(kept)
        await this.drop(kept)
        sent(kept, receipt)
      } catch (error) {
        const { status, code, params } = asProblem(error)
        // Nobody is signed in just now, or it is to be sent more slowly: it waits.
        if (unreached(error) || status === 401 || status === 429 || kept.person !== this.person) return
        if (!this.list.includes(kept)) continue // its author decided meanwhile
        await this.keep({ ...kept, refused: { status, code, params } })
        refused(kept)
      }
    }
  }

  private show(list: readonly Kept[]) {
    this.list = list
    this.hearers.forEach((hear) => hear())
  }
}
