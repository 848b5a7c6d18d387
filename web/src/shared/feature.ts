// What a slice brings to the app. `app/features.ts` lists them; nothing else
// knows which there are.
import type { QueryKey } from '@tanstack/react-query'
import type { ComponentType, ReactNode } from 'react'
import type { RouteObject } from 'react-router'
import type { LiveEvent } from './live/live'
import type { BesideNameProps } from './besideName'
import type { Me } from './me/me'
import type { MeetingBlockProps } from './meetingBlocks'
import type { UnitBlockProps } from './unitBlocks'

export interface NavEntry {
  to: string
  /** A key of the catalogue, e.g. "meeting.title". */
  label: string
  icon: ReactNode
  /** Smaller comes first; home is 0. */
  order: number
  /** Beginnings of other addresses that belong to it, e.g. "/units". */
  also?: string[]
  /** Whether this person has any use for it; everybody if not given. */
  for?: (me: Me) => boolean
  /** A small number beside it, e.g. what is unread. */
  useBadge?: () => number | undefined
  /** The label when there is a number, a plural key: it is read out, the badge is not. */
  counted?: string
}

export interface Feature {
  name: string
  /** Pages inside the shell; each `lazy`, so that a phone loads what it opens. (Without the shell: room.tsx.) */
  routes?: RouteObject[]
  /** Sections: the left rail on a desk, the bar below on a phone (the first three there, the rest under "me"). */
  nav?: NavEntry[]
  /** A single icon in the header, e.g. the inbox. */
  headerNav?: NavEntry[]
  /** Blocks on the start page. A block with nothing to say renders nothing. */
  home?: { lead?: ComponentType; first?: ComponentType; now?: ComponentType; need?: ComponentType; came?: ComponentType }
  /** A block on the page of a unit (a branch); with nothing to say it renders nothing. */
  unit?: ComponentType<UnitBlockProps>
  /** A mark beside a person's name, in a unit's list and on their own page; with nothing to say it renders nothing. */
  beside?: ComponentType<BesideNameProps>
  /** A block on the page of a meeting. */
  meeting?: ComponentType<MeetingBlockProps>
  /** A page that has to be done with before any other, e.g. a password to be changed. */
  gate?: { needed: (me: Me) => boolean; page: ComponentType }
  /** Over every page of the shell, e.g. something that rings; with nothing to say it renders nothing. */
  over?: ComponentType
  /** What can be worked on while there is no network. A route that can be opened then has `handle: { away: true }`. */
  away?: ComponentType
  /** Blocks on the page "me". */
  me?: ComponentType
  /** Which cached answers an event of the live stream makes stale. */
  stale?: (event: LiveEvent, me: Me | undefined) => QueryKey[]
}
