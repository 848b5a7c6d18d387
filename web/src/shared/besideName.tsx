// What other slices show beside a person's name, e.g. whether they are free. Pages that list people
// belong to one slice and know no other; app fills this with what the features bring.
import { createContext, useContext, type ComponentType } from 'react'

export interface BesideNameProps {
  person: string
  /** The unit in whose list the name stands; undefined on the person's own page. */
  unit?: string
  /** What the reader may do to the unit, or to the person. */
  abilities: readonly string[]
}

const Beside = createContext<ComponentType<BesideNameProps>[]>([])
export const BesideNames = Beside.Provider

export function BesideName(props: BesideNameProps) {
  return useContext(Beside).map((Part, i) => (
    // oxlint-disable-next-line react/no-array-index-key -- a fixed list
    <Part key={i} {...props} />
  ))
}
