// What other slices show on a meeting's page, as with units (unitBlocks.ts).
import { createContext, type ComponentType } from 'react'

export interface MeetingBlockProps {
  meeting: { id: string; unit_id: string; status: string }
  /** Whether the asker may still change how it is arranged. */
  arranges: boolean
}

export const MeetingBlocks = createContext<ComponentType<MeetingBlockProps>[]>([])
