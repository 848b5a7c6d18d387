// What other slices show on a unit's page. The page belongs to one slice and knows no other; app
// fills this with what the features bring.
import { createContext, type ComponentType } from 'react'

export interface UnitBlockProps {
  unit: { id: string; name: string; kind: string; path: string }
  /** The key of the tree it stands in. */
  tree: string
  /** What the asker may do to the unit. */
  abilities: readonly string[]
}

export const UnitBlocks = createContext<ComponentType<UnitBlockProps>[]>([])
