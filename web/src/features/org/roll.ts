// The roll has a line for each thing somebody is; people read a line for each person.
import type { RollItem } from './queries'

export interface Line {
  personId: string
  name: string
  category: string
  signIn: boolean
  items: RollItem[]
}

/** One line a person, where they first stand in the roll. */
export function gathered(roll: RollItem[]): Line[] {
  const byPerson = new Map<string, Line>()
  for (const item of roll) {
    const line = byPerson.get(item.person_id)
    if (line) line.items.push(item)
    else byPerson.set(item.person_id, { personId: item.person_id, name: item.name, category: item.category ?? '', signIn: item.sign_in, items: [item] })
  }
  return [...byPerson.values()]
}

export function matches(line: Line, text: string): boolean {
  return line.name.toLowerCase().includes(text.trim().toLowerCase())
}
