// What the parts of the room share.
import { createContext, useContext } from 'react'
import type { Offset } from './clock'
import type { Ladder } from './ladder'
import type { Media } from './media/useMedia'
import type { Recording } from './useRecording'
import type { Command, Me, Person, Plan, Roster, Rung, State } from './types'

export interface Room {
  meeting: string
  plan: Plan
  me: Me
  state: State
  roster: Roster
  language: string
  offset: Offset
  media: Media
  seat: string | undefined
  /** Who sits at this screen, myself first. */
  here: Person[]
  isHost: boolean
  ladder: Ladder
  chooseRung: (rung: Rung | 'auto') => void
  name: (id: string | undefined) => string
  person: (id: string | undefined) => Person | undefined
  /** Does something; a refusal is said in words. True when it was done. */
  act: (what: () => Promise<unknown>) => Promise<boolean>
  /** Sends a command based on the state that is shown. */
  send: (c: Command) => Promise<boolean>
  open: (panel: Panel | undefined) => void
  panel: Panel | undefined
  camera: boolean
  setCamera: (on: boolean) => void
  /** More are seated than there are moving pictures: faces are stills. */
  wall: boolean
  /** Whether my still is on the wall, when my camera is on. */
  shown: boolean
  setShown: (on: boolean) => void
  recording: Recording
  muted: boolean
  setMuted: (on: boolean) => void
  /** Agrees to have the microphone got ready though no hand was raised. */
  prepare: (on: boolean) => void
  sharing: boolean
  setSharing: (on: boolean) => void
  goOut: () => Promise<void>
  refresh: () => Promise<unknown>
}

export type Panel = 'people' | 'papers' | 'chat' | 'statement' | 'host' | 'network' | 'keys' | 'more' | 'devices'

const Context = createContext<Room | undefined>(undefined)
export const RoomProvider = Context.Provider

export function useTheRoom(): Room {
  const room = useContext(Context)
  if (!room) throw new Error('outside of the room')
  return room
}
